"""The columns of the runners."""

from __future__ import annotations

from typing import Final

from flywheel_tui.domain.feed import Feed, SourceKind
from flywheel_tui.domain.fleet import Fleet, Runner
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.services.listing import format as shown
from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.services.listing.scopes import runner_scopes
from flywheel_tui.tui.widgets.grid.column import Column, GridView
from flywheel_tui.tui.widgets.grid.listing import above, column, feeds_of, muted, own, told
from flywheel_tui.tui.widgets.tone import SEVERITY_MARKS, STATUS_MARKS, Mark, Tone


def mark_of(runner: Runner) -> Mark:
    """Return the symbol of the runner's status, in the tone of whatever is worse: status or verdict."""
    mark = STATUS_MARKS[runner.status]
    if runner.severity in {Severity.WARNING, Severity.CRITICAL}:
        return Mark(mark.symbol, SEVERITY_MARKS[runner.severity].tone)
    return mark


def _feed(runner: Runner, snapshot: Snapshot) -> Feed | None:
    return snapshot.feeds.get(runner.sources[0]) if runner.sources else None


def _opens(runner: Runner, fleet: Fleet) -> str | None:
    return runner.key if runner.key in fleet.runners else None


def _managers(runner: Runner) -> Tone:
    if runner.manager_ready is None or runner.manager_total is None:
        return Tone.MUTED
    if runner.manager_ready < runner.manager_total:
        return Tone.CRITICAL if runner.manager_ready == 0 else Tone.WARNING
    return Tone.PLAIN


def _queued(runner: Runner) -> Tone:
    if runner.queued is None:
        return Tone.MUTED
    return Tone.WARNING if runner.queued else Tone.PLAIN


def _cpu(runner: Runner) -> float | None:
    return shown.share(runner.cpu_cores, runner.cpu_limit)


def _memory(runner: Runner) -> float | None:
    return shown.share(runner.memory_bytes, runner.memory_limit)


def _evidence(runner: Runner) -> tuple[str, ...]:
    return tuple(evidence.source for verdict in runner.verdicts[:1] for evidence in verdict.evidence)


_METRICS: Final = told(SourceKind.PROMETHEUS)

COLUMNS: Final[tuple[Column[Runner], ...]] = (
    column(RUNNERS, "name", 22, most=40, tone=own, middle=True),
    column(RUNNERS, "forge", 6, tone=muted),
    column(RUNNERS, "kind", 8, most=12, drop=4, tone=muted),
    column(RUNNERS, "context", 8, most=14, tone=muted),
    column(RUNNERS, "scope", 12, most=24, drop=0, tone=muted),
    column(RUNNERS, "status", 8, tone=own, news=True),
    column(RUNNERS, "managers", 5, drop=6, tone=_managers, news=True),
    column(RUNNERS, "busy", 7, tone=above(lambda row: shown.share(row.busy, row.capacity), 0.8, 0.95), news=True),
    column(RUNNERS, "queue", 5, tone=_queued, told_by=_METRICS, news=True),
    column(RUNNERS, "fail", 5, drop=5, tone=above(lambda row: row.failure_rate, 0.1, 0.3), told_by=_METRICS),
    column(RUNNERS, "cpu", 4, drop=10, tone=above(_cpu, 0.7, 0.9), told_by=_METRICS),
    column(RUNNERS, "memory", 4, drop=10, tone=above(_memory, 0.7, 0.9), told_by=_METRICS),
    column(RUNNERS, "version", 8, most=16, drop=5, tone=muted, news=True),
    column(RUNNERS, "tag", 12, most=28, drop=2, tone=muted),
    column(RUNNERS, "owner", 10, most=20, drop=0, tone=muted),
    column(RUNNERS, "creator", 10, most=16, drop=0, tone=muted),
    column(RUNNERS, "seen", 5, drop=8, tone=muted),
    column(RUNNERS, "age", 5, drop=9, tone=muted),
    column(RUNNERS, "why", 24, most=72, drop=6, tone=own, told_by=_evidence),
)

VIEW: Final[GridView[Runner]] = GridView(
    kind=RUNNERS,
    columns=COLUMNS,
    mark=mark_of,
    feed=_feed,
    feeds=feeds_of(SourceKind.GITLAB, SourceKind.GITHUB, SourceKind.KUBERNETES),
    fault=lambda runner: runner.severity.rank >= Severity.UNKNOWN.rank,
    forge=lambda runner: runner.forge.value,
    opens=_opens,
    remark=lambda runner: runner.why,
    state="status",
    groups=("forge", "context", "owner", "tag"),
    summed=("busy", "capacity", "queue"),
    whole_of={"busy": "capacity"},
    scopes=runner_scopes,
)
