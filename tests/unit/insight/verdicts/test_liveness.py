from __future__ import annotations

from datetime import timedelta

import pytest

from flywheel_tui.domain.runner import RunnerState
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.insight.verdicts.liveness import never_contacted, offline, paused, stale
from tests.unit.insight import build


def test_offline_gitlab_runner_is_critical_and_tells_the_last_contact() -> None:
    row = build.gitlab(state=RunnerState.OFFLINE, contacted_at=build.ago(3 * build.HOUR))
    verdict = offline(build.case(row, manager_ready=0, manager_total=1))
    assert verdict is not None
    assert verdict.severity is Severity.CRITICAL
    assert verdict.summary == "no contact for over 2 h"
    assert verdict.evidence[0].at == build.ago(3 * build.HOUR)
    assert verdict.evidence[0].source == "prod/gitlab"
    assert verdict.evidence[1].text == "0 of 1 managers are online"
    assert "gitlab-runner" in verdict.next_step


def test_offline_names_the_deployment_where_the_managers_live_in_the_cluster() -> None:
    row = build.gitlab(state=RunnerState.OFFLINE)
    verdict = offline(build.case(row, deployments=(build.deployment("docker"),)))
    assert verdict is not None
    assert verdict.next_step.endswith("kubectl -n runners logs deployment/docker")


def test_offline_while_paused_is_only_info() -> None:
    verdict = offline(build.case(build.gitlab(state=RunnerState.OFFLINE, paused=True), paused=True))
    assert verdict is not None
    assert verdict.severity is Severity.INFO


def test_offline_github_runner_says_that_nobody_knows_since_when() -> None:
    verdict = offline(build.case(build.github(state=RunnerState.OFFLINE)))
    assert verdict is not None
    assert "does not tell since when" in verdict.evidence[0].text
    assert verdict.evidence[0].at is None


@pytest.mark.parametrize(
    "state", [RunnerState.ONLINE, RunnerState.STALE, RunnerState.NEVER_CONTACTED, RunnerState.UNKNOWN]
)
def test_offline_is_silent_in_every_other_state(state: RunnerState) -> None:
    assert offline(build.case(build.gitlab(state=state))) is None


@pytest.mark.parametrize("rule", [offline, never_contacted, stale])
def test_forge_rules_do_not_judge_scale_sets(rule: object) -> None:
    assert callable(rule)
    assert rule(build.case(build.scale_set(), state=RunnerState.OFFLINE)) is None


@pytest.mark.parametrize(
    ("age", "severity"), [(build.DAY, Severity.WARNING), (60.0, Severity.INFO), (-3600.0, Severity.INFO)]
)
def test_never_contacted_is_mild_while_new(age: float, severity: Severity) -> None:
    row = build.gitlab(state=RunnerState.NEVER_CONTACTED, created_at=build.NOW - timedelta(seconds=age))
    verdict = never_contacted(build.case(row))
    assert verdict is not None
    assert verdict.severity is severity


def test_never_contacted_without_a_creation_time_is_not_taken_for_new() -> None:
    row = build.gitlab(state=RunnerState.NEVER_CONTACTED, created_at=None, created_by="mira")
    verdict = never_contacted(build.case(row))
    assert verdict is not None
    assert verdict.severity is Severity.WARNING
    assert "created by mira" in verdict.evidence[0].text


def test_never_contacted_is_silent_for_a_runner_that_was_heard_of() -> None:
    assert never_contacted(build.case(build.gitlab())) is None


@pytest.mark.parametrize(("is_paused", "severity"), [(False, Severity.WARNING), (True, Severity.INFO)])
def test_stale(is_paused: bool, severity: Severity) -> None:
    row = build.gitlab(state=RunnerState.STALE, contacted_at=build.ago(9 * build.DAY))
    verdict = stale(build.case(row, paused=is_paused))
    assert verdict is not None
    assert verdict.severity is severity
    assert verdict.evidence[0].at == build.ago(9 * build.DAY)


def test_stale_is_silent_for_an_online_runner() -> None:
    assert stale(build.case()) is None


def test_paused_gitlab_runner_shows_its_maintenance_note() -> None:
    verdict = paused(build.case(build.gitlab(maintenance_note="disk swap, mira"), paused=True))
    assert verdict is not None
    assert verdict.severity is Severity.INFO
    assert verdict.summary == "paused: disk swap, mira"
    assert verdict.evidence[1].text == "maintenance note: disk swap, mira"


def test_paused_gitlab_runner_without_a_note_says_that_nobody_knows() -> None:
    verdict = paused(build.case(build.gitlab(), paused=True))
    assert verdict is not None
    assert verdict.summary == "paused, no reason noted"
    assert "does not tell who paused it" in verdict.evidence[0].text


def test_paused_scale_set_tells_who_when_why_and_the_bounds_before() -> None:
    row = build.scale_set(
        max_runners=0,
        paused_by="tomas",
        paused_at=build.ago(600),
        pause_reason="bad image",
        saved_min_runners=1,
        saved_max_runners=8,
    )
    verdict = paused(build.case(row, paused=True))
    assert verdict is not None
    assert verdict.summary == "paused by tomas: bad image"
    assert verdict.evidence[1].at == build.ago(600)
    assert verdict.evidence[2].text == "before the pause: minRunners 1, maxRunners 8"


def test_a_scale_set_without_room_and_without_annotation_is_paused_by_nobody_known() -> None:
    verdict = paused(build.case(build.scale_set(max_runners=0), paused=True))
    assert verdict is not None
    assert verdict.summary == "maxRunners is 0, nobody noted why"


@pytest.mark.parametrize("value", [False, None])
def test_paused_is_silent_where_it_is_not_or_not_known(value: bool | None) -> None:
    assert paused(build.case(paused=value)) is None


def test_a_long_or_hostile_note_is_cut_and_cleaned() -> None:
    verdict = paused(build.case(build.gitlab(maintenance_note="\x1b[31mred\x1b[0m " + "x" * 2000), paused=True))
    assert verdict is not None
    assert "\x1b" not in verdict.summary
    assert len(verdict.summary) <= 240
    assert verdict.summary.startswith("paused: red xxx")
