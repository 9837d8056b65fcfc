"""ARC in the cluster: scale sets, their listeners, their ephemeral runners and what moves them."""

from __future__ import annotations

from math import inf

import msgspec

from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.chance import HEX, KUBERNETES
from flywheel_tui.simulator.world.model_cluster import (
    Container,
    ContainerStatus,
    Deployment,
    EphemeralRunner,
    EphemeralRunnerSet,
    Listener,
    Meta,
    Pod,
    PodRole,
    ScaleSet,
)
from flywheel_tui.simulator.world.population import workload_of
from flywheel_tui.simulator.world.releases import pod_address, started_pod
from flywheel_tui.simulator.world.tape import DAY, Lane, Run
from flywheel_tui.simulator.world.usage import usage_for
from flywheel_tui.simulator.world.views import job_of
from flywheel_tui.simulator.world.world import World

API_VERSION = "actions.github.com/v1alpha1"
CONTROLLER = "arc-gha-rs-controller"
LISTENER_RESTART = 12.0  # seconds from a change of a spec until the new listener pod runs
_FIRST_RUNNER_ID = 100_000


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
        for lane in world.lanes_of[scale_set.key]:
            add_mover(world, lane)


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
        key: labels[key]
        for key in ("app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/version")
    }
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
    repositories = list(world.repositories.values())
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


def add_mover(world: World, lane: Lane) -> EphemeralRunners:
    """Let the ephemeral runners of a lane come and go."""
    mover = EphemeralRunners(world, lane)
    world.movers[lane.index] = mover
    mover.number = world.every(mover.step, world.time)
    return mover


def runner_labels(scale_set: ScaleSet) -> dict[str, str]:
    """Return the labels of the ephemeral runners (and their pods) of a scale set."""
    labels = {
        "actions-ephemeral-runner": "True",
        "actions.github.com/organization": scale_set.org,
        "actions.github.com/scale-set-name": scale_set.meta.name,
        "actions.github.com/scale-set-namespace": scale_set.meta.namespace,
        "app.kubernetes.io/component": "runner",
        "app.kubernetes.io/part-of": "gha-runner-scale-set",
        "app.kubernetes.io/version": scale_set.arc_version,
    }
    if scale_set.repository is not None:
        labels["actions.github.com/repository"] = scale_set.repository.rsplit("/", 1)[1]
    return labels


def runner_annotations(scale_set: ScaleSet) -> dict[str, str]:
    """Return the annotations of the ephemeral runners (and their pods) of a scale set."""
    return {
        "actions.github.com/patch-id": "0",
        "actions.github.com/runner-group-name": "Default",
        "actions.github.com/runner-scale-set-name": scale_set.label,
        "runner-scale-set-id": str(scale_set.scale_set_id),
    }


def runner_pod(world: World, scale_set: ScaleSet, lane: Lane, run: Run, name: str, created: float) -> Pod:
    """Return the pod of an ephemeral runner, just created and not yet running."""
    usage = usage_for(
        world.chance,
        name,
        cpu=(0.15, 0.8),
        cpu_limit=scale_set.container.cpu_limit,
        memory=(0.15, 0.75),
        memory_limit=scale_set.container.memory_limit,
    )
    template = world.chance.letters(10, KUBERNETES, "template", scale_set.key)
    return Pod(
        meta=Meta(
            name=name,
            namespace=scale_set.meta.namespace,
            uid=world.chance.uuid("pod", name),
            created_at=created,
            labels={**runner_labels(scale_set), "pod-template-hash": template},
            annotations=runner_annotations(scale_set),
            owner=(API_VERSION, "EphemeralRunner", name, world.chance.uuid("ephemeral", name)),
        ),
        role=PodRole.ARC_RUNNER,
        containers=(msgspec.structs.replace(scale_set.container, usage=usage),),
        phase="Pending",
        restart_policy="Never",
        service_account=f"{scale_set.meta.name}-gha-rs-no-permission",
        runner=scale_set.key,
        lane=(lane.index, run.number),
    )


def past_runner_pod(world: World, lane: Lane, run: Run) -> Pod | None:
    """Return the pod that a job of an ARC lane ran in, or None when its scale set is gone."""
    _, namespace, name = lane.owner.split("/")
    scale_set = world.scale_sets.get(namespace, name)
    if scale_set is None:
        return None
    return runner_pod(world, scale_set, lane, run, world.ephemeral_name(lane, run.number), run.started_at)


class EphemeralRunners:
    """Brings the ephemeral runner of one lane of a scale set to the present.

    A warm lane (slot below minRunners) gets its next runner as soon as the last one is gone, any other lane only when a
    job has been assigned. A lane above maxRunners keeps a runner that has a job and loses an idle one.
    """

    def __init__(self, world: World, lane: Lane) -> None:
        self.world = world
        self.lane = lane
        self.number = -1
        self.name: str | None = None
        _, self.namespace, self.scale_set = lane.owner.split("/")

    def step(self, now: float) -> float:
        """Create, register, occupy or remove the runner; returns when next to look."""
        world, lane = self.world, self.lane
        scale_set = world.scale_sets.get(self.namespace, self.scale_set)
        if scale_set is None:
            self._remove()
            return inf
        run = lane.current(now)
        idle = run is None
        if run is None:
            run = lane.run(lane.started(now))
        allowed = scale_set.max_runners is None or lane.slot < scale_set.max_runners
        known = world.ephemeral_runners.get(self.namespace, self.name) if self.name is not None else None
        if known is None or known.lane != (lane.index, run.number) or (idle and not allowed):
            self._remove()
            if idle and lane.stalled:
                return run.started_at
            created = self._creation(scale_set, run)
            created = created if idle else min(created, run.started_at)
            if now < created:
                return created
            known = self._create(scale_set, run, world.ephemeral_name(lane, run.number), created)
        ready_at = min(known.meta.created_at + world.chance.between(4, 12, "boot", known.meta.name), run.started_at)
        if now < ready_at:
            return ready_at
        if not known.ready:
            known = self._register(known, run.number, ready_at)
        if now < run.started_at:
            return run.started_at
        if not known.job_id:
            self._occupy(known, run)
        return run.finished_at

    def _creation(self, scale_set: ScaleSet, run: Run) -> float:
        before = self.lane.run(run.number - 1).finished_at + 2 if run.number > 0 else self.world.birth
        if self.lane.slot < scale_set.min_runners:
            return before
        return max(before, run.started_at - self.world.chance.between(10, 25, "startup", self.lane.index, run.number))

    def _create(self, scale_set: ScaleSet, run: Run, name: str, at: float) -> EphemeralRunner:
        world = self.world
        at = max(at, world.time - 1) if world.incarnations.get((self.lane.index, run.number)) else at
        runner_set = world.runner_set_name(scale_set.meta.name)
        labels = runner_labels(scale_set)
        annotations = runner_annotations(scale_set)
        owner = (API_VERSION, "EphemeralRunnerSet", runner_set, world.chance.uuid("ers", runner_set))
        uid = world.chance.uuid("ephemeral", name)
        made = world.ephemeral_runners.put(
            EphemeralRunner(
                meta=Meta(name, self.namespace, uid, at, labels, annotations, owner),
                scale_set=scale_set.meta.name,
                phase="Pending",
                lane=(self.lane.index, run.number),
            )
        )
        self.name = name
        world.pods.put(runner_pod(world, scale_set, self.lane, run, name, at + 1))
        self._count("Pending", 1)
        return made

    def _register(self, known: EphemeralRunner, number: int, at: float) -> EphemeralRunner:
        pod = self.world.pods.get(self.namespace, known.meta.name)
        if pod is not None:
            self.world.pods.put(started_pod(pod, at))
        fresh = msgspec.structs.replace(
            known,
            phase="Running",
            ready=True,
            runner_id=_FIRST_RUNNER_ID + number * self.world.job_stride + self.lane.index,
        )
        made = self.world.ephemeral_runners.put(fresh)
        self._count("Pending", -1)
        self._count("Running", 1)
        return made

    def _occupy(self, known: EphemeralRunner, run: Run) -> None:
        job = job_of(self.world, self.lane, run, run.started_at)
        self.world.ephemeral_runners.put(
            msgspec.structs.replace(
                known,
                job_id=self.world.chance.uuid("job", job.id),
                job_request_id=job.id,
                job_repository=job.project.full_path,
                job_workflow_ref=f"{job.project.full_path}/.github/workflows/{job.stage}.yml@refs/heads/{job.ref}",
                workflow_run_id=job.run_id,
                job_name=job.name,
            )
        )

    def _remove(self) -> None:
        if self.name is None:
            return
        known = self.world.ephemeral_runners.drop(self.namespace, self.name)
        self.world.pods.drop(self.namespace, self.name)
        self.name = None
        if known is not None:
            self._count(known.phase, -1)

    def _count(self, phase: str, change: int) -> None:
        count_ephemeral(self.world, self.lane.owner, phase, change)


def count_ephemeral(world: World, key: str, phase: str, change: int) -> None:
    """Add to the number of ephemeral runners of a scale set in a phase, and publish the counts."""
    counts = world.ephemeral_counts.setdefault(key, {})
    counts[phase] = counts.get(phase, 0) + change
    _, namespace, name = key.split("/")
    scale_set = world.scale_sets.get(namespace, name)
    if scale_set is not None:
        put_runner_set(world, scale_set)
