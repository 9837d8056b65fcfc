"""The pods of GitLab jobs in the cluster: there while the job runs."""

from __future__ import annotations

from math import inf

import msgspec

from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.chance import LOWER
from flywheel_tui.simulator.world.cluster_events import report, tell_start
from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.model_cluster import (
    Container,
    ContainerStatus,
    Meta,
    Pod,
    PodRole,
)
from flywheel_tui.simulator.world.model_forge import GitLabRunner
from flywheel_tui.simulator.world.tape import Lane, Run
from flywheel_tui.simulator.world.usage import usage_for
from flywheel_tui.simulator.world.views import job_of
from flywheel_tui.simulator.world.world import World

HELPER = "registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:x86_64-v{version}"


def add_job_pods(world: World, lane: Lane) -> None:
    """Let the job pods of a lane of a release come and go."""
    mover = JobPods(world, lane)
    world.movers[lane.index] = mover
    mover.number = world.every(mover.step, world.time)


class JobPods:
    """Brings the job pod of one lane of a GitLab release to the present: there while its job runs, gone after."""

    def __init__(self, world: World, lane: Lane) -> None:
        self.world = world
        self.lane = lane
        self.number = -1
        self.pod: str | None = None

    def step(self, now: float) -> float:
        """Create, start or remove the pod; returns when next to look."""
        world, lane = self.world, self.lane
        runner = world.gitlab_runners.get(int(lane.owner.removeprefix("gitlab/")))
        run = lane.current(now) if runner is not None else None
        namespace = words.RUNNERS_NAMESPACE
        pod = world.pods.get(namespace, self.pod) if self.pod is not None else None
        if pod is not None and (run is None or pod.lane != (lane.index, run.number)):
            world.pods.drop(namespace, pod.meta.name)
            pod = self.pod = None
        if run is None or runner is None:
            return lane.run(lane.started(now)).started_at if runner is not None else inf
        if pod is None:
            pod = world.pods.put(job_pod(world, runner, lane, run))
            self.pod = pod.meta.name
            if world.trouble(lane.owner, Trouble.PODS_UNSCHEDULABLE) is None:
                tell_start(world, pod, run.started_at)
        running_at = run.started_at + world.chance.between(3, 9, "pull", lane.index, run.number)
        stuck = world.trouble(lane.owner, Trouble.PODS_UNSCHEDULABLE, Trouble.IMAGE_PULL)
        if stuck is not None and stuck.since <= run.started_at:
            if not pod.statuses and pod.unschedulable is None:
                self._stick(pod, stuck.trouble, running_at)
        elif now >= running_at and pod.phase == "Pending":
            world.pods.put(started_pod(pod, running_at))
        elif now < running_at:
            return running_at
        return run.finished_at

    def _stick(self, pod: Pod, trouble: Trouble, at: float) -> None:
        stuck = self.world.pods.put(stuck_pod(pod, trouble, at, len(self.world.nodes)))
        about = ("v1", "Pod", stuck.meta)
        if stuck.unschedulable is not None:
            report(self.world, about, "FailedScheduling", stuck.unschedulable, component="default-scheduler", at=at)
            return
        image = stuck.containers[0].image
        text = f'Failed to pull image "{image}": rpc error: code = NotFound desc = manifest unknown'
        report(self.world, about, "Failed", text, component="kubelet", at=at, host=stuck.node)
        text = f'Back-off pulling image "{image}"'
        report(self.world, about, "BackOff", text, component="kubelet", at=at + 2, host=stuck.node)


def job_pod(world: World, runner: GitLabRunner, lane: Lane, run: Run) -> Pod:
    """Return the pod of a GitLab job, just created and not yet running."""
    chance = world.chance
    workload = world.workloads[lane.owner]
    job = job_of(world, lane, run, run.started_at)
    manager = next((each for each in runner.managers if each.system_id == lane.process), runner.managers[-1])
    suffix = chance.letters(8, LOWER, "job-pod", lane.index, run.number)
    name = f"runner-{runner.short_sha.lower()}-project-{job.project.id}-concurrent-{lane.slot}-{suffix}"
    build = Container(
        name="build",
        image=workload.image,
        usage=usage_for(
            chance,
            name,
            cpu=(0.15, 0.8),
            cpu_limit=workload.cpu[1],
            memory=(0.15, 0.75),
            memory_limit=workload.memory[1],
        ),
        cpu_request=workload.cpu[0],
        cpu_limit=workload.cpu[1],
        memory_request=workload.memory[0],
        memory_limit=workload.memory[1],
        privileged=workload.privileged,
        command=("sh", "-c", "if [ -x /usr/local/bin/bash ]; then exec /usr/local/bin/bash; fi; exec /bin/sh"),
    )
    helper = Container(
        name="helper",
        image=HELPER.format(version=manager.version),
        usage=usage_for(chance, "h", name, cpu=(0.01, 0.05), cpu_limit=None, memory=(15e6, 40e6), memory_limit=None),
        command=("sh", "-c", "exec /bin/sh"),
    )
    containers: tuple[Container, ...] = (build, helper)
    if workload.name == "dind":
        service = msgspec.structs.replace(
            build, name="svc-0", image="docker.io/library/docker:28-dind", command=(), cpu_request=None, cpu_limit=None,
            memory_request=None, memory_limit=None,
            usage=usage_for(chance, "s", name, cpu=(0.1, 0.9), cpu_limit=None, memory=(2e8, 9e8), memory_limit=None),
        )  # fmt: skip
        containers = (build, helper, service)
    project = job.project
    return Pod(
        meta=Meta(
            name=name,
            namespace=runner.namespace or words.RUNNERS_NAMESPACE,
            uid=chance.uuid("pod", name),
            created_at=run.started_at,
            labels={
                "job.runner.gitlab.com/pod": name[:63],
                "manager.runner.gitlab.com/id-short": runner.short_sha,
                "manager.runner.gitlab.com/name": runner.config_name,
                "pod": name[:63],
                "project.runner.gitlab.com/id": str(project.id),
                "project.runner.gitlab.com/name": project.name,
                "project.runner.gitlab.com/namespace": project.namespace.rsplit("/", 1)[-1],
                "project.runner.gitlab.com/namespace-id": str(world.gitlab_group_id(project.namespace)),
                "project.runner.gitlab.com/root-namespace": words.GITLAB_ROOT,
                "project.runner.gitlab.com/root-namespace-id": str(world.gitlab_group_id(words.GITLAB_ROOT)),
            },
            annotations={
                "job.runner.gitlab.com/before_sha": "0" * 40,
                "job.runner.gitlab.com/id": str(job.id),
                "job.runner.gitlab.com/name": job.name,
                "job.runner.gitlab.com/ref": job.ref,
                "job.runner.gitlab.com/sha": job.sha,
                "job.runner.gitlab.com/timeout": "1h0m0s",
                "job.runner.gitlab.com/url": f"https://gitlab.example.com/{project.full_path}/-/jobs/{job.id}",
                "project.runner.gitlab.com/id": str(project.id),
            },
        ),
        role=PodRole.GITLAB_JOB,
        containers=containers,
        phase="Pending",
        node=chance.choice(world.nodes, "node", name),
        restart_policy="Never",
        runner=lane.owner,
        lane=(lane.index, run.number),
    )


def started_pod(pod: Pod, at: float) -> Pod:
    """Return the pod with all its containers running since the time; its address follows from its uid."""
    bits = int(pod.meta.uid[-12:], 16)
    return msgspec.structs.replace(
        pod,
        phase="Running",
        ip=f"10.{64 + (bits >> 16) % 24}.{bits >> 8 & 255}.{1 + bits % 254}",
        started_at=pod.meta.created_at,
        ready_at=at,
        statuses=tuple(
            ContainerStatus(name=container.name, running_since=at, ready=True) for container in pod.containers
        ),
    )


def stuck_pod(pod: Pod, trouble: Trouble, at: float, nodes: int) -> Pod:
    """Return the pod as one that does not get to run: no node for it, or no image."""
    if trouble is Trouble.PODS_UNSCHEDULABLE:
        message = f"0/{nodes} nodes are available: {nodes} Insufficient memory."
        return msgspec.structs.replace(pod, node=None, unschedulable=message)
    image = pod.containers[0].image
    waiting = ContainerStatus(
        name=pod.containers[0].name,
        waiting="ImagePullBackOff",
        waiting_message=f'Back-off pulling image "{image}": ErrImagePull: manifest unknown',
    )
    others = tuple(
        ContainerStatus(name=container.name, running_since=at, ready=True) for container in pod.containers[1:]
    )
    placed = started_pod(pod, at)
    return msgspec.structs.replace(placed, phase="Pending", ready_at=None, statuses=(waiting, *others))


def pod_address(world: World, name: str) -> str:
    """Return the pod's address in the cluster."""
    bits = world.chance.bits("pod-address", name)
    return f"10.{40 + (bits >> 16) % 24}.{bits >> 8 & 255}.{1 + bits % 254}"
