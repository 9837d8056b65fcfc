"""What people and controllers do to the cluster through its API. Each takes effect at the world's present."""

from __future__ import annotations

import msgspec

from flywheel_tui.simulator.world.cluster_events import report
from flywheel_tui.simulator.world.ephemeral import EphemeralRunners, add_mover, count_ephemeral
from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.listeners import (
    API_VERSION,
    LISTENER_RESTART,
    listener_of,
    start_listener,
    stop_listener,
)
from flywheel_tui.simulator.world.managers import replace_manager
from flywheel_tui.simulator.world.model_cluster import Pod, PodRole, ScaleSet
from flywheel_tui.simulator.world.regulation import regulate
from flywheel_tui.simulator.world.world import World

_LISTENER_RECREATION = 5.0  # seconds until the controller has made a new pod for a listener


def delete_pod(world: World, namespace: str, name: str) -> Pod | None:
    """Delete a pod; what owns it makes a new one. Returns it as the API answers, None if there is none."""
    pod = world.pods.get(namespace, name)
    if pod is None:
        return None
    if pod.role is PodRole.GITLAB_MANAGER and pod.runner is not None:
        runner = world.gitlab_runners.get(int(pod.runner.removeprefix("gitlab/")))
        manager = next((each for each in runner.managers if each.pod == name), None) if runner is not None else None
        if runner is not None and manager is not None:
            replace_manager(world, runner, manager.system_id)
            return world.pods.get(namespace, name)
    world.pods.drop(namespace, name)
    if pod.role is PodRole.ARC_LISTENER:
        _lose_listener(world, pod)
    elif pod.role is PodRole.ARC_RUNNER:
        delete_ephemeral_runner(world, namespace, name)
    elif pod.role is PodRole.GITLAB_JOB and pod.lane is not None and pod.runner is not None:
        world.lanes[pod.lane[0]].cut(world.time, "runner_system_failure")
        regulate(world, pod.runner)
    elif pod.role is PodRole.ARC_CONTROLLER:
        world.later(_LISTENER_RECREATION, lambda: _return_pod(world, pod))
    return msgspec.structs.replace(pod, meta=msgspec.structs.replace(pod.meta, deleted_at=world.time))


def _return_pod(world: World, pod: Pod) -> None:
    uid = world.chance.uuid("pod", pod.meta.name, world.time)
    statuses = tuple(msgspec.structs.replace(status, running_since=world.time) for status in pod.statuses)
    meta = msgspec.structs.replace(pod.meta, uid=uid, created_at=world.time)
    world.pods.put(msgspec.structs.replace(pod, meta=meta, statuses=statuses, ready_at=world.time))


def _lose_listener(world: World, pod: Pod) -> None:
    scale_set = _scale_set(world, pod.runner)
    listener = listener_of(world, scale_set) if scale_set is not None else None
    if scale_set is None or listener is None:
        return
    world.listeners.put(msgspec.structs.replace(listener, pod=None))
    regulate(world, scale_set.key)
    world.later(_LISTENER_RECREATION, lambda: _recreate_listener(world, scale_set.key))


def _recreate_listener(world: World, key: str) -> None:
    scale_set = _scale_set(world, key)
    if scale_set is None or world.trouble(key, Trouble.LISTENER_DOWN) is not None:
        return
    listener = listener_of(world, scale_set)
    if listener is not None and listener.pod is None:
        stop_listener(world, scale_set)
        start_listener(world, scale_set, world.time - 3)
        regulate(world, key)


def _scale_set(world: World, key: str | None) -> ScaleSet | None:
    if key is None:
        return None
    _, namespace, name = key.split("/")
    return world.scale_sets.get(namespace, name)


def delete_ephemeral_runner(world: World, namespace: str, name: str) -> bool:
    """Delete an ephemeral runner: a job in it fails, a slot that it held is free. Returns whether there was one."""
    runner = world.ephemeral_runners.get(namespace, name)
    if runner is None:
        return False
    key = f"arc/{namespace}/{runner.scale_set}"
    if runner.lane is None:
        world.ephemeral_runners.drop(namespace, name)
        world.pods.drop(namespace, name)
        world.occupied[key] = max(0, world.occupied.get(key, 0) - 1)
        count_ephemeral(world, key, runner.phase, -1)
        if runner.phase == "Failed" and not world.ephemeral_counts[key].get("Failed", 0):
            hit = world.trouble(key, Trouble.EPHEMERAL_RUNNERS_FAILED)
            if hit is not None:
                world.heal(hit)
        regulate(world, key)
        return True
    lane = world.lanes[runner.lane[0]]
    if runner.job_id:
        lane.cut(world.time, "failure")
    else:
        world.incarnations[runner.lane] = world.incarnations.get(runner.lane, 0) + 1
    mover = world.movers.get(lane.index)
    if isinstance(mover, EphemeralRunners):
        mover.discard()
        world.wake(mover.number)
    return True


def change_scale_set(world: World, scale_set: ScaleSet, fresh: ScaleSet) -> ScaleSet:
    """Replace a scale set; a changed spec restarts its listener, and only then do its new limits take effect.

    Args:
        world: The world.
        scale_set: It as it is.
        fresh: It as it shall be (status fields are kept from `scale_set` by the caller).
    """
    spec = ("min_runners", "max_runners", "label", "runner_group", "config_url", "container", "labels_extra")
    if all(getattr(scale_set, field) == getattr(fresh, field) for field in spec):
        return world.scale_sets.put(fresh)
    until = world.time + LISTENER_RESTART
    meta = msgspec.structs.replace(fresh.meta, generation=scale_set.meta.generation + 1)
    made = world.scale_sets.put(msgspec.structs.replace(fresh, meta=meta, phase="Pending", pending_until=until))
    stop_listener(world, made)
    lanes = world.lanes_of[made.key]
    for _ in range(len(lanes), made.max_runners or 0):
        add_mover(world, world.copy_lane(lanes[0]))
    regulate(world, made.key)
    world.later(LISTENER_RESTART, lambda: _settle(world, made.key, until))
    return made


def _settle(world: World, key: str, until: float) -> None:
    scale_set = _scale_set(world, key)
    if scale_set is None or scale_set.pending_until != until:
        return
    if scale_set.max_runners is not None and scale_set.min_runners > scale_set.max_runners:
        text = "minRunners must be less than or equal to maxRunners"
        about = (API_VERSION, "AutoscalingRunnerSet", scale_set.meta)
        report(world, about, "InvalidSpec", text, component="autoscalingrunnerset-controller", at=world.time)
        return
    hit = world.trouble(key, Trouble.LISTENER_DOWN)
    if hit is not None:
        world.heal(hit)
    ready = world.scale_sets.put(msgspec.structs.replace(scale_set, phase="Running", pending_until=None))
    start_listener(world, ready, world.time - 3)
    regulate(world, key)
