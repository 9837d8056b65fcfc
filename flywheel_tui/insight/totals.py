"""The header's figures over the whole fleet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.feed import Feed, FeedState, SourceKind
from flywheel_tui.domain.fleet import FleetTotals, Runner
from flywheel_tui.domain.job import Job, JobState
from flywheel_tui.domain.runner import Forge
from flywheel_tui.insight.verdicts.alerts import HEARTBEAT_SEVERITY, is_firing


class Tally:
    """Counts runners as they come and go."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self.running = 0
        self.known = 0
        self.queued = 0
        self.queues: Counter[Forge] = Counter()

    def add(self, runner: Runner, times: int = 1) -> None:
        """Count a runner; ``times`` -1 forgets it."""
        self.statuses[runner.status.value] += times
        if runner.busy is not None:
            self.known += times
            self.running += times * runner.busy
        if runner.queued is not None:
            self.queued += times * runner.queued
            self.queues[runner.forge] += times


class FleetSamples(msgspec.Struct, frozen=True, gc=False):
    """What one context's Prometheus tells of the whole fleet.

    Attributes:
        failure_rate: Of the last hour.
        queue_p95_s: The wait of the slower of the forges.
        completed: Jobs of the last hour, by which the rates of several contexts are weighted; called only then.
    """

    failure_rate: float | None
    queue_p95_s: float | None
    completed: Callable[[], float | None]


def totals_of(
    tally: Tally, feeds: Sequence[Feed], alerts: Iterable[Alert], samples: Sequence[FleetSamples], now: datetime
) -> FleetTotals:
    """Return the figures of the whole fleet.

    Args:
        tally: Holds all joined runners.
        feeds: All feeds.
        alerts: All alerts.
        samples: One a context.
        now: The time that feeds are live at or not.
    """
    queued, covers = tally.queued, {forge for forge, count in tally.queues.items() if count}
    for forge, waiting in _pending_jobs(feeds).items():
        # Where a forge lists its waiting jobs they belong to no runner yet, so no runner's queue holds them.
        if forge not in covers:
            queued += waiting
            covers.add(forge)
    count = tally.statuses.total()
    nobody = count == 0 and any(
        feed.fetched_at is not None and feed.kind not in {SourceKind.PROMETHEUS, SourceKind.ALERTMANAGER}
        for feed in feeds
    )
    return FleetTotals(
        runners=count,
        by_status={status: number for status, number in tally.statuses.items() if number},
        jobs_running=tally.running if tally.known or nobody else None,
        jobs_queued=queued if covers else None,
        failure_rate=_failure_rate(samples),
        queue_p95_s=max((each.queue_p95_s for each in samples if each.queue_p95_s is not None), default=None),
        alerts_firing=_alerts_firing(feeds, alerts),
        partial=tally.known < count or any(feed.state(now) is not FeedState.LIVE for feed in feeds),
        queue_covers=tuple(sorted(covers)),
    )


def _pending_jobs(feeds: Sequence[Feed]) -> dict[Forge, int]:
    waiting: dict[Forge, int] = {}
    for feed in feeds:
        forge = {SourceKind.GITLAB: Forge.GITLAB, SourceKind.GITHUB: Forge.GITHUB}.get(feed.kind)
        if forge is not None and Job in feed.tables:
            pending = sum(job.state is JobState.PENDING for job in feed.rows(Job))
            waiting[forge] = waiting.get(forge, 0) + pending
    return waiting


def _failure_rate(samples: Sequence[FleetSamples]) -> float | None:
    """Return the rate over all contexts, each weighted by its finished jobs; None where a weight is not known."""
    telling = [each for each in samples if each.failure_rate is not None]
    if len(telling) < 2:
        return telling[0].failure_rate if telling else None
    weights = [each.completed() for each in telling]
    known = [weight for weight in weights if weight is not None]
    if len(known) < len(weights) or not sum(known):
        return None
    return math.fsum((each.failure_rate or 0.0) * weight for each, weight in zip(telling, known, strict=True)) / sum(
        known
    )


def _alerts_firing(feeds: Sequence[Feed], alerts: Iterable[Alert]) -> int | None:
    # A source without active alerts has an empty table of them; no table at all is a source that does not tell.
    if not any(Alert in feed.tables for feed in feeds):
        return None
    return sum(is_firing(alert) and alert.severity != HEARTBEAT_SEVERITY for alert in alerts)
