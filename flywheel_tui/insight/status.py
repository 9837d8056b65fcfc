"""The one word for a runner."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flywheel_tui.domain.fleet import RunnerStatus
from flywheel_tui.domain.runner import RunnerState
from flywheel_tui.domain.verdict import Severity, Verdict

LOAD_RULES: Final = frozenset({"saturated", "quota_bound", "high_cpu", "high_memory"})
"""Rules that tell of much work rather than of damage: they colour a row but do not call the runner degraded."""


def status_of(
    state: RunnerState,
    *,
    paused: bool | None = None,
    busy: bool = False,
    starting: bool = False,
    verdicts: Iterable[Verdict] = (),
) -> RunnerStatus:
    """Return the status word.

    What the forge has given up on comes first, then what somebody decided (paused), then what is wrong, then work. The
    age of the data plays no part: a stale feed keeps the last word, and the screen dims it.

    Args:
        state: Liveness.
        paused: Whether somebody takes it out of work.
        busy: Whether it runs a job.
        starting: Whether it is too new to be called offline.
        verdicts: What the rules found.
    """
    if state is RunnerState.NEVER_CONTACTED:
        return RunnerStatus.NEVER_CONTACTED
    if state is RunnerState.STALE:
        return RunnerStatus.STALE
    if paused:
        return RunnerStatus.PAUSED
    if state is not RunnerState.ONLINE:
        if starting:
            return RunnerStatus.PENDING
        return RunnerStatus.OFFLINE if state is RunnerState.OFFLINE else RunnerStatus.UNKNOWN
    if any(verdict.severity.rank >= Severity.WARNING.rank and verdict.rule not in LOAD_RULES for verdict in verdicts):
        return RunnerStatus.DEGRADED
    return RunnerStatus.BUSY if busy else RunnerStatus.ONLINE


def severity_of(state: RunnerState, verdicts: Iterable[Verdict]) -> Severity:
    """Return the worst severity; a runner of unknown state is at best unknown."""
    worst = Severity.UNKNOWN if state is RunnerState.UNKNOWN else Severity.OK
    for verdict in verdicts:
        if verdict.severity.rank > worst.rank:
            worst = verdict.severity
    return worst
