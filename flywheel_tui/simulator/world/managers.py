"""The managers of a release in the cluster: how one is replaced, and how a release is restarted or scaled."""

from __future__ import annotations

import msgspec

from flywheel_tui.simulator.world.chance import KUBERNETES, LOWER
from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.job_pods import add_job_pods
from flywheel_tui.simulator.world.model_cluster import Deployment
from flywheel_tui.simulator.world.model_forge import GitLabManager, GitLabRunner
from flywheel_tui.simulator.world.regulation import regulate
from flywheel_tui.simulator.world.releases import manager_pod
from flywheel_tui.simulator.world.world import World

BOOT = 8.0  # seconds from the creation of a manager's pod until it is ready
GRACE = 3.0  # seconds that a manager takes to end


def deployment_of(world: World, runner: GitLabRunner) -> Deployment | None:
    """Return the Deployment that runs a GitLab runner, or None when it is not in the cluster."""
    return world.deployments.get(runner.namespace or "", runner.release or "")


def retire_manager(world: World, runner: GitLabRunner, system_id: str) -> GitLabManager | None:
    """End a manager: its pod terminates, its jobs break off, GitLab sees it no more. Returns it as it was."""
    manager = next((each for each in runner.managers if each.system_id == system_id), None)
    if manager is None:
        return None
    ended = manager.gone_at if manager.gone_at is not None else world.time
    _put_manager(world, runner.id, msgspec.structs.replace(manager, gone_at=ended, pod=None))
    for lane in world.lanes_of.get(f"gitlab/{runner.id}", ()):
        if lane.process == system_id:
            lane.cut(world.time, "runner_system_failure")
    pod = world.pods.get(manager.namespace or "", manager.pod or "")
    if pod is not None:
        meta = msgspec.structs.replace(pod.meta, deleted_at=world.time)
        world.pods.put(msgspec.structs.replace(pod, meta=meta, ready_at=None))
        world.later(GRACE, lambda: _forget(world, pod.meta.namespace, pod.meta.name))
    for incident in [each for each in world.incidents if each.detail and each.detail == manager.pod]:
        if incident.trouble in (Trouble.MANAGER_CRASH_LOOP, Trouble.MANAGER_OUT_OF_MEMORY):
            world.heal(incident)
    return manager


def start_manager(world: World, runner_id: int, deployment: Deployment, slots: int, lanes_from: str | None) -> None:
    """Start a new manager, ready soon, that takes over the slots of another one or brings its own."""
    runner = world.gitlab_runners.get(runner_id)
    if runner is None:
        return
    number = world.manager_numbers.get(runner_id, len(runner.managers))
    world.manager_numbers[runner_id] = number + 1
    template = runner.managers[-1]
    system_id = "r_" + world.chance.letters(12, LOWER, "system", runner_id, number, round(world.time))
    manager = msgspec.structs.replace(
        template,
        id=runner_id * 100 + number,
        system_id=system_id,
        created_at=world.time + BOOT,
        started_at=world.time + BOOT,
        slots=slots,
        gone_at=None,
    )
    ready = manager_pod(world, runner, manager, deployment, world.time)
    starting = msgspec.structs.replace(ready, phase="Pending", ip=None, statuses=(), started_at=None, ready_at=None)
    world.pods.put(starting)
    waiting = msgspec.structs.replace(manager, pod=ready.meta.name, namespace=deployment.meta.namespace)
    owner = f"gitlab/{runner_id}"
    if lanes_from is None:
        first = world.lanes_of[owner][0]
        lanes = [world.copy_lane(first) for _ in range(slots)]
        for lane in lanes:
            add_job_pods(world, lane)
    else:
        lanes = [lane for lane in world.lanes_of.get(owner, ()) if lane.process == lanes_from]
    for lane in lanes:
        lane.process = system_id

    def boot() -> None:
        if world.pods.get(ready.meta.namespace, ready.meta.name) is not None:
            world.pods.put(ready)
            _put_manager(world, runner_id, waiting)
            _count_ready(world, deployment.meta.namespace, deployment.meta.name)
            regulate(world, owner)

    world.later(BOOT, boot)
    _count_ready(world, deployment.meta.namespace, deployment.meta.name)
    regulate(world, owner)


def replace_manager(world: World, runner: GitLabRunner, system_id: str) -> None:
    """End a manager and start another in its place, as a Deployment does when a pod is deleted."""
    deployment = deployment_of(world, runner)
    old = retire_manager(world, runner, system_id)
    if deployment is not None and old is not None:
        start_manager(world, runner.id, deployment, old.slots, system_id)


def restart_release(world: World, deployment: Deployment, annotations: dict[str, str]) -> Deployment:
    """Change the template's annotations: every manager is replaced by one of the new template."""
    template = world.chance.letters(10, KUBERNETES, "template", deployment.meta.name, deployment.meta.generation + 1)
    fresh = world.deployments.put(
        msgspec.structs.replace(
            deployment,
            meta=msgspec.structs.replace(deployment.meta, generation=deployment.meta.generation + 1),
            template_annotations=annotations,
            template_hash=template,
        )
    )
    runner = world.gitlab_runners.get(fresh.runner_id or 0)
    if runner is not None:
        for manager in [each for each in runner.managers if each.pod is not None]:
            replace_manager(world, world.gitlab_runners[runner.id], manager.system_id)
    return world.deployments.get(fresh.meta.namespace, fresh.meta.name) or fresh


def scale_release(world: World, deployment: Deployment, replicas: int) -> Deployment:
    """Run another number of managers; the newest end first."""
    fresh = world.deployments.put(
        msgspec.structs.replace(
            deployment,
            meta=msgspec.structs.replace(deployment.meta, generation=deployment.meta.generation + 1),
            replicas=replicas,
        )
    )
    runner = world.gitlab_runners.get(fresh.runner_id or 0)
    if runner is not None:
        alive = [manager for manager in runner.managers if manager.pod is not None]
        for manager in alive[replicas:]:
            retire_manager(world, world.gitlab_runners[runner.id], manager.system_id)
        for _ in range(len(alive), replicas):
            start_manager(world, runner.id, fresh, runner.managers[-1].slots, None)
        regulate(world, f"gitlab/{runner.id}")
    _count_ready(world, fresh.meta.namespace, fresh.meta.name)
    return world.deployments.get(fresh.meta.namespace, fresh.meta.name) or fresh


def _put_manager(world: World, runner_id: int, manager: GitLabManager) -> None:
    runner = world.gitlab_runners.get(runner_id)
    if runner is not None:
        others = tuple(each for each in runner.managers if each.id != manager.id)
        managers = tuple(sorted((*others, manager), key=lambda each: each.id))
        world.gitlab_runners[runner_id] = msgspec.structs.replace(runner, managers=managers)


def _forget(world: World, namespace: str, name: str) -> None:
    world.pods.drop(namespace, name)


def _count_ready(world: World, namespace: str, name: str) -> None:
    deployment = world.deployments.get(namespace, name)
    runner = world.gitlab_runners.get(deployment.runner_id or 0) if deployment is not None else None
    if deployment is None or runner is None:
        return
    ready = sum(manager.pod is not None and manager.gone_at is None for manager in runner.managers)
    if ready != deployment.ready_replicas:
        world.deployments.put(msgspec.structs.replace(deployment, ready_replicas=ready))
