"""What the simulated Prometheus says of a world is what the world is."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from flywheel_tui.simulator.prometheus.server import Server
from flywheel_tui.simulator.world.alerts import active_alerts
from flywheel_tui.simulator.world.model_forge import GitLabManager
from flywheel_tui.simulator.world.views import jobs_running
from flywheel_tui.simulator.world.world import World
from tests.unit.simulator.prometheus.worlds import EPOCH, ask, elements, rows, server

SCENARIOS = ("calm", "incident", "drift", "upgrade")


@pytest.fixture(scope="module", params=SCENARIOS)
def moved(request: pytest.FixtureRequest) -> Server:
    """A world some time after it was built, at a moment when it is scraped."""
    prometheus = server(request.param, runners=70)
    prometheus.world.clock.advance(20 * 60)
    prometheus.now()
    return prometheus


def managers(world: World) -> list[tuple[str, GitLabManager]]:
    return [(f"gitlab/{runner.id}", each) for runner in world.gitlab_runners.values() for each in runner.managers]


def phases(world: World, phase: str) -> Counter[str]:
    return Counter(each.scale_set for each in world.ephemeral_runners if each.phase == phase)


def test_managers_run_the_jobs_that_the_world_runs(moved: Server) -> None:
    world = moved.world
    running = elements(moved, "sum by (system_id) (gitlab_runner_jobs)", "system_id")
    alive = {each.system_id for _, each in managers(world) if each.gone_at is None}
    assert {system_id for (system_id,) in running} <= alive
    assert len(running) > 0.8 * len(alive)
    for owner, manager in managers(world):
        if (manager.system_id,) in running:
            assert running[manager.system_id,] == jobs_running(world, owner, world.time, manager.system_id)


def test_the_limit_is_the_number_of_slots(moved: Server) -> None:
    limits = elements(moved, "gitlab_runner_limit", "system_id")
    concurrent = elements(moved, "gitlab_runner_concurrent", "instance")
    instances = {one.labels["system_id"]: one.labels["instance"] for one in vector(moved, "gitlab_runner_limit")}
    exposed = [manager for _, manager in managers(moved.world) if manager.system_id in instances]
    assert exposed
    for manager in exposed:
        limit, most = limits[manager.system_id,], concurrent[instances[manager.system_id],]
        assert min(most, limit or most) == manager.slots


def vector(prometheus: Server, text: str) -> list:  # type: ignore[type-arg]
    value = ask(prometheus, text)
    assert isinstance(value, list)
    return value


def test_finished_jobs_are_counted(moved: Server) -> None:
    """What the counters grew by within an hour, sample for sample, is what ended within that hour."""
    world = moved.world
    grown = elements(
        moved,
        "sum by (runner_name) (gitlab_runner_job_duration_seconds_count"
        " - gitlab_runner_job_duration_seconds_count offset 30m)",
        "runner_name",
    )
    checked = 0
    for runner in world.gitlab_runners.values():
        owner = f"gitlab/{runner.id}"
        quiet = all(each.gone_at is None and each.started_at < EPOCH - 3_600 for each in runner.managers)
        healthy = not any(each.runner == owner for each in world.incidents)
        if not quiet or not healthy or (runner.config_name,) not in grown or len(runner.managers) != 1:
            continue
        since = world.time - 1_800
        runs = [run for lane in world.lanes_of[owner] for run in lane.between(since, world.time)]
        assert grown[runner.config_name,] == sum(since < run.finished_at <= world.time for run in runs)
        checked += 1
    assert checked > 5


def test_listeners_see_the_runners_that_the_world_has(moved: Server) -> None:
    world = moved.world
    busy = Counter(each.scale_set for each in world.ephemeral_runners if each.job_id)
    registered = phases(world, "Running")
    found_busy = elements(moved, "gha_busy_runners", "name", "exported_namespace")
    found_registered = elements(moved, "gha_registered_runners", "name", "exported_namespace")
    idle = elements(moved, "gha_idle_runners", "name", "exported_namespace")
    alive = {each.scale_set for each in world.listeners if each.pod is not None}
    names = {
        (world.runner_set_name(each.meta.name), each.meta.namespace): each
        for each in world.scale_sets
        if each.meta.name in alive
    }
    assert found_busy.keys() == found_registered.keys() == names.keys()
    for key, scale_set in names.items():
        assert found_busy[key] == busy[scale_set.meta.name]
        assert found_registered[key] == registered[scale_set.meta.name]
        assert idle[key] == found_registered[key] - found_busy[key]


def test_desired_runners_stay_within_the_bounds(moved: Server) -> None:
    assert elements(moved, "gha_desired_runners > gha_max_runners", "name") == {}
    assert elements(moved, "gha_desired_runners < gha_min_runners", "name") == {}
    assert elements(moved, "gha_assigned_jobs < gha_running_jobs", "name") == {}


def test_the_controller_counts_every_phase(moved: Server) -> None:
    world = moved.world
    for metric, phase in (("pending", "Pending"), ("running", "Running"), ("failed", "Failed")):
        found = elements(moved, f"gha_controller_{metric}_ephemeral_runners", "name", "exported_namespace")
        expected = phases(world, phase)
        assert found == {(each.meta.name, each.meta.namespace): expected[each.meta.name] for each in world.scale_sets}


def test_the_controller_knows_which_listeners_run(moved: Server) -> None:
    found = elements(moved, "gha_controller_running_listeners", "exported_namespace", "name")
    assert found == {
        (each.meta.namespace, each.meta.name): float(each.pod is not None) for each in moved.world.listeners
    }


def test_containers_that_run_use_memory_and_others_do_not(moved: Server) -> None:
    world = moved.world
    query = 'container_memory_working_set_bytes{container!="",container!="POD"}'
    found = elements(moved, query, "namespace", "pod", "container")
    running = {
        (pod.meta.namespace, pod.meta.name, status.name)
        for pod in world.pods
        for status in pod.statuses
        if status.running_since is not None and status.running_since <= world.time
    }
    assert found.keys() == running
    limits = elements(moved, 'kube_pod_container_resource_limits{resource="memory"}', "namespace", "pod", "container")
    assert all(value <= limits.get(key, value) for key, value in found.items())


def test_cpu_is_what_the_container_uses(moved: Server) -> None:
    world = moved.world
    found = elements(
        moved,
        'rate(container_cpu_usage_seconds_total{container!="",container!="POD"}[5m])',
        "namespace", "pod", "container", "id",
    )  # fmt: skip
    by_container = {key[:3]: value for key, value in found.items()}
    checked = 0
    for pod in world.pods:
        for container, status in zip(pod.containers, pod.statuses, strict=False):
            since = status.running_since
            if since is None or since > world.time - 600:
                continue
            mean = (
                container.usage.cpu_seconds(since, world.time) - container.usage.cpu_seconds(since, world.time - 285)
            ) / 285
            assert by_container[pod.meta.namespace, pod.meta.name, status.name] == pytest.approx(mean, rel=1e-6)
            checked += 1
    assert checked > 20


def test_adding_up_all_containers_counts_twice(moved: Server) -> None:
    """The trap of cAdvisor: the sum of a pod and its pause container are series too."""
    (naive,) = elements(moved, "sum(container_memory_working_set_bytes)").values()
    (right,) = elements(moved, 'sum(container_memory_working_set_bytes{container!="",container!="POD"})').values()
    assert naive > 1.95 * right


def test_each_pod_is_in_one_phase(moved: Server) -> None:
    world = moved.world
    found = elements(moved, "kube_pod_status_phase == 1", "namespace", "pod", "phase")
    there = {(pod.meta.namespace, pod.meta.name, pod.phase) for pod in world.pods if pod.meta.created_at <= world.time}
    assert found.keys() == there
    assert set(elements(moved, "sum by (namespace, pod) (kube_pod_status_phase)", "namespace", "pod").values()) == {1.0}


def test_requests_and_limits_are_those_of_the_pods(moved: Server) -> None:
    for kind, cores, size in (("requests", "cpu_request", "memory_request"), ("limits", "cpu_limit", "memory_limit")):
        found = elements(
            moved, f"kube_pod_container_resource_{kind}", "namespace", "pod", "container", "resource"
        )  # fmt: skip
        expected = {}
        for pod in moved.world.pods:
            for container in pod.containers:
                where = (pod.meta.namespace, pod.meta.name, container.name)
                if pod.meta.created_at <= moved.world.time:
                    expected[(*where, "cpu")] = getattr(container, cores)
                    expected[(*where, "memory")] = getattr(container, size)
        assert found == {key: value for key, value in expected.items() if value is not None}


def test_owners_lead_from_pods_to_runners(moved: Server) -> None:
    owners = elements(moved, 'kube_pod_owner{owner_kind="EphemeralRunner"}', "pod", "owner_name")
    assert {pod for pod, _ in owners} == {name for _, name in owners}


def test_trouble_shows(moved: Server) -> None:
    world = moved.world
    waiting = elements(moved, "kube_pod_container_status_waiting_reason", "pod", "container", "reason")
    expected = {
        (pod.meta.name, status.name, status.waiting) for pod in world.pods for status in pod.statuses if status.waiting
    }
    assert waiting.keys() == expected
    restarts = elements(moved, "kube_pod_container_status_restarts_total > 0", "pod", "container")
    assert restarts == {
        (pod.meta.name, status.name): status.restarts
        for pod in world.pods
        for status in pod.statuses
        if status.restarts
    }
    killed = elements(moved, 'kube_pod_container_status_last_terminated_reason{reason="OOMKilled"}', "pod")
    assert killed.keys() == {
        (pod.meta.name,)
        for pod in world.pods
        for status in pod.statuses
        if status.last is not None and status.last.reason == "OOMKilled"
    }


def test_alerts_are_series_too(moved: Server) -> None:
    firing = elements(moved, 'sum by (alertname) (ALERTS{alertstate="firing"})', "alertname")
    expected = Counter(each.name for each in active_alerts(moved.world, moved.world.time) if each.state == "firing")
    assert firing == {(name,): count for name, count in expected.items()}


def test_objects_are_counted(moved: Server) -> None:
    world = moved.world
    assert elements(moved, "kube_deployment_spec_replicas", "deployment") == {
        (each.meta.name,): each.replicas for each in world.deployments
    }
    assert elements(moved, "kube_horizontalpodautoscaler_spec_max_replicas", "horizontalpodautoscaler") == {
        (each.meta.name,): each.max_replicas for each in world.autoscalers
    }
    assert elements(moved, "kube_resourcequota", "namespace", "resource", "type") == {
        (each.meta.namespace, resource, sort): value
        for each in world.quotas
        for sort, values in (("hard", each.hard), ("used", each.used))
        for resource, value in values.items()
    }


def test_up_tells_who_answers(moved: Server) -> None:
    up = elements(moved, "up", "job", "instance")
    assert len({instance for _, instance in up}) == len(up)
    gone = {
        f"ci-{manager.runner_id}-{manager.id % 100}.example.com:9252"
        for _, manager in managers(moved.world)
        if manager.gone_at is not None and manager.pod is None
    }
    assert {instance for (_, instance), value in up.items() if value == 0} >= {
        instance for _, instance in up if instance in gone
    }
    assert {job for job, _ in up} == {
        "arc-controller", "arc-listener", "gitlab-runner", "kube-state-metrics", "kubelet",
    }  # fmt: skip


def test_counters_never_fall_but_at_a_restart(moved: Server) -> None:
    for name in (
        "gitlab_runner_jobs_total", "gitlab_runner_failed_jobs_total", "gitlab_runner_job_duration_seconds_count",
        "gitlab_runner_job_queue_duration_seconds_bucket", "gha_completed_jobs_total",
        "gha_job_startup_duration_seconds_sum", "container_cpu_usage_seconds_total",
    ):  # fmt: skip
        falls = [
            (before, after)
            for values in rows(moved, f"{name}[6m]")
            for before, after in pairwise(values)
            if after < before
        ]
        # Whatever fell began again near zero.
        assert all(after < 0.5 * before for before, after in falls), name
    assert elements(moved, "gitlab_runner_jobs_total", "instance", "runner") != {}
