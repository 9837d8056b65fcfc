"""The join for a screen that stays: the same Fleet as :func:`~flywheel_tui.insight.join.join`, for what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from flywheel_tui.config.settings import StalePolicy
from flywheel_tui.domain.feed import Feed
from flywheel_tui.domain.fleet import Fleet, FleetChange, KeyChange, Runner, Unjoined
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.scaleset import ScaleSet
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.insight.changes import Step
from flywheel_tui.insight.context import ContextJoin, judged
from flywheel_tui.insight.difference import diff_rows
from flywheel_tui.insight.join import assemble, feeds_by_context, owners_of, table, unjoined_of
from flywheel_tui.insight.totals import Tally
from flywheel_tui.insight.update import update

R = TypeVar("R", bound=Row)

_EARLY_S: Final = 0.001
"""A rule's answer is asked for again that much before it is due: floating point may place the moment a little late."""


class LiveJoin:
    """Joins one snapshot after another.

    Runners whose inputs are what they were stay the very same objects. A verdict that time alone changes comes true
    with the first update after its moment.

    Args:
        policy: Bounds for the verdicts.
    """

    def __init__(self, policy: StalePolicy) -> None:
        self._policy = policy
        self._contexts: dict[str, ContextJoin] = {}
        self._fleet = Fleet()
        self._tally = Tally()
        self._turns: dict[str, datetime] = {}
        self._now: datetime | None = None
        self._revisions: list[tuple[ContextJoin, int]] = []
        self._tables: dict[type[Row], tuple[tuple[Mapping[str, Row], ...], Mapping[str, Row]]] = {}

    @property
    def fleet(self) -> Fleet:
        """Return what the last update returned."""
        return self._fleet

    def update(self, snapshot: Snapshot, now: datetime, steps: Sequence[Step] = ()) -> tuple[Fleet, FleetChange]:
        """Return the fleet of a snapshot, and how it differs from the fleet before.

        Args:
            snapshot: Of the same store as the one before; any will do, but only what stayed the same object costs
                nothing.
            now: The time that ages are told by.
            steps: What the store told since the snapshot before; without it all rows that may differ are looked at.
        """
        before = self._fleet
        if self._now is not None and now < self._now:
            self._contexts.clear()  # The clock was set back: what had come true may be to come again.
        self._now = now
        dirty = self._follow(snapshot, now, steps)
        revisions = [(join, join.revision) for join in self._contexts.values()]
        moved, self._revisions = revisions != self._revisions, revisions
        runners, change = self._judge(dirty, now)
        feeds = tuple(snapshot.feeds.values())
        scale_sets, set_change = self._judge_scale_sets(feeds, runners, dirty)
        self._fleet = fleet = assemble(
            snapshot,
            now,
            tuple(self._contexts.values()),
            self._tally,
            runners=runners,
            scale_sets=scale_sets,
            unjoined=self._unjoined(moved),
            runner_of_pod=owners_of(self._contexts.values()) if moved else before.runner_of_pod,
            table=self._table,
        )
        return fleet, FleetChange(
            runners=change,
            scale_sets=set_change,
            pods=diff_rows(before.pods, fleet.pods),
            alerts=diff_rows(before.alerts, fleet.alerts),
            jobs=diff_rows(before.jobs, fleet.jobs),
            totals=before.totals != fleet.totals,
            unjoined=before.unjoined != fleet.unjoined,
        )

    def _follow(self, snapshot: Snapshot, now: datetime, steps: Sequence[Step]) -> dict[str, set[str]]:
        """Bring all contexts up to date; return by context which runners to judge anew."""
        contexts: dict[str, ContextJoin] = {}
        dirty: dict[str, set[str]] = {}
        known = self._contexts
        for name, feeds in feeds_by_context(snapshot).items():
            join = known.get(name)
            found = None
            if join is not None and [feed.name for feed in feeds] == [feed.name for feed in join.feeds]:
                found = update(join, feeds, now, steps)
            if join is None or found is None:
                join = ContextJoin(name, feeds, now, self._policy)
                found = {*join.keys(), *self._runners_of(name)}
            contexts[name], dirty[name] = join, found
        for runner in self._fleet.runners.values() if known.keys() - contexts.keys() else ():
            if runner.context not in contexts:
                dirty.setdefault(runner.context, set()).add(runner.key)
        self._contexts = contexts
        for key, turn in self._turns.items():
            if turn <= now:
                dirty[self._fleet.runners[key].context].add(key)
        return dirty

    def _runners_of(self, context: str) -> Iterable[str]:
        return [key for key, runner in self._fleet.runners.items() if runner.context == context]

    def _judge(self, dirty: Mapping[str, set[str]], now: datetime) -> tuple[Mapping[str, Runner], KeyChange]:
        before = self._fleet.runners
        added: dict[str, Runner] = {}
        changed: dict[str, Runner] = {}
        removed: list[str] = []
        for context, keys in dirty.items():
            join = self._contexts.get(context)
            for key in keys:
                runner = None if join is None else self._judge_one(join, key, now)
                known = before.get(key)
                if runner is None:
                    self._turns.pop(key, None)
                    if known is not None:
                        removed.append(key)
                elif known is None:
                    added[key] = runner
                elif known != runner:
                    changed[key] = runner
        for key in (*removed, *changed):
            self._tally.add(before[key], -1)
        for runner in (*added.values(), *changed.values()):
            self._tally.add(runner)
        return _patched(before, added, changed, removed)

    def _judge_one(self, join: ContextJoin, key: str, now: datetime) -> Runner | None:
        join.scene.turn.forget()
        runner = join.runner(key)
        in_s = join.scene.turn.in_s
        if in_s is None:
            self._turns.pop(key, None)
        else:
            self._turns[key] = now + timedelta(seconds=min(in_s, _LONGEST_S) - _EARLY_S)
        return runner

    def _judge_scale_sets(
        self, feeds: tuple[Feed, ...], runners: Mapping[str, Runner], dirty: Mapping[str, set[str]]
    ) -> tuple[Mapping[str, ScaleSet], KeyChange]:
        before, rows = self._fleet.scale_sets, self._table(feeds, ScaleSet)
        added: dict[str, ScaleSet] = {}
        changed: dict[str, ScaleSet] = {}
        removed: list[str] = []
        for keys in dirty.values():
            for key in keys:
                row, known = rows.get(key), before.get(key)
                if row is None:
                    if known is not None:
                        removed.append(key)
                    continue
                after = judged(row, runners.get(key))
                if known is None:
                    added[key] = after
                elif known != after:
                    changed[key] = after
        return _patched(before, added, changed, removed)

    def _unjoined(self, moved: bool) -> tuple[Unjoined, ...]:
        if not moved:
            return self._fleet.unjoined
        after = unjoined_of(self._contexts.values())
        return self._fleet.unjoined if after == self._fleet.unjoined else after

    def _table(self, feeds: Iterable[Feed], kind: type[R]) -> Mapping[str, R]:
        """Return :func:`~flywheel_tui.insight.join.table`, the same object where its parts are the same objects."""
        parts = tuple(feed.tables[kind] for feed in feeds if kind in feed.tables)
        known = self._tables.get(kind)
        if known is not None and len(known[0]) == len(parts) and all(map(_is, known[0], parts)):
            merged: Any = known[1]
        else:
            merged = table(feeds, kind)
            self._tables[kind] = (parts, merged)
        result: Mapping[str, R] = merged
        return result


_LONGEST_S: Final = 86_400.0
"""A moment further away is looked at again after this; texts from outside may name any year."""


def _is(one: object, other: object) -> bool:
    return one is other


def _patched(
    before: Mapping[str, R], added: Mapping[str, R], changed: Mapping[str, R], removed: Iterable[str]
) -> tuple[Mapping[str, R], KeyChange]:
    """Return a mapping in the order of keys with changes taken in, the very same where there are none."""
    change = KeyChange(added=frozenset(added), changed=frozenset(changed), removed=frozenset(removed))
    if not change:
        return before, change
    after = {**before, **changed, **added}
    for key in change.removed:
        del after[key]
    return (dict(sorted(after.items())) if added else after), change
