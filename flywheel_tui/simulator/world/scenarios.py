"""The scenarios: what is wrong in each world, from a quiet day to a bad night."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from flywheel_tui.simulator.world import troubles
from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.listeners import stop_listener
from flywheel_tui.simulator.world.model_cluster import ScaleSet
from flywheel_tui.simulator.world.model_forge import GitLabRunner
from flywheel_tui.simulator.world.regulation import regulate
from flywheel_tui.simulator.world.views import jobs_running
from flywheel_tui.simulator.world.world import World

SCENARIOS = ("calm", "incident", "storm", "drift", "upgrade")
PAUSE_ANNOTATIONS = "flywheel.dev/"
_MINUTE, _HOUR = 60.0, 3_600.0
_STAMP = "%Y-%m-%dT%H:%M:%SZ"


def apply(world: World) -> None:
    """Do to a freshly built world what its scenario asks for."""
    if world.scenario == "incident":
        _incident(world)
    elif world.scenario == "drift":
        _drift(world)
    elif world.scenario == "upgrade":
        _upgrade(world)


def _releases(world: World) -> list[GitLabRunner]:
    """Return the runners in the cluster: plainly named ones first, of those the ones with several managers."""
    found = [runner for runner in world.gitlab_runners.values() if runner.release is not None and runner.managers]
    hostile = words.HOSTILE_DESCRIPTIONS
    return sorted(found, key=lambda each: (each.description in hostile, -min(2, len(each.managers)), each.id))


def _machines(world: World) -> list[GitLabRunner]:
    """Return the runners on virtual machines whose managers are alive."""
    return [
        runner
        for runner in world.gitlab_runners.values()
        if runner.release is None and runner.managers and all(each.gone_at is None for each in runner.managers)
    ]


def _incident(world: World) -> None:
    epoch = world.epoch
    releases, machines, scale_sets = _releases(world), _machines(world), list(world.scale_sets)
    if len(releases) > 0:
        troubles.crash_loop(world, releases[0], epoch - 3.2 * _HOUR)
    if len(releases) > 1:
        troubles.manager_out_of_memory(world, releases[1], epoch - 5.3 * _HOUR)
    busiest = sorted(releases[2:], key=lambda each: (-jobs_running(world, f"gitlab/{each.id}", epoch), each.id))
    if len(busiest) > 0:
        troubles.keep_from_running(world, busiest[0], Trouble.PODS_UNSCHEDULABLE, epoch - 25 * _MINUTE)
    if len(busiest) > 1:
        troubles.keep_from_running(world, busiest[1], Trouble.IMAGE_PULL, epoch - 40 * _MINUTE)
    if len(busiest) > 2:
        troubles.job_out_of_memory(world, busiest[2], epoch - 7 * _MINUTE)
    if machines:
        note = "Disk replaced on Thursday, see OPS-1423 (mira)"
        troubles.pause(world, machines[len(machines) // 2], epoch - 26 * _HOUR, note)
    if len(scale_sets) > 0:
        troubles.lose_listener(world, scale_sets[0], epoch - 22 * _MINUTE)
    if len(scale_sets) > 1:
        troubles.fail_ephemeral_runners(
            world, scale_sets[1], min(3, scale_sets[1].max_runners or 3), epoch - 70 * _MINUTE
        )
    if len(scale_sets) > 2:
        troubles.churn_ephemeral_runners(world, scale_sets[2], epoch - 12 * _MINUTE)
    troubles.bind_quota(world, words.RUNNERS_NAMESPACE, epoch - 35 * _MINUTE)


def _drift(world: World) -> None:
    """Let live values differ from what the stacks declare: bounds, tags and a pause that nobody wrote down."""
    for number, scaler in enumerate(list(world.autoscalers)):
        if number % 7 == 0:
            world.autoscalers.put(msgspec.structs.replace(scaler, max_replicas=scaler.max_replicas + 3))
    for number, runner in enumerate(list(world.gitlab_runners.values())):
        if number % 11 == 5:
            fresh = msgspec.structs.replace(runner, tags=(*runner.tags, "hotfix"), run_untagged=not runner.run_untagged)
            world.gitlab_runners[runner.id] = fresh
    for number, scale_set in enumerate(list(world.scale_sets)):
        if number % 5 == 1:
            world.scale_sets.put(msgspec.structs.replace(scale_set, min_runners=0))
    first = next(iter(world.scale_sets), None)
    if first is not None:
        _pause_scale_set(world, first)
    machines = _machines(world)
    if machines:
        troubles.pause(world, machines[0], world.epoch - 3 * 86_400, "")


def _pause_scale_set(world: World, scale_set: ScaleSet) -> None:
    annotations = {
        **scale_set.meta.annotations,
        f"{PAUSE_ANNOTATIONS}paused-by": "tomas",
        f"{PAUSE_ANNOTATIONS}paused-at": datetime.fromtimestamp(world.epoch - 5 * _HOUR, UTC).strftime(_STAMP),
        f"{PAUSE_ANNOTATIONS}pause-reason": "image broken, waiting for the rebuild",
        f"{PAUSE_ANNOTATIONS}min": str(scale_set.min_runners),
        f"{PAUSE_ANNOTATIONS}max": str(scale_set.max_runners),
    }
    meta = msgspec.structs.replace(scale_set.meta, annotations=annotations)
    listener_bounds = msgspec.structs.replace(scale_set, meta=meta, min_runners=0, max_runners=0)
    world.scale_sets.put(listener_bounds)
    for listener in list(world.listeners):
        if listener.scale_set == scale_set.meta.name and listener.scale_set_namespace == scale_set.meta.namespace:
            world.listeners.put(msgspec.structs.replace(listener, min_runners=0, max_runners=0))
    regulate(world, scale_set.key)


def _upgrade(world: World) -> None:
    """Let one old scale set have been refused by GitHub: Outdated, without a listener, taking no jobs."""
    old = [scale_set for scale_set in world.scale_sets if scale_set.arc_version == words.OLD_ARC_VERSION]
    for scale_set in old[:1]:
        world.scale_sets.put(msgspec.structs.replace(scale_set, phase="Outdated"))
        stop_listener(world, scale_set)
        regulate(world, scale_set.key)
