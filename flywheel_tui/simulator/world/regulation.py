"""Which slots may take jobs: pauses, dead processes, limits and missing listeners, made effective on the lanes."""

from __future__ import annotations

from flywheel_tui.simulator.world.listeners import listener_of
from flywheel_tui.simulator.world.model_cluster import ScaleSet
from flywheel_tui.simulator.world.world import World


def regulate(world: World, owner: str) -> None:
    """Stall or resume every lane of a runner as its state now demands, and let its pods follow.

    Args:
        world: The world.
        owner: The runner's key.
    """
    forge, _, rest = owner.partition("/")
    if forge == "gitlab":
        working = _gitlab_slots(world, int(rest))
    elif forge == "github":
        plain = world.github_runners.get(int(rest))
        working = set(range(1)) if plain is not None and plain.offline_since is None else set()
    else:
        namespace, _, name = rest.partition("/")
        scale_set = world.scale_sets.get(namespace, name)
        working = set(range(capacity(world, scale_set))) if scale_set is not None else set()
    for lane in world.lanes_of.get(owner, ()):
        if lane.slot in working:
            lane.resume(world.time)
        else:
            lane.stall(world.time)
        mover = world.movers.get(lane.index)
        if mover is not None:
            world.wake(mover.number)


def _gitlab_slots(world: World, ident: int) -> set[int]:
    runner = world.gitlab_runners.get(ident)
    if runner is None or runner.paused:
        return set()
    alive = {manager.system_id for manager in runner.managers if manager.gone_at is None}
    return {lane.slot for lane in world.lanes_of.get(f"gitlab/{ident}", ()) if lane.process in alive}


def capacity(world: World, scale_set: ScaleSet) -> int:
    """Return how many slots of a scale set may take new jobs: 0 without a listener, less by each failed runner."""
    listener = listener_of(world, scale_set)
    if listener is None or listener.pod is None or scale_set.phase == "Outdated":
        return 0
    lanes = len(world.lanes_of.get(scale_set.key, ()))
    allowed = lanes if scale_set.max_runners is None else scale_set.max_runners
    return max(0, allowed - world.occupied.get(scale_set.key, 0))
