"""The header's figures over the whole fleet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.feed import Feed, FeedState, SourceKind
from flywheel_tui.domain.fleet import FleetTotals, Runner
from flywheel_tui.domain.job import Job, JobState
from flywheel_tui.domain.runner import Forge
from flywheel_tui.insight import queries
from flywheel_tui.insight.figures import Groups
from flywheel_tui.insight.samples import total
from flywheel_tui.insight.verdicts.alerts import HEARTBEAT_SEVERITY, is_firing


def totals_of(
    runners: Iterable[Runner],
    feeds: Sequence[Feed],
    alerts: Iterable[Alert],
    samples: Sequence[Groups],
    now: datetime,
) -> FleetTotals:
    """Return the figures of the whole fleet.

    Args:
        runners: All joined runners.
        feeds: All feeds.
        alerts: All alerts.
        samples: Samples by query, one mapping a context.
        now: The time that feeds are live at or not.
    """
    statuses: Counter[str] = Counter()
    running = known = queued = 0
    covers: set[Forge] = set()
    unknown = False
    for runner in runners:
        statuses[runner.status.value] += 1
        if runner.busy is None:
            unknown = True
        else:
            known += 1
            running += runner.busy
        if runner.queued is not None:
            queued += runner.queued
            covers.add(runner.forge)
    for forge, waiting in _pending_jobs(feeds).items():
        # Where a forge lists its waiting jobs they belong to no runner yet, so no runner's queue holds them.
        if forge not in covers:
            queued += waiting
            covers.add(forge)
    count = statuses.total()
    nobody = count == 0 and any(
        feed.fetched_at is not None and feed.kind not in {SourceKind.PROMETHEUS, SourceKind.ALERTMANAGER}
        for feed in feeds
    )
    return FleetTotals(
        runners=count,
        by_status=dict(statuses),
        jobs_running=running if known or nobody else None,
        jobs_queued=queued if covers else None,
        failure_rate=_failure_rate(samples),
        queue_p95_s=_queue_p95(samples),
        alerts_firing=_alerts_firing(feeds, alerts),
        partial=unknown or any(feed.state(now) is not FeedState.LIVE for feed in feeds),
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


def _failure_rate(samples: Sequence[Groups]) -> float | None:
    """Return the rate over all contexts, each weighted by its finished jobs; None where a weight is not known."""
    rates = [
        (rate, _completed(groups))
        for groups in samples
        if (rate := total(groups.get(queries.FLEET_FAILURE_RATE_1H))) is not None
    ]
    if len(rates) < 2:
        return rates[0][0] if rates else None
    weights = [weight for _, weight in rates if weight is not None]
    if len(weights) < len(rates) or not sum(weights):
        return None
    return sum(rate * (weight or 0.0) for rate, weight in rates) / sum(weights)


def _completed(groups: Groups) -> float | None:
    found = [
        value
        for query in (queries.GITLAB_JOBS_COMPLETED_1H, queries.ARC_JOBS_COMPLETED_1H)
        if (value := total(groups.get(query))) is not None
    ]
    return sum(found) if found else None


def _queue_p95(samples: Sequence[Groups]) -> float | None:
    found = [value for groups in samples if (value := total(groups.get(queries.FLEET_QUEUE_P95_S))) is not None]
    return max(found, default=None)


def _alerts_firing(feeds: Sequence[Feed], alerts: Iterable[Alert]) -> int | None:
    # A source without active alerts has an empty table of them; no table at all is a source that does not tell.
    if not any(Alert in feed.tables for feed in feeds):
        return None
    return sum(is_firing(alert) and alert.severity != HEARTBEAT_SEVERITY for alert in alerts)
