"""The Kubernetes source against the simulated cluster, which was written without knowledge of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from flywheel_tui.config.settings import KubernetesSettings
from flywheel_tui.domain.feed import Observation
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.scaleset import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Event, Pod, PodRole, Quota
from flywheel_tui.simulator.kubernetes.access import admin_account, namespaced_account
from flywheel_tui.simulator.kubernetes.app import build_app
from flywheel_tui.simulator.world import Clock, World, build_world
from flywheel_tui.simulator.world import model_cluster as model
from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.cluster_actions import delete_pod
from flywheel_tui.sources.kubernetes.credentials import prepare
from flywheel_tui.sources.kubernetes.source import KubernetesSource
from tests.contract.simulator.serving import Served, served

pytestmark = pytest.mark.contract

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ROLES = {
    model.PodRole.GITLAB_MANAGER: PodRole.MANAGER,
    model.PodRole.GITLAB_JOB: PodRole.JOB,
    model.PodRole.ARC_RUNNER: PodRole.RUNNER,
    model.PodRole.ARC_LISTENER: PodRole.LISTENER,
    model.PodRole.ARC_CONTROLLER: PodRole.CONTROLLER,
}
ADMIN, NARROW = "admin-token", "narrow-token"
HOMES = (words.RUNNERS_NAMESPACE, words.ARC_NAMESPACE)
ARC_PLURALS = frozenset({"autoscalingrunnersets", "ephemeralrunnersets", "ephemeralrunners", "autoscalinglisteners"})


@pytest.fixture
def world() -> World:
    return build_world("incident", runners=150, seed=7, clock=Clock(frozen_at=AT.timestamp()))


@pytest.fixture
def cluster(world: World) -> Iterator[Served]:
    accounts = {ADMIN: admin_account(), NARROW: namespaced_account((*HOMES, words.ARC_SYSTEM))}
    with served(build_app(world, accounts)) as server:
        yield server


def source(folder: Path, server: Served, token: str = ADMIN, **settings: Any) -> KubernetesSource:  # noqa: ANN401
    content = {
        "clusters": [{"name": "demo", "cluster": {"server": server.url}}],
        "users": [{"name": "demo", "user": {"token": token}}],
        "contexts": [{"name": "demo", "context": {"cluster": "demo", "user": "demo"}}],
        "current-context": "demo",
    }
    (folder / "kubeconfig").write_text(yaml.safe_dump(content))
    whole = KubernetesSettings(kubeconfig=folder / "kubeconfig", requests_per_minute=100_000, **settings)
    return KubernetesSource("demo", whole, prepare(whole, environment={}))


async def look(reading: KubernetesSource) -> Observation:
    try:
        return await reading.fetch()
    finally:
        await reading.aclose()


def rows(observation: Observation, kind: type[Row]) -> Mapping[str, Any]:
    return {f"{row.namespace}/{row.name}": row for row in cast("Mapping[str, Any]", observation.tables[kind]).values()}


def known(items: Any) -> dict[str, Any]:  # noqa: ANN401 - any table of the world
    return {f"{item.meta.namespace}/{item.meta.name}": item for item in items}


async def test_every_object_of_the_world_is_read(tmp_path: Path, world: World, cluster: Served) -> None:
    observation = await look(source(tmp_path, cluster))
    assert observation.complete
    assert {finding.code for finding in observation.findings} == {"version"}
    for kind, table in (
        (Pod, world.pods),
        (Deployment, world.deployments),
        (Autoscaler, world.autoscalers),
        (CronJob, world.cron_jobs),
        (Quota, world.quotas),
        (ScaleSet, world.scale_sets),
        (EphemeralRunnerSet, world.ephemeral_runner_sets),
        (EphemeralRunner, world.ephemeral_runners),
        (Listener, world.listeners),
    ):
        assert sorted(rows(observation, kind)) == sorted(known(table)), kind
        assert len(rows(observation, kind)) > 0, kind
    warnings = {name for name, event in known(world.events).items() if event.type == "Warning"}
    assert set(rows(observation, Event)) == warnings


async def test_pods_say_what_the_world_says(tmp_path: Path, world: World, cluster: Served) -> None:
    found, pods = rows(await look(source(tmp_path, cluster)), Pod), known(world.pods)
    assert {name: row.role for name, row in found.items()} == {name: ROLES[pod.role] for name, pod in pods.items()}
    for name, pod in pods.items():
        row = found[name]
        assert (row.phase, row.node, row.uid) == (pod.phase, pod.node, pod.meta.uid)
        assert row.created_at is not None
        assert row.created_at.timestamp() == pytest.approx(pod.meta.created_at, abs=1)
        for container, declared in zip(row.containers, pod.containers, strict=True):
            assert (container.name, container.image) == (declared.name, declared.image)
            assert container.cpu_limit == pytest.approx(declared.cpu_limit)
            assert container.memory_limit == pytest.approx(declared.memory_limit)
        for container, status in zip(row.containers, pod.statuses, strict=False):
            assert (container.restarts, container.ready) == (status.restarts, status.ready)
            assert (container.reason if container.state == "waiting" else None) == status.waiting
            assert container.last_reason == (status.last.reason if status.last else None)
    reasons = {container.reason or container.last_reason for row in found.values() for container in row.containers}
    assert {"CrashLoopBackOff", "OOMKilled"} <= reasons


async def test_scale_sets_say_what_the_world_says(tmp_path: Path, world: World, cluster: Served) -> None:
    observation = await look(source(tmp_path, cluster))
    found = rows(observation, ScaleSet)
    for name, scale_set in known(world.scale_sets).items():
        row = found[name]
        assert (row.phase, row.version, row.runner_scale_set_name) == (
            scale_set.phase,
            scale_set.arc_version,
            scale_set.label,
        )
        assert (row.min_runners or 0, row.max_runners) == (scale_set.min_runners, scale_set.max_runners)
        counts = (row.current_runners, row.pending_runners, row.running_runners, row.failed_runners)
        assert counts == (scale_set.current, scale_set.pending, scale_set.running, scale_set.failed)
    runners = rows(observation, EphemeralRunner)
    for name, runner in known(world.ephemeral_runners).items():
        row = runners[name]
        assert (row.phase, row.ready, row.failures) == (runner.phase, runner.ready, len(runner.failures))
        assert (row.job_id is not None) is (bool(runner.job_id) or bool(runner.job_request_id))
    listeners = rows(observation, Listener)
    for name, listener in known(world.listeners).items():
        assert (listeners[name].scale_set_namespace, listeners[name].scale_set) == (
            listener.scale_set_namespace,
            listener.scale_set,
        )


async def test_an_account_of_some_namespaces_sees_the_same_fleet(tmp_path: Path, world: World, cluster: Served) -> None:
    narrow = source(tmp_path, cluster, NARROW, namespaces=HOMES, controller_namespace=words.ARC_SYSTEM)
    observation = await look(narrow)
    assert {finding.code for finding in observation.findings} == {"version", "fallback"}
    assert observation.complete
    inside = {name for name, pod in known(world.pods).items() if pod.meta.namespace in {*HOMES, words.ARC_SYSTEM}}
    assert set(rows(observation, Pod)) == inside


async def test_a_cluster_without_arc_is_whole(tmp_path: Path, world: World) -> None:
    with served(build_app(world, {ADMIN: admin_account()}, ARC_PLURALS)) as server:
        observation = await look(source(tmp_path, server))
    assert {finding.code for finding in observation.findings} == {"version", "not_installed"}
    assert observation.complete
    assert rows(observation, ScaleSet) == {}


async def test_what_happens_in_the_world_is_seen(tmp_path: Path, world: World, cluster: Served) -> None:
    following = source(tmp_path, cluster)
    async with aclosing(cast("AsyncGenerator[Observation]", following.follow())) as stream:
        first = await anext(stream)
        victim = next(name for name, row in rows(first, Pod).items() if row.role is PodRole.RUNNER)
        await asyncio.to_thread(cluster.run, lambda: delete_pod(world, *victim.split("/")))
        await until(stream, lambda o: victim not in rows(o, Pod))

        def later() -> None:
            world.clock.advance(600)
            world.now()

        await asyncio.to_thread(cluster.run, later)

        def caught_up(observation: Observation) -> bool:
            return set(rows(observation, Pod)) == set(known(world.pods)) and set(
                rows(observation, EphemeralRunner)
            ) == set(known(world.ephemeral_runners))

        last = await until(stream, caught_up)
        assert set(rows(last, Pod)) != set(rows(first, Pod))
    await following.aclose()


async def until(stream: AsyncGenerator[Observation], what: Callable[[Observation], bool]) -> Observation:
    async with asyncio.timeout(45):
        while True:
            observation = await anext(stream)
            if what(observation):
                return observation
