"""The ephemeral runners of the scale sets, one for each job, and what moves them."""

from __future__ import annotations

from math import inf

import msgspec

from flywheel_tui.simulator.world.chance import KUBERNETES
from flywheel_tui.simulator.world.cluster_events import tell_start
from flywheel_tui.simulator.world.job_pods import started_pod
from flywheel_tui.simulator.world.listeners import API_VERSION, listener_of
from flywheel_tui.simulator.world.model_cluster import (
    EphemeralRunner,
    Meta,
    Pod,
    PodRole,
    ScaleSet,
)
from flywheel_tui.simulator.world.scale_sets import put_runner_set
from flywheel_tui.simulator.world.tape import Lane, Run
from flywheel_tui.simulator.world.usage import usage_for
from flywheel_tui.simulator.world.views import job_of
from flywheel_tui.simulator.world.world import World

_FIRST_RUNNER_ID = 100_000


def populate_ephemeral(world: World) -> None:
    """Let the ephemeral runners of every scale set come and go."""
    for scale_set in world.scale_sets:
        for lane in world.lanes_of[scale_set.key]:
            add_mover(world, lane)


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
        node=world.chance.choice(world.nodes, "node", name),
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
            self.discard()
            return inf
        run = lane.current(now)
        idle = run is None
        if run is None:
            run = lane.run(lane.started(now))
        listener = listener_of(world, scale_set)
        allowed = listener is None or lane.slot < listener.max_runners
        known = world.ephemeral_runners.get(self.namespace, self.name) if self.name is not None else None
        if known is None or known.lane != (lane.index, run.number) or (idle and not allowed):
            self.discard()
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
        tell_start(world, world.pods.put(runner_pod(world, scale_set, self.lane, run, name, at)), at)
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

    def discard(self) -> None:
        """Remove the runner and its pod, if there is one."""
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
