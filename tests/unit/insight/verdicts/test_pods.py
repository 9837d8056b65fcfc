from __future__ import annotations

from typing import Any

import pytest

from flywheel_tui.domain.verdict import Severity
from flywheel_tui.domain.workload import Container, Pod
from flywheel_tui.insight.verdicts.pods import crash_loop, image_pull, oom_killed, pending_pods
from tests.unit.insight import build


def crashing(**fields: Any) -> Container:  # noqa: ANN401
    return build.container(
        state="waiting",
        reason="CrashLoopBackOff",
        ready=False,
        restarts=7,
        last_reason="Error",
        last_exit_code=1,
        last_finished_at=build.ago(90),
        **fields,
    )


def killed(at: float | None) -> Container:
    finished = None if at is None else build.ago(at)
    return build.container(
        last_reason="OOMKilled", last_exit_code=137, last_finished_at=finished, memory_limit=512 * 2.0**20
    )


def unpulled(reason: str = "ImagePullBackOff") -> Container:
    return build.container(
        state="waiting", reason=reason, ready=False, image="example/none:1", message="manifest unknown"
    )


def with_manager(*containers: Container, **fields: Any) -> Pod:  # noqa: ANN401
    return build.manager_pod("docker", containers=containers, **fields)


def with_job(*containers: Container, **fields: Any) -> Pod:  # noqa: ANN401
    return build.job_pod("job-1", "tok", containers=containers, **fields)


def test_crash_loop_of_a_manager_is_critical_and_says_how_it_ended() -> None:
    verdict = crash_loop(build.case(pods=(with_manager(crashing()),)))
    assert verdict is not None
    assert verdict.severity is Severity.CRITICAL
    assert verdict.summary == "1 pod in CrashLoopBackOff"
    assert verdict.evidence[0].text == "docker-abc-1 main: 7 restarts; last end: Error, exit code 1"
    assert verdict.evidence[0].at == build.ago(90)
    assert verdict.next_step.endswith("kubectl -n runners logs docker-abc-1 -c main --previous")


def test_crash_loop_of_a_job_is_a_warning() -> None:
    verdict = crash_loop(build.case(pods=(with_job(crashing()),)))
    assert verdict is not None
    assert verdict.severity is Severity.WARNING


def test_crash_loop_tells_of_the_manager_first_and_counts_pods_once() -> None:
    pods = (with_job(crashing(name="a"), crashing(name="b")), with_manager(crashing()))
    verdict = crash_loop(build.case(pods=pods))
    assert verdict is not None
    assert verdict.summary == "2 pods in CrashLoopBackOff"
    assert verdict.evidence[0].text.startswith("docker-abc-1")


def test_evidence_is_limited_and_says_how_much_more_there_is() -> None:
    pods = tuple(build.job_pod(f"job-{number}", "tok", containers=(crashing(),)) for number in range(9))
    verdict = crash_loop(build.case(pods=pods))
    assert verdict is not None
    assert len(verdict.evidence) == 6
    assert verdict.evidence[-1].text == "and 4 more"


@pytest.mark.parametrize(
    "container",
    [
        build.container(),
        build.container(state="waiting", reason="ContainerCreating"),
        build.container(state=None),
        build.container(restarts=30, last_reason="Error", last_exit_code=1, last_finished_at=build.ago(30)),
    ],
)
def test_crash_loop_is_silent_for_containers_that_run_or_only_start(container: Container) -> None:
    assert crash_loop(build.case(pods=(with_manager(container),))) is None


@pytest.mark.parametrize("rule", [crash_loop, oom_killed, image_pull, pending_pods])
def test_pod_rules_are_silent_without_pods(rule: object) -> None:
    assert callable(rule)
    assert rule(build.case(pods=())) is None


@pytest.mark.parametrize(
    ("pod", "severity"), [(with_manager(killed(60)), Severity.CRITICAL), (with_job(killed(60)), Severity.WARNING)]
)
def test_oom_killed(pod: Pod, severity: Severity) -> None:
    verdict = oom_killed(build.case(pods=(pod,)))
    assert verdict is not None
    assert verdict.severity is severity
    assert "killed at a limit of 512 MiB" in verdict.evidence[0].text
    assert verdict.evidence[0].at == build.ago(60)


def test_oom_killed_forgets_a_kill_of_long_ago() -> None:
    assert oom_killed(build.case(pods=(with_manager(killed(2 * build.HOUR)),))) is None


def test_oom_killed_counts_one_whose_time_is_unknown() -> None:
    assert oom_killed(build.case(pods=(with_manager(killed(None)),))) is not None


def test_oom_killed_counts_a_kill_in_the_future_as_just_now() -> None:
    assert oom_killed(build.case(pods=(with_manager(killed(-600)),))) is not None


def test_oom_killed_counts_a_container_that_is_over() -> None:
    over = build.container(state="terminated", reason="OOMKilled", exit_code=137)
    verdict = oom_killed(build.case(pods=(with_job(over),)))
    assert verdict is not None
    assert verdict.evidence[0].at is None


def test_oom_killed_is_silent_for_other_ends() -> None:
    ended = build.container(last_reason="Error", last_exit_code=2, last_finished_at=build.ago(60))
    assert oom_killed(build.case(pods=(with_manager(ended),))) is None


@pytest.mark.parametrize("reason", ["ImagePullBackOff", "ErrImagePull", "InvalidImageName"])
def test_image_pull(reason: str) -> None:
    verdict = image_pull(build.case(pods=(with_job(unpulled(reason)),)))
    assert verdict is not None
    assert verdict.severity is Severity.WARNING
    assert reason in verdict.evidence[0].text
    assert "example/none:1" in verdict.evidence[0].text
    assert "manifest unknown" in verdict.evidence[0].text


def test_image_pull_of_a_listener_is_critical() -> None:
    verdict = image_pull(build.case(build.scale_set(), pods=(build.listener_pod(containers=(unpulled(),)),)))
    assert verdict is not None
    assert verdict.severity is Severity.CRITICAL


def test_image_pull_is_silent_while_a_container_is_created() -> None:
    starting = build.container(state="waiting", reason="ContainerCreating")
    assert image_pull(build.case(pods=(with_job(starting),))) is None


def waiting_pod(age: float = 900, **fields: Any) -> Pod:  # noqa: ANN401
    return with_job(build.container(state=None, ready=False), phase="Pending", created_at=build.ago(age), **fields)


def test_pending_pods_names_the_schedulers_reason() -> None:
    pod = waiting_pod(reason="Unschedulable", message="0/6 nodes are available: 6 Insufficient memory.")
    verdict = pending_pods(build.case(pods=(pod,)))
    assert verdict is not None
    assert verdict.severity is Severity.WARNING
    assert verdict.summary == "1 pod Pending over 5m: no node has room"
    assert "Insufficient memory" in verdict.evidence[0].text
    assert verdict.evidence[0].at == build.ago(900)
    assert "kubectl -n runners describe pod job-1" in verdict.next_step


def test_pending_pods_names_the_quota_where_a_warning_says_so() -> None:
    refused = build.event("EphemeralRunner", "r", message='pods "r" is forbidden: exceeded quota: all')
    verdict = pending_pods(build.case(pods=(waiting_pod(),), events=(refused,)))
    assert verdict is not None
    assert verdict.summary.endswith("quota exceeded")
    assert "exceeded quota: all" in verdict.evidence[1].text


def test_pending_pods_without_a_reason_says_so() -> None:
    verdict = pending_pods(build.case(pods=(waiting_pod(),)))
    assert verdict is not None
    assert verdict.evidence[0].text == "job-1: Pending, no reason given"


@pytest.mark.parametrize("age", [299, -60])
def test_pending_pods_gives_a_young_pod_time(age: float) -> None:
    assert pending_pods(build.case(pods=(waiting_pod(age),))) is None


def test_pending_pods_is_silent_for_a_pod_of_unknown_age() -> None:
    pod = with_job(build.container(state=None), phase="Pending", created_at=None)
    assert pending_pods(build.case(pods=(pod,))) is None


@pytest.mark.parametrize("container", [unpulled(), crashing()])
def test_pending_pods_leaves_pods_with_a_rule_of_their_own_alone(container: Container) -> None:
    pod = with_job(container, phase="Pending", created_at=build.ago(900))
    assert pending_pods(build.case(pods=(pod,))) is None


def test_pending_pods_is_silent_for_running_pods() -> None:
    assert pending_pods(build.case(pods=(with_job(build.container()),))) is None
