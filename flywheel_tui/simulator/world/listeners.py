"""The listeners of the scale sets: the pods through which a scale set gets its jobs."""

from __future__ import annotations

from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.chance import KUBERNETES
from flywheel_tui.simulator.world.job_pods import pod_address
from flywheel_tui.simulator.world.model_cluster import (
    Container,
    ContainerStatus,
    Listener,
    Meta,
    Pod,
    PodRole,
    ScaleSet,
)
from flywheel_tui.simulator.world.usage import usage_for
from flywheel_tui.simulator.world.world import World

API_VERSION = "actions.github.com/v1alpha1"
LISTENER_RESTART = 12.0  # seconds from a change of a spec until the new listener pod runs


def start_listener(world: World, scale_set: ScaleSet, at: float) -> None:
    """Create (or replace) the AutoscalingListener of a scale set and its running pod."""
    chance = world.chance
    name = f"{scale_set.meta.name}-{chance.letters(8, KUBERNETES, 'listener', scale_set.key)}-listener"
    labels = {
        "actions.github.com/organization": scale_set.org,
        "actions.github.com/scale-set-name": scale_set.meta.name,
        "actions.github.com/scale-set-namespace": scale_set.meta.namespace,
        "app.kubernetes.io/component": "runner-scale-set-listener",
        "app.kubernetes.io/part-of": "gha-runner-scale-set",
        "app.kubernetes.io/version": scale_set.arc_version,
    }
    if scale_set.repository is not None:
        labels["actions.github.com/repository"] = scale_set.repository.rsplit("/", 1)[1]
    uid = chance.uuid("listener", scale_set.key, at)
    world.listeners.put(
        Listener(
            meta=Meta(name, words.ARC_SYSTEM, uid, at, labels),
            scale_set=scale_set.meta.name,
            scale_set_namespace=scale_set.meta.namespace,
            min_runners=scale_set.min_runners,
            max_runners=2_147_483_647 if scale_set.max_runners is None else scale_set.max_runners,
            pod=name,
            started_at=at + 3,
        )
    )
    container = Container(
        name="listener",
        image=f"ghcr.io/actions/gha-runner-scale-set-controller:{scale_set.arc_version}",
        usage=usage_for(chance, name, cpu=(0.002, 0.02), cpu_limit=None, memory=(20e6, 60e6), memory_limit=None),
        command=("/ghalistener",),
    )
    world.pods.put(
        Pod(
            meta=Meta(
                name=name,
                namespace=words.ARC_SYSTEM,
                uid=chance.uuid("pod", name, at),
                created_at=at,
                labels=labels,
                owner=(API_VERSION, "AutoscalingListener", name, uid),
            ),
            role=PodRole.ARC_LISTENER,
            containers=(container,),
            phase="Running",
            node=chance.choice(world.nodes, "node", name),
            ip=pod_address(world, name),
            statuses=(ContainerStatus(name="listener", running_since=at + 3, ready=True),),
            service_account=name,
            restart_policy="Never",
            started_at=at,
            ready_at=at + 3,
            runner=scale_set.key,
        )
    )


def listener_of(world: World, scale_set: ScaleSet) -> Listener | None:
    """Return the listener of a scale set, or None while it has none."""
    name = f"{scale_set.meta.name}-{world.chance.letters(8, KUBERNETES, 'listener', scale_set.key)}-listener"
    return world.listeners.get(words.ARC_SYSTEM, name)


def stop_listener(world: World, scale_set: ScaleSet) -> None:
    """Remove the listener of a scale set and its pod."""
    listener = listener_of(world, scale_set)
    if listener is not None:
        world.pods.drop(listener.meta.namespace, listener.meta.name)
        world.listeners.drop(listener.meta.namespace, listener.meta.name)
