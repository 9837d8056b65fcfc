"""The ephemeral runners of a scale set at any time of the past, in closed form.

Source: how `world.ephemeral.EphemeralRunners` moves them.
"""

from __future__ import annotations

from math import isfinite

import msgspec

from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.model_cluster import EphemeralRunner, ScaleSet
from flywheel_tui.simulator.world.tape import Lane, Run
from flywheel_tui.simulator.world.world import World

_GAP = 2.0  # seconds between the end of a runner and the creation of the next one of a warm slot


class RunnerCounts(msgspec.Struct, frozen=True):
    """The ephemeral runners of a scale set at a time, by state."""

    pending: int
    idle: int
    busy: int
    failed: int


def runner_created_at(world: World, scale_set: ScaleSet, lane: Lane, run: Run) -> float:
    """Return when the runner for a job is created: ahead of time on a warm slot, else when the job is assigned."""
    before = lane.run(run.number - 1).finished_at + _GAP if run.number > 0 else world.birth
    if lane.slot >= scale_set.min_runners:
        before = max(before, run.started_at - world.chance.between(10, 25, "startup", lane.index, run.number))
    return min(before, run.started_at)


def runner_ready_at(world: World, lane: Lane, run: Run, created: float) -> float:
    """Return when the runner for a job is registered and its container runs."""
    boot = world.chance.between(4, 12, "boot", world.ephemeral_name(lane, run.number))
    return min(created + boot, run.started_at)


def count_runners(
    world: World, scale_set: ScaleSet, lanes: list[Lane], leftovers: list[EphemeralRunner], at: float
) -> RunnerCounts:
    """Count the ephemeral runners of a scale set at a time.

    Args:
        world: The world.
        scale_set: The scale set.
        lanes: Its slots.
        leftovers: Its runners that belong to no job: incidents left them behind.
        at: Seconds since 1970.
    """
    pending = idle = busy = 0
    for lane in lanes:
        if lane.current(at) is not None:
            busy += 1
            continue
        run = lane.run(lane.started(at))
        if not isfinite(run.started_at):
            continue
        created = runner_created_at(world, scale_set, lane, run)
        if created <= at:
            if runner_ready_at(world, lane, run, created) <= at:
                idle += 1
            else:
                pending += 1
    failed = sum(runner.phase == "Failed" and runner.meta.created_at <= at for runner in leftovers)
    # One runner that churns is replaced again and again, and always waits for its pod.
    churn = world.trouble(scale_set.key, Trouble.EPHEMERAL_RUNNERS_CHURN)
    pending += churn is not None and churn.since <= at
    return RunnerCounts(pending, idle, busy, failed)
