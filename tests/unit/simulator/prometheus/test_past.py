"""A value that is read off the past is the value that was read when it was the present."""

from __future__ import annotations

import pytest

from flywheel_tui.simulator.prometheus.server import Server
from tests.unit.simulator.prometheus.worlds import EPOCH, ask, elements, server

_HOUR = 3_600
EVERYTHING = '{__name__=~".+",__name__!="ALERTS"}'


def everything(prometheus: Server, at: int) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    value = ask(prometheus, EVERYTHING, at)
    assert isinstance(value, list)
    return {(one.name, frozenset(one.labels.items())): one.value for one in value}


@pytest.mark.parametrize("scenario", ["calm", "incident"])
def test_the_past_does_not_change(scenario: str) -> None:
    prometheus = server(scenario, runners=24)
    seen = {}
    for _ in range(3):
        at = prometheus.now()
        seen[at] = everything(prometheus, at)
        prometheus.world.clock.advance(45)
    for later in (600, 2 * _HOUR):
        prometheus.world.clock.advance(later)
        prometheus.now()
        for at, values in seen.items():
            assert everything(prometheus, at) == values


def test_a_week_can_be_asked_for() -> None:
    prometheus = server(runners=40)
    for days in (1, 3, 6.9):
        at = round((EPOCH - days * 24 * _HOUR) * 1000)
        running = elements(prometheus, "sum by (runner_name) (gitlab_runner_jobs)", "runner_name", at=at)
        busy = elements(prometheus, "gha_busy_runners", "name", at=at)
        cpu = elements(
            prometheus, 'sum by (pod) (rate(container_cpu_usage_seconds_total{container!=""}[5m]))', "pod", at=at
        )
        assert len(running) > 10
        assert sum(running.values()) > 0
        assert sum(busy.values()) > 0
        assert len(cpu) > 20
        assert all(0 < cores < 16 for cores in cpu.values())


def test_nothing_is_known_of_the_future_and_of_the_time_before_the_world() -> None:
    prometheus = server(runners=20)
    now = prometheus.now()
    assert ask(prometheus, "count(up)", now + 299_000) != []
    assert ask(prometheus, "count(up)", now + 301_000) == []
    assert ask(prometheus, "count(up)", round(prometheus.world.birth * 1000) - 1) == []


def test_pods_come_and_go() -> None:
    prometheus = server(runners=40)
    before = elements(prometheus, "kube_pod_info", "pod", "pod_ip")
    prometheus.world.clock.advance(2 * _HOUR)
    after = elements(prometheus, "kube_pod_info", "pod", "pod_ip")
    assert before.keys() - after.keys()
    assert after.keys() - before.keys()
    assert elements(prometheus, "kube_pod_info", "pod", "pod_ip", at=round(EPOCH * 1000)) == before


def test_a_process_that_started_again_counts_from_zero() -> None:
    prometheus = server(runners=60)
    world = prometheus.world
    machine = next(
        each
        for runner in world.gitlab_runners.values()
        for each in runner.managers
        if each.pod is None and each.gone_at is None and each.started_at < EPOCH - _HOUR
        and elements(prometheus, f'gitlab_runner_limit{{system_id="{each.system_id}"}}', "instance")
    )  # fmt: skip
    start = machine.started_at
    counter = f'gitlab_runner_jobs_total{{system_id="{machine.system_id}"}}'
    before = elements(prometheus, counter, "instance", at=round((start - 60) * 1000))
    began = elements(prometheus, f"process_start_time_seconds * on (instance) {counter} / {counter}", "instance")
    fresh = elements(prometheus, counter, "instance", at=round((start + 1_800) * 1000))
    assert sum(before.values()) > sum(fresh.values())
    assert all(value == pytest.approx(start) for value in began.values())
