from __future__ import annotations

from typing import Any

import pytest

from flywheel_tui.domain.fleet import Runner
from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.workload import Container, Pod
from tests.unit.insight import build

TOKEN = "tok000007"


def limited(cpu: float | None = 2.0, memory: float | None = build.GIB, name: str = "build") -> Container:
    return build.container(name, cpu_limit=cpu, memory_limit=memory)


def job(name: str, *containers: Container, **fields: Any) -> Pod:  # noqa: ANN401
    return build.job_pod(name, TOKEN, containers=containers or (limited(),), **fields)


def used(pod: Pod, cores: float | None, memory: float | None = None, **labels: str) -> list[Sample]:
    place = {"namespace": pod.namespace, "pod": pod.name, **labels}
    found = [] if cores is None else [build.sample("pod_cpu_cores", cores, **place)]
    return found if memory is None else [*found, build.sample("pod_memory_bytes", memory, **place)]


def joined(*pods: Pod, samples: list[Sample]) -> Runner:
    return build.only_runner(build.fleet(build.gitlab(), *pods, *samples))


def test_usage_is_the_sum_over_pods_and_containers() -> None:
    one, two = job("one"), job("two")
    samples = [
        *used(one, 0.5, 100.0, container="build"),
        *used(one, 0.25, 50.0, container="helper"),
        *used(two, 1.0, 200.0, container="build"),
    ]
    runner = joined(one, two, samples=samples)
    assert (runner.cpu_cores, runner.memory_bytes) == (1.75, 350.0)
    assert (runner.cpu_limit, runner.memory_limit) == (4.0, 2 * build.GIB)
    assert "prod/prometheus" in runner.sources


def test_limits_need_no_metrics() -> None:
    runner = joined(job("one"), samples=[])
    assert (runner.cpu_cores, runner.memory_bytes, runner.cpu_limit) == (None, None, 2.0)


def test_a_pod_without_a_limit_makes_the_limit_unknown() -> None:
    assert joined(job("one"), job("two", limited(cpu=None)), samples=[]).cpu_limit is None


def test_a_helper_without_a_limit_does_not() -> None:
    helper = build.container("helper")
    assert joined(job("one", limited(), helper), samples=[]).cpu_limit == 2.0


def test_init_containers_are_over_and_count_for_nothing() -> None:
    init = build.container("init", init=True, cpu_limit=8.0)
    assert joined(job("one", limited(), init), samples=[]).cpu_limit == 2.0


def test_a_pod_that_should_be_measured_and_is_not_makes_the_sum_unknown() -> None:
    one, two = job("one"), job("two")
    runner = joined(one, two, samples=used(one, 0.5, 100.0))
    assert (runner.cpu_cores, runner.memory_bytes) == (None, None)


def test_a_young_pod_is_not_measured_yet() -> None:
    one, two = job("one"), job("two", started_at=build.ago(30))
    assert joined(one, two, samples=used(one, 0.5)).cpu_cores == 0.5


@pytest.mark.parametrize("phase", ["Succeeded", "Failed", "Pending"])
def test_pods_that_do_not_run_use_nothing(phase: str) -> None:
    one, two = job("one"), job("two", phase=phase)
    runner = joined(one, two, samples=used(one, 0.5))
    assert (runner.cpu_cores, runner.cpu_limit) == (0.5, 2.0)


def test_an_unknown_sample_makes_its_pod_unknown() -> None:
    one = job("one")
    samples = [*used(one, 0.5, container="build"), build.sample("pod_cpu_cores", None, namespace="runners", pod="one")]
    assert joined(one, samples=samples).cpu_cores is None


def test_the_listener_does_not_count() -> None:
    """It runs no jobs, and by default has no limits."""
    fleet = build.fleet(
        build.scale_set(),
        build.ephemeral(),
        build.runner_pod(containers=(limited(),)),
        build.listener(),
        build.listener_pod(),
        build.sample("pod_cpu_cores", 1.5, namespace="arc", pod="gh-nix-x7k2p-runner-aaaaa"),
        build.sample("pod_cpu_cores", 0.1, namespace="arc-systems", pod="gh-nix-754b578d-listener"),
    )
    runner = build.only_runner(fleet)
    assert (runner.cpu_cores, runner.cpu_limit) == (1.5, 2.0)


def test_a_scale_set_at_zero_uses_an_unknown_amount() -> None:
    runner = build.only_runner(build.fleet(build.scale_set()))
    assert (runner.cpu_cores, runner.cpu_limit, runner.memory_bytes, runner.memory_limit) == (None,) * 4


def test_one_full_pod_is_found_among_idle_ones() -> None:
    one, two = job("one"), job("two")
    runner = joined(one, two, samples=[*used(one, 0.1, 0.1 * build.GIB), *used(two, 1.9, 0.95 * build.GIB)])
    assert {verdict.rule: verdict.evidence[0].text for verdict in runner.verdicts} == {
        "high_cpu": "two uses 1.90 of 2 cores",
        "high_memory": "two uses 973 of 1024 MiB",
    }


def test_a_limit_of_zero_divides_nothing() -> None:
    one = job("one", limited(cpu=0.0, memory=0.0))
    assert joined(one, samples=used(one, 0.5, 100.0)).verdicts == ()
