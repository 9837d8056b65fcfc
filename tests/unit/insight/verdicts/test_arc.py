from __future__ import annotations

from typing import Any

import pytest

from flywheel_tui.domain.scaleset import EphemeralRunner
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.insight.case import Case, ListenerHealth
from flywheel_tui.insight.verdicts.arc import arc_churn, failed_ephemeral_runners, listener_missing, outdated
from tests.unit.insight import build


def with_listener(health: ListenerHealth, **fields: Any) -> Case:  # noqa: ANN401
    return build.case(fields.pop("scale_set", None) or build.scale_set(), listener_health=health, **fields)


def test_no_listener_is_critical() -> None:
    verdict = listener_missing(with_listener(ListenerHealth.MISSING))
    assert verdict is not None
    assert verdict.severity is Severity.CRITICAL
    assert verdict.summary == "no listener: no jobs are fetched"
    assert verdict.evidence[0].text == "no AutoscalingListener names arc/gh-nix; phase Running"


def test_a_listener_without_a_pod_is_critical() -> None:
    verdict = listener_missing(with_listener(ListenerHealth.NO_POD, listener=build.listener()))
    assert verdict is not None
    assert verdict.severity is Severity.CRITICAL
    assert "has no pod" in verdict.evidence[0].text
    assert "arc-systems" in verdict.next_step


def test_a_listener_pod_that_is_not_ready_is_critical_and_names_the_log() -> None:
    pod = build.listener_pod(phase="Pending", ready=False, reason="Unschedulable")
    verdict = listener_missing(with_listener(ListenerHealth.NOT_READY, listener=build.listener(), listener_pod=pod))
    assert verdict is not None
    assert verdict.severity is Severity.CRITICAL
    assert verdict.evidence[0].text.endswith("is not ready: Pending: Unschedulable")
    assert "kubectl -n arc-systems logs gh-nix-754b578d-listener" in verdict.next_step


@pytest.mark.parametrize("flag", ["starting", "paused"])
def test_a_missing_listener_is_mild_while_starting_or_paused(flag: str) -> None:
    verdict = listener_missing(with_listener(ListenerHealth.MISSING, **{flag: True}))
    assert verdict is not None
    assert verdict.severity is Severity.WARNING


@pytest.mark.parametrize("health", [ListenerHealth.READY, ListenerHealth.UNKNOWN])
def test_no_listener_verdict_where_it_is_ready_or_not_visible(health: ListenerHealth) -> None:
    assert listener_missing(with_listener(health)) is None


def test_no_listener_verdict_for_an_outdated_scale_set() -> None:
    case = with_listener(ListenerHealth.MISSING, scale_set=build.scale_set(phase="Outdated"))
    assert listener_missing(case) is None


def test_no_listener_verdict_for_a_forge_runner() -> None:
    assert listener_missing(build.case(listener_health=ListenerHealth.MISSING)) is None


def test_outdated_scale_set_is_critical_and_names_the_image() -> None:
    verdict = outdated(build.case(build.scale_set(phase="Outdated", image="ghcr.io/actions/actions-runner:2.300.0")))
    assert verdict is not None
    assert verdict.severity is Severity.CRITICAL
    assert "actions-runner:2.300.0" in verdict.evidence[0].text


def test_outdated_ephemeral_runner_tells_it_before_the_scale_set_does() -> None:
    verdict = outdated(build.case(build.scale_set(), ephemeral_runners=(build.ephemeral(phase="Outdated"),)))
    assert verdict is not None
    assert "is Outdated" in verdict.evidence[1].text


@pytest.mark.parametrize("phase", ["Running", "Pending", None])
def test_outdated_is_silent_in_other_phases(phase: str | None) -> None:
    assert outdated(build.case(build.scale_set(phase=phase), ephemeral_runners=(build.ephemeral(),))) is None


def test_outdated_is_silent_for_a_forge_runner() -> None:
    assert outdated(build.case()) is None


def failing(suffix: str, failures: int, age: float = 60, **fields: Any) -> EphemeralRunner:  # noqa: ANN401
    return build.ephemeral(
        suffix,
        phase=fields.pop("phase", "Pending"),
        ready=False,
        failures=failures,
        last_failure_at=build.ago(20),
        created_at=build.ago(age),
        **fields,
    )


def test_churn_fires_from_two_failures_of_one_runner() -> None:
    rows = (failing("a", 3, reason="PodFailed"), build.ephemeral("b"))
    verdict = arc_churn(build.case(build.scale_set(), ephemeral_runners=rows))
    assert verdict is not None
    assert verdict.severity is Severity.WARNING
    assert verdict.evidence[0].text == "gh-nix-x7k2p-runner-a: 3 failed pods: PodFailed"
    assert verdict.evidence[0].at == build.ago(20)


def test_churn_is_critical_where_no_runner_gets_to_run() -> None:
    verdict = arc_churn(build.case(build.scale_set(), ephemeral_runners=(failing("a", 2), failing("b", 4))))
    assert verdict is not None
    assert verdict.severity is Severity.CRITICAL
    assert verdict.evidence[0].text.startswith("gh-nix-x7k2p-runner-b")


def test_churn_fires_for_many_young_runners_that_failed_once_each() -> None:
    young = tuple(failing(suffix, 1) for suffix in "abc")
    assert arc_churn(build.case(build.scale_set(), ephemeral_runners=young)) is not None


@pytest.mark.parametrize(
    "rows",
    [
        (),
        tuple(failing(suffix, 1) for suffix in "ab"),
        tuple(failing(suffix, 1, age=900) for suffix in "abc"),
        tuple(build.ephemeral(suffix, phase="Pending", created_at=build.ago(5)) for suffix in "abcdef"),
        (failing("a", 6, phase="Failed"),),
    ],
    ids=["none", "two failed once", "old ones failed once", "scaling up", "given up"],
)
def test_churn_is_silent(rows: tuple[EphemeralRunner, ...]) -> None:
    assert arc_churn(build.case(build.scale_set(), ephemeral_runners=rows)) is None


def failed(suffix: str) -> EphemeralRunner:
    return build.ephemeral(suffix, phase="Failed", reason="InvalidPod", message="pod is invalid")


def test_failed_runners_occupy_slots() -> None:
    rows = (failed("a"), failed("b"), build.ephemeral("c"))
    verdict = failed_ephemeral_runners(build.case(build.scale_set(max_runners=4), ephemeral_runners=rows))
    assert verdict is not None
    assert verdict.severity is Severity.WARNING
    assert verdict.summary == "2 of 4 slots held by failed runners"
    assert verdict.evidence[0].text == "gh-nix-x7k2p-runner-a: InvalidPod: pod is invalid"
    assert verdict.next_step.endswith("kubectl -n arc delete ephemeralrunner gh-nix-x7k2p-runner-a")


def test_failed_runners_that_fill_the_set_are_critical() -> None:
    rows = (failed("a"), failed("b"))
    verdict = failed_ephemeral_runners(build.case(build.scale_set(max_runners=2), ephemeral_runners=rows))
    assert verdict is not None
    assert verdict.severity is Severity.CRITICAL


def test_failed_runners_of_an_unbounded_set_are_a_warning() -> None:
    verdict = failed_ephemeral_runners(build.case(build.scale_set(max_runners=None), ephemeral_runners=(failed("a"),)))
    assert verdict is not None
    assert verdict.severity is Severity.WARNING
    assert verdict.summary == "1 slot held by failed runners"


def test_the_scale_sets_own_counter_tells_where_runners_cannot_be_listed() -> None:
    verdict = failed_ephemeral_runners(build.case(build.scale_set(failed_runners=3)))
    assert verdict is not None
    assert verdict.evidence[0].text == "the scale set counts 3 failed ephemeral runners"


def test_listed_runners_know_better_than_the_counter() -> None:
    case = build.case(build.scale_set(failed_runners=3), ephemeral_runners=(build.ephemeral(),))
    assert failed_ephemeral_runners(case) is None


@pytest.mark.parametrize("count", [None, 0])
def test_failed_runners_is_silent_where_there_are_none_or_nobody_knows(count: int | None) -> None:
    assert failed_ephemeral_runners(build.case(build.scale_set(failed_runners=count))) is None


def test_failed_runners_is_silent_for_a_forge_runner() -> None:
    assert failed_ephemeral_runners(build.case()) is None
