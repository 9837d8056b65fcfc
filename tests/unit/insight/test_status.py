from __future__ import annotations

import pytest

from flywheel_tui.domain.fleet import RunnerStatus
from flywheel_tui.domain.runner import RunnerState
from flywheel_tui.domain.verdict import Severity, Verdict
from flywheel_tui.insight.status import LOAD_RULES, severity_of, status_of
from flywheel_tui.insight.verdicts import RULES


def verdict(rule: str, severity: Severity) -> Verdict:
    return Verdict(rule=rule, severity=severity, summary="", evidence=(), next_step="")


@pytest.mark.parametrize(
    ("state", "paused", "busy", "starting", "status"),
    [
        (RunnerState.ONLINE, False, False, False, RunnerStatus.ONLINE),
        (RunnerState.ONLINE, None, True, False, RunnerStatus.BUSY),
        (RunnerState.ONLINE, True, True, False, RunnerStatus.PAUSED),
        (RunnerState.OFFLINE, False, False, False, RunnerStatus.OFFLINE),
        (RunnerState.OFFLINE, True, False, False, RunnerStatus.PAUSED),
        (RunnerState.OFFLINE, False, False, True, RunnerStatus.PENDING),
        (RunnerState.OFFLINE, True, False, True, RunnerStatus.PAUSED),
        (RunnerState.STALE, True, False, False, RunnerStatus.STALE),
        (RunnerState.NEVER_CONTACTED, True, False, False, RunnerStatus.NEVER_CONTACTED),
        (RunnerState.UNKNOWN, False, True, False, RunnerStatus.UNKNOWN),
        (RunnerState.UNKNOWN, None, False, True, RunnerStatus.PENDING),
    ],
)
def test_status(state: RunnerState, paused: bool | None, busy: bool, starting: bool, status: RunnerStatus) -> None:
    assert status_of(state, paused=paused, busy=busy, starting=starting) is status


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.CRITICAL])
@pytest.mark.parametrize("rule", sorted({rule.__name__ for rule in RULES} - LOAD_RULES))
def test_damage_makes_an_online_runner_degraded(rule: str, severity: Severity) -> None:
    found = (verdict("other", Severity.INFO), verdict(rule, severity))
    assert status_of(RunnerState.ONLINE, busy=True, verdicts=found) is RunnerStatus.DEGRADED


@pytest.mark.parametrize("rule", sorted(LOAD_RULES))
def test_load_does_not(rule: str) -> None:
    assert status_of(RunnerState.ONLINE, busy=True, verdicts=(verdict(rule, Severity.CRITICAL),)) is RunnerStatus.BUSY


def test_a_mild_verdict_does_not() -> None:
    assert status_of(RunnerState.ONLINE, verdicts=(verdict("crash_loop", Severity.INFO),)) is RunnerStatus.ONLINE


def test_load_rules_exist() -> None:
    assert {rule.__name__ for rule in RULES} >= LOAD_RULES


def test_damage_does_not_hide_a_worse_word() -> None:
    found = (verdict("crash_loop", Severity.CRITICAL),)
    assert status_of(RunnerState.OFFLINE, verdicts=found) is RunnerStatus.OFFLINE
    assert status_of(RunnerState.ONLINE, paused=True, verdicts=found) is RunnerStatus.PAUSED


@pytest.mark.parametrize(
    ("state", "severities", "worst"),
    [
        (RunnerState.ONLINE, (), Severity.OK),
        (RunnerState.ONLINE, (Severity.INFO, Severity.CRITICAL, Severity.WARNING), Severity.CRITICAL),
        (RunnerState.UNKNOWN, (), Severity.UNKNOWN),
        (RunnerState.UNKNOWN, (Severity.INFO,), Severity.UNKNOWN),
        (RunnerState.UNKNOWN, (Severity.WARNING,), Severity.WARNING),
    ],
)
def test_severity(state: RunnerState, severities: tuple[Severity, ...], worst: Severity) -> None:
    assert severity_of(state, [verdict("r", severity) for severity in severities]) is worst
