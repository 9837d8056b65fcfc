"""Events of the cluster: repeated ones are counted up, old ones vanish after an hour."""

from __future__ import annotations

import msgspec

from flywheel_tui.simulator.world.model_cluster import Event, Meta, Pod
from flywheel_tui.simulator.world.world import World

LIFE = 3600.0  # seconds that an API server keeps an event
_SWEEP = 60.0
_TALKATIVE = 1_000  # rows of a world above which pods start in silence


def report(
    world: World,
    about: tuple[str, str, Meta],
    reason: str,
    message: str,
    *,
    component: str,
    at: float,
    warning: bool = True,
    since: float | None = None,
    count: int = 1,
    host: str | None = None,
) -> Event:
    """Record an event, or count it up when the same one is there already.

    Args:
        world: The world.
        about: (apiVersion, kind, meta) of the object that it is about.
        reason: Its reason, such as BackOff.
        message: Its text.
        component: Who reports it, such as kubelet.
        at: When it (last) happened.
        warning: Whether it is a Warning, else Normal.
        since: When it first happened; `at` unless given.
        count: How often it has happened, for a new one.
        host: The node of the reporter.
    """
    api_version, kind, meta = about
    name = f"{meta.name}.{world.chance.bits('event', meta.uid, reason, message):016x}"
    known = world.events.get(meta.namespace, name)
    if known is not None:
        return world.events.put(msgspec.structs.replace(known, last_at=at, count=known.count + 1))
    first = at if since is None else since
    return world.events.put(
        Event(
            meta=Meta(name, meta.namespace, world.chance.uuid("event", name), first),
            type="Warning" if warning else "Normal",
            reason=reason,
            message=message,
            involved_kind=kind,
            involved_name=meta.name,
            involved_uid=meta.uid,
            involved_api_version=api_version,
            component=component,
            first_at=first,
            last_at=at,
            count=count,
            host=host,
        )
    )


def _life(event: Event) -> float:
    # Normal events are many and say little: a world keeps fewer of them than an API server would.
    return LIFE if event.type == "Warning" else LIFE / 6


def tell_start(world: World, pod: Pod, at: float) -> None:
    """Record that a pod has been placed on a node, as the scheduler does; large worlds do without such events."""
    if world.size <= _TALKATIVE and pod.node is not None:
        text = f"Successfully assigned {pod.meta.namespace}/{pod.meta.name} to {pod.node}"
        report(world, ("v1", "Pod", pod.meta), "Scheduled", text, component="default-scheduler", at=at, warning=False)


def expire_events(world: World) -> None:
    """Let the world forget events a while after they last happened."""

    def sweep(now: float) -> float:
        for event in [each for each in world.events if each.last_at < now - _life(each)]:
            world.events.drop(event.meta.namespace, event.meta.name)
        return now + _SWEEP

    world.every(sweep, world.epoch)
