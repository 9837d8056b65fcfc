"""Joins a Snapshot to a Fleet: one Runner per identity with everything that belongs to it.

Contexts do not meet: each is joined by itself. Every upstream may be missing; what it would have told is then unknown.
Rows are indexed once and looked up by name, so the cost grows with the number of rows and not with its square. The
result does not depend on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from flywheel_tui.config.settings import StalePolicy
from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.feed import Feed
from flywheel_tui.domain.fleet import Fleet, Runner, Unjoined
from flywheel_tui.domain.job import Job
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import ForgeRunner
from flywheel_tui.domain.scaleset import EphemeralRunner, Listener, ScaleSet
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Event, Pod, Quota
from flywheel_tui.insight.context import ContextJoin, judged
from flywheel_tui.insight.totals import Tally, totals_of

R = TypeVar("R", bound=Row)


def join(snapshot: Snapshot, now: datetime, policy: StalePolicy) -> Fleet:
    """Return the joined picture of a snapshot.

    This is what the join means; :class:`~flywheel_tui.insight.live.LiveJoin` gives the same for less.

    Args:
        snapshot: All feeds; any may be missing, empty, or hold the rows of long ago.
        now: The time that ages are told by.
        policy: From when on a verdict calls things old or full.
    """
    joins = [ContextJoin(name, feeds, now, policy) for name, feeds in feeds_by_context(snapshot).items()]
    found = [runner for each in joins for key in each.keys() if (runner := each.runner(key)) is not None]  # noqa: SIM118
    runners = {runner.key: runner for runner in sorted(found, key=lambda runner: runner.key)}
    tally = Tally()
    for runner in runners.values():
        tally.add(runner)
    scale_sets = {
        key: judged(row, runners.get(key)) for key, row in table(tuple(snapshot.feeds.values()), ScaleSet).items()
    }
    return assemble(
        snapshot,
        now,
        joins,
        tally,
        runners=runners,
        scale_sets=scale_sets,
        unjoined=unjoined_of(joins),
        runner_of_pod=owners_of(joins),
    )


class TableOf(Protocol):
    """Returns all rows of a kind over some feeds by key."""

    def __call__(self, feeds: Iterable[Feed], kind: type[R], /) -> Mapping[str, R]:
        """Return the rows."""
        ...


def table(feeds: Iterable[Feed], kind: type[R]) -> Mapping[str, R]:
    """Return all rows of a kind by key; the very mapping of the feed where only one holds them."""
    tables: list[Mapping[str, Any]] = [feed.tables[kind] for feed in feeds if kind in feed.tables]
    if len(tables) == 1:
        return tables[0]
    return {key: row for rows in tables for key, row in rows.items()}


def assemble(
    snapshot: Snapshot,
    now: datetime,
    joins: Sequence[ContextJoin],
    tally: Tally,
    *,
    runners: Mapping[str, Runner],
    scale_sets: Mapping[str, ScaleSet],
    unjoined: tuple[Unjoined, ...],
    runner_of_pod: Mapping[str, str],
    table: TableOf = table,
) -> Fleet:
    """Return the fleet of joined contexts.

    Args:
        snapshot: What was joined.
        now: The time that feeds are live at or not.
        joins: Its contexts.
        tally: Holds all runners.
        runners: All runners in the order of keys.
        scale_sets: All scale sets, judged.
        unjoined: What belongs to no runner.
        runner_of_pod: The runner that each pod belongs to.
        table: For who keeps tables between two fleets.
    """
    feeds = tuple(snapshot.feeds.values())
    alerts = table(feeds, Alert)
    return Fleet(
        generation=snapshot.generation,
        runners=runners,
        forge_runners=table(feeds, ForgeRunner),
        scale_sets=scale_sets,
        ephemeral_runners=table(feeds, EphemeralRunner),
        listeners=table(feeds, Listener),
        pods=table(feeds, Pod),
        events=table(feeds, Event),
        deployments=table(feeds, Deployment),
        autoscalers=table(feeds, Autoscaler),
        cron_jobs=table(feeds, CronJob),
        quotas=table(feeds, Quota),
        alerts=alerts,
        jobs=table(feeds, Job),
        runner_of_pod=runner_of_pod,
        unjoined=unjoined,
        totals=totals_of(tally, feeds, alerts.values(), [each.fleet_samples() for each in joins], now),
    )


def feeds_by_context(snapshot: Snapshot) -> Mapping[str, Sequence[Feed]]:
    """Return the feeds of each context."""
    contexts: dict[str, list[Feed]] = {}
    for feed in snapshot.feeds.values():
        contexts.setdefault(feed.context, []).append(feed)
    return contexts


def unjoined_of(joins: Iterable[ContextJoin]) -> tuple[Unjoined, ...]:
    """Return what belongs to no runner, by kind and key."""
    return tuple(sorted((thing for each in joins for thing in each.unjoined()), key=_unjoined_order))


def owners_of(joins: Iterable[ContextJoin]) -> Mapping[str, str]:
    """Return the runner that each pod belongs to."""
    found: dict[str, str] = {}
    for each in joins:
        found.update(each.belongings.runner_of_pod)
    return found


def _unjoined_order(thing: Unjoined) -> tuple[str, str, str]:
    return (thing.kind, thing.key, thing.reason)
