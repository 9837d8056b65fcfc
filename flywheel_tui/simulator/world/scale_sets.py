"""ARC in the cluster: scale sets, their listeners, their ephemeral runners and what moves them."""

from __future__ import annotations

import msgspec

from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.chance import HEX, KUBERNETES
from flywheel_tui.simulator.world.job_pods import pod_address
from flywheel_tui.simulator.world.listeners import API_VERSION, start_listener
from flywheel_tui.simulator.world.model_cluster import (
    Container,
    ContainerStatus,
    Deployment,
    EphemeralRunnerSet,
    Meta,
    Pod,
    PodRole,
    ScaleSet,
)
from flywheel_tui.simulator.world.population import REPOSITORIES, workload_of
from flywheel_tui.simulator.world.tape import DAY
from flywheel_tui.simulator.world.usage import usage_for
from flywheel_tui.simulator.world.world import World

CONTROLLER = "arc-gha-rs-controller"


def populate_scale_sets(world: World, count: int) -> None:
    """Add the ARC controller and the scale sets with everything that belongs to them."""
    if count:
        _controller(world)
    for position in range(count):
        scale_set = _scale_set(world, position)
        world.scale_sets.put(scale_set)
        workload = workload_of(world, "arc", position)
        load = world.chance.choice((50, 80, 110, 150), "load", scale_set.key)
        for _ in range(scale_set.max_runners or 4):
            world.add_lane(scale_set.key, workload, words.GITHUB_FAILURES, load)
        start_listener(world, scale_set, world.epoch - world.chance.between(3600, 6 * DAY, "listener", scale_set.key))
        put_runner_set(world, scale_set)


def _controller(world: World) -> None:
    chance = world.chance
    version = words.ARC_VERSION
    labels = {
        "app.kubernetes.io/name": "gha-rs-controller",
        "app.kubernetes.io/instance": "arc",
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/part-of": "gha-rs-controller",
        "app.kubernetes.io/version": version,
        "app.kubernetes.io/namespace": words.ARC_SYSTEM,
        "helm.sh/chart": f"gha-rs-controller-{version}",
    }
    template = chance.letters(10, KUBERNETES, "template", CONTROLLER)
    container = Container(
        name="manager",
        image=f"ghcr.io/actions/gha-runner-scale-set-controller:{version}",
        usage=usage_for(
            chance, CONTROLLER, cpu=(0.1, 0.3), cpu_limit=0.25, memory=(0.3, 0.5), memory_limit=256 * words.MIB
        ),
        cpu_request=0.1,
        cpu_limit=0.25,
        memory_request=128 * words.MIB,
        memory_limit=256 * words.MIB,
        command=("/manager",),
    )
    created = world.birth - 20 * DAY
    meta = Meta(CONTROLLER, words.ARC_SYSTEM, chance.uuid("deployment", CONTROLLER), created, labels)
    pod_labels = {
        f"app.kubernetes.io/{key}": labels[f"app.kubernetes.io/{key}"]
        for key in ("name", "namespace", "instance", "part-of", "version")
    } | {"app.kubernetes.io/component": "controller-manager"}
    deployment = Deployment(meta, 1, 1, container, template, CONTROLLER, pod_labels)
    world.deployments.put(deployment)
    name = f"{CONTROLLER}-{template}-{chance.letters(5, KUBERNETES, 'pod', CONTROLLER)}"
    replica_set = f"{CONTROLLER}-{template}"
    world.pods.put(
        Pod(
            meta=Meta(
                name=name,
                namespace=words.ARC_SYSTEM,
                uid=chance.uuid("pod", name),
                created_at=created,
                labels={**pod_labels, "pod-template-hash": template},
                owner=("apps/v1", "ReplicaSet", replica_set, chance.uuid("replicaset", replica_set)),
            ),
            role=PodRole.ARC_CONTROLLER,
            containers=(container,),
            phase="Running",
            node=world.nodes[0],
            ip=pod_address(world, name),
            statuses=(ContainerStatus(name="manager", running_since=created + 4, ready=True),),
            service_account=CONTROLLER,
            started_at=created,
            ready_at=created + 6,
        )
    )


def _scale_set(world: World, position: int) -> ScaleSet:
    chance = world.chance
    workload = workload_of(world, "arc", position)
    team = words.TEAMS[position % len(words.TEAMS)]
    name = f"arc-{team}-{workload.label}" + (f"-{position}" if position >= len(words.TEAMS) else "")
    repositories = list(world.repositories.values())[:REPOSITORIES]
    repository = chance.choice(repositories, "repo", name) if chance.happens(0.25, "repo-level", name) else None
    org = repository.namespace if repository else chance.choice(world.orgs, "org", name)
    old = world.scenario == "upgrade" and position % 2 == 1
    version = words.OLD_ARC_VERSION if old else words.ARC_VERSION
    runner_version = chance.choice(words.OLD_GITHUB_RUNNER_VERSIONS, "v", name) if old else words.GITHUB_RUNNER_VERSION
    maximum = chance.choice((2, 3, 4) if world.size > 1_000 else (4, 5, 8, 10), "max", name)
    minimum = min(maximum, chance.choice((0, 0, 1, 2), "min", name))
    ident = 10 + position
    label = f"{words.GITLAB_ROOT}-{workload.label}-{team}" + (f"-{position}" if position >= len(words.TEAMS) else "")
    config_url = f"https://github.com/{repository.full_path if repository else org}"
    labels = {
        "actions.github.com/organization": org,
        "actions.github.com/scale-set-name": name,
        "actions.github.com/scale-set-namespace": words.ARC_NAMESPACE,
        "app.kubernetes.io/component": "autoscaling-runner-set",
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/part-of": "gha-rs",
        "app.kubernetes.io/version": version,
        "helm.sh/chart": f"gha-rs-{version}",
    }
    if repository is not None:
        labels["actions.github.com/repository"] = repository.name
    return ScaleSet(
        meta=Meta(
            name=name,
            namespace=words.ARC_NAMESPACE,
            uid=chance.uuid("ars", name),
            created_at=world.birth - chance.between(0, 200 * DAY, "created", name),
            labels=labels,
            annotations={
                "actions.github.com/cleanup-github-secret-name": f"{name}-github-secret",
                "actions.github.com/runner-group-name": "Default",
                "actions.github.com/runner-scale-set-name": label,
                "actions.github.com/values-hash": chance.letters(63, HEX, "values", name)[:48],
                "meta.helm.sh/release-name": name,
                "meta.helm.sh/release-namespace": words.ARC_NAMESPACE,
                "runner-scale-set-id": str(ident),
            },
        ),
        label=label,
        config_url=config_url,
        org=org,
        repository=repository.full_path if repository else None,
        runner_group="default",
        scale_set_id=ident,
        container=Container(
            name="runner",
            image=f"ghcr.io/actions/actions-runner:{runner_version}",
            usage=usage_for(
                chance,
                name,
                cpu=(0.2, 0.8),
                cpu_limit=workload.cpu[1],
                memory=(0.2, 0.7),
                memory_limit=workload.memory[1],
            ),
            cpu_request=workload.cpu[0],
            cpu_limit=workload.cpu[1],
            memory_request=workload.memory[0],
            memory_limit=workload.memory[1],
            command=("/home/runner/run.sh",),
        ),
        arc_version=version,
        min_runners=minimum,
        max_runners=maximum,
    )


def put_runner_set(world: World, scale_set: ScaleSet) -> None:
    """Count the ephemeral runners of a scale set into its EphemeralRunnerSet and its own status."""
    counts = world.ephemeral_counts.get(scale_set.key, {})
    pending, running, failed = (counts.get(phase, 0) for phase in ("Pending", "Running", "Failed"))
    current = pending + running + failed
    fresh = msgspec.structs.replace(scale_set, current=current, pending=pending, running=running, failed=failed)
    if fresh != scale_set:
        scale_set = world.scale_sets.put(fresh)
    name = world.runner_set_name(scale_set.meta.name)
    known = world.ephemeral_runner_sets.get(scale_set.meta.namespace, name)
    if known is not None and (known.current, known.pending, known.running, known.failed) == (
        current,
        pending,
        running,
        failed,
    ):
        return
    labels = {**scale_set.meta.labels, "app.kubernetes.io/component": "runner-set"}
    owner = (API_VERSION, "AutoscalingRunnerSet", scale_set.meta.name, scale_set.meta.uid)
    meta = Meta(
        name,
        scale_set.meta.namespace,
        world.chance.uuid("ers", name),
        scale_set.meta.created_at + 2,
        labels,
        owner=owner,
    )
    world.ephemeral_runner_sets.put(
        EphemeralRunnerSet(
            meta=known.meta if known is not None else meta,
            scale_set=scale_set.meta.name,
            replicas=pending + running,
            patch_id=(known.patch_id + 1) if known is not None else 0,
            current=current,
            pending=pending,
            running=running,
            failed=failed,
            phase="Outdated" if scale_set.phase == "Outdated" else "Running",
        )
    )
