"""The gitlab-runner releases in the cluster: Deployment, autoscaler, configuration, manager pods, job pods."""

from __future__ import annotations

from math import inf

import msgspec

from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.chance import KUBERNETES, LOWER
from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.model_cluster import (
    ConfigMap,
    Container,
    ContainerStatus,
    Deployment,
    HorizontalPodAutoscaler,
    Meta,
    Pod,
    PodRole,
    Terminated,
)
from flywheel_tui.simulator.world.model_forge import GitLabManager, GitLabRunner
from flywheel_tui.simulator.world.tape import DAY, Lane, Run
from flywheel_tui.simulator.world.usage import usage_for
from flywheel_tui.simulator.world.views import job_of
from flywheel_tui.simulator.world.world import World

MANAGER_CPU = (0.1, 0.5)
MANAGER_MEMORY = (128 * words.MIB, 512 * words.MIB)
HELPER = "registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:x86_64-v{version}"


def chart_version(runner_version: str) -> str:
    """Return the version of the gitlab-runner chart that ships a runner version: 0.77 shipped 18.0, and so on."""
    major, minor = (int(part) for part in runner_version.split(".")[:2])
    if major >= 18:
        return f"0.{77 + minor + (12 if major == 19 else 0)}.0"
    return f"0.{65 + minor}.0" if major == 17 else f"0.{53 + minor}.0"


def populate_releases(world: World) -> None:
    """Add the cluster's objects of every runner that has a release, and start its job pods."""
    for runner in list(world.gitlab_runners.values()):
        if runner.release is not None and runner.namespace is not None and runner.managers:
            _release(world, runner, runner.release, runner.namespace)


def _release(world: World, runner: GitLabRunner, release: str, namespace: str) -> None:
    chance = world.chance
    version = runner.managers[0].version
    created = max(runner.created_at, world.epoch - 200 * DAY)
    labels = {
        "app": release,
        "chart": f"gitlab-runner-{chart_version(version)}",
        "heritage": "Helm",
        "release": release,
    }
    labels["app.kubernetes.io/managed-by"] = "Helm"
    meta = Meta(
        name=release,
        namespace=namespace,
        uid=chance.uuid("deployment", release),
        created_at=created,
        labels=labels,
        annotations={"meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace},
    )
    container = Container(
        name=release,
        image=f"registry.gitlab.com/gitlab-org/gitlab-runner:alpine-v{version}",
        usage=usage_for(
            chance,
            "template",
            release,
            cpu=(0.1, 0.3),
            cpu_limit=MANAGER_CPU[1],
            memory=(0.2, 0.4),
            memory_limit=MANAGER_MEMORY[1],
        ),
        cpu_request=MANAGER_CPU[0],
        cpu_limit=MANAGER_CPU[1],
        memory_request=MANAGER_MEMORY[0],
        memory_limit=MANAGER_MEMORY[1],
        command=("/usr/bin/dumb-init", "--", "/bin/bash", "/configmaps/entrypoint"),
    )
    replicas = len(runner.managers)
    deployment = world.deployments.put(
        Deployment(
            meta=meta,
            replicas=replicas,
            ready_replicas=replicas,
            container=container,
            template_hash=chance.letters(10, KUBERNETES, "template", release),
            service_account=release,
            template_labels={key: labels[key] for key in ("app", "chart", "heritage", "release")},
            runner_id=runner.id,
        )
    )
    top = max(replicas + chance.integer(0, 3, "hpa", release), 2)
    world.autoscalers.put(
        HorizontalPodAutoscaler(
            meta=msgspec.structs.replace(meta, name=f"{release}-hpa", uid=chance.uuid("hpa", release)),
            target=release,
            min_replicas=1,
            max_replicas=top,
            current_replicas=replicas,
            desired_replicas=replicas,
            cpu_now=chance.integer(25, 65, "hpa-cpu", release),
            memory_now=chance.integer(35, 70, "hpa-memory", release),
            last_scale_at=world.epoch - chance.between(600, 2 * DAY, "hpa-scale", release),
            limited=replicas == top,
        )
    )
    workload = world.workloads[f"gitlab/{runner.id}"]
    world.config_maps.put(
        ConfigMap(
            meta=msgspec.structs.replace(meta, uid=chance.uuid("config", release)),
            data={
                "config.toml": f'concurrent = {runner.managers[0].slots}\ncheck_interval = 3\nlog_level = "info"\n',
                "config.template.toml": (
                    "[[runners]]\n  [runners.kubernetes]\n"
                    f'    image = "{workload.image}"\n    namespace = "{namespace}"\n'
                    f"    privileged = {str(workload.privileged).lower()}\n"
                    f'    cpu_request = "{workload.cpu[0]:g}"\n    cpu_limit = "{workload.cpu[1]:g}"\n'
                    f'    memory_request = "{workload.memory[0] // words.MIB}Mi"\n'
                    f'    memory_limit = "{workload.memory[1] // words.MIB}Mi"\n    poll_timeout = 600\n'
                ),
            },
        )
    )
    managers = []
    for manager in runner.managers:
        pod = world.pods.put(manager_pod(world, runner, manager, deployment, manager.started_at - 8))
        managers.append(msgspec.structs.replace(manager, pod=pod.meta.name, namespace=namespace))
    world.gitlab_runners[runner.id] = msgspec.structs.replace(runner, managers=tuple(managers))
    for lane in world.lanes_of[f"gitlab/{runner.id}"]:
        mover = JobPods(world, lane)
        world.movers[lane.index] = mover
        mover.number = world.every(mover.step, world.epoch)


def manager_pod(
    world: World, runner: GitLabRunner, manager: GitLabManager, deployment: Deployment, created: float
) -> Pod:
    """Return the running pod of a manager of a release, created at the given time."""
    suffix = world.chance.letters(5, KUBERNETES, "pod", manager.system_id)
    name = f"{deployment.meta.name}-{deployment.template_hash}-{suffix}"
    usage = usage_for(
        world.chance,
        name,
        cpu=(0.08, 0.35),
        cpu_limit=MANAGER_CPU[1],
        memory=(0.2, 0.45),
        memory_limit=MANAGER_MEMORY[1],
    )
    replica_set = f"{deployment.meta.name}-{deployment.template_hash}"
    return Pod(
        meta=Meta(
            name=name,
            namespace=deployment.meta.namespace,
            uid=world.chance.uuid("pod", name),
            created_at=created,
            labels={**deployment.template_labels, "pod-template-hash": deployment.template_hash},
            annotations={
                "prometheus.io/scrape": "true",
                "prometheus.io/port": "9252",
                **deployment.template_annotations,
            },
            owner=("apps/v1", "ReplicaSet", replica_set, world.chance.uuid("replicaset", replica_set)),
        ),
        role=PodRole.GITLAB_MANAGER,
        containers=(msgspec.structs.replace(deployment.container, usage=usage),),
        phase="Running",
        node=world.chance.choice(world.nodes, "node", name),
        ip=pod_address(world, name),
        statuses=(ContainerStatus(name=deployment.meta.name, running_since=created + 6, ready=True),),
        service_account=deployment.service_account,
        started_at=created,
        ready_at=created + 8,
        runner=f"gitlab/{runner.id}",
    )


def pod_address(world: World, name: str) -> str:
    """Return the pod's address in the cluster."""
    bits = world.chance.bits("pod-address", name)
    return f"10.{40 + (bits >> 16) % 24}.{bits >> 8 & 255}.{1 + bits % 254}"


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
        running_at = run.started_at + world.chance.between(3, 9, "pull", lane.index, run.number)
        stuck = world.trouble(lane.owner, Trouble.PODS_UNSCHEDULABLE, Trouble.IMAGE_PULL)
        if stuck is not None and stuck.since <= run.started_at:
            if not pod.statuses and pod.unschedulable is None:
                world.pods.put(stuck_pod(pod, stuck.trouble, running_at))
        elif now >= running_at and pod.phase == "Pending":
            world.pods.put(started_pod(pod, running_at))
        elif now < running_at:
            return running_at
        return run.finished_at


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
                "project.runner.gitlab.com/namespace-id": str(group_id(world, project.namespace)),
                "project.runner.gitlab.com/root-namespace": words.GITLAB_ROOT,
                "project.runner.gitlab.com/root-namespace-id": str(group_id(world, words.GITLAB_ROOT)),
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
        restart_policy="Never",
        runner=lane.owner,
        lane=(lane.index, run.number),
    )


def group_id(world: World, full_path: str) -> int:
    """Return the id of the GitLab group with the path (0 if there is none)."""
    return next((group.id for group in world.groups.values() if group.full_path == full_path), 0)


def started_pod(pod: Pod, at: float) -> Pod:
    """Return the pod with all its containers running since the time; its node and address follow from its uid."""
    bits = int(pod.meta.uid[-12:], 16)
    return msgspec.structs.replace(
        pod,
        phase="Running",
        node=pod.node or f"worker-{1 + bits % 6:03d}",
        ip=f"10.{64 + (bits >> 16) % 24}.{bits >> 8 & 255}.{1 + bits % 254}",
        started_at=pod.meta.created_at,
        ready_at=at,
        statuses=tuple(
            ContainerStatus(name=container.name, running_since=at, ready=True) for container in pod.containers
        ),
    )


def stuck_pod(pod: Pod, trouble: Trouble, at: float) -> Pod:
    """Return the pod as one that does not get to run: no node for it, or no image."""
    if trouble is Trouble.PODS_UNSCHEDULABLE:
        return msgspec.structs.replace(pod, unschedulable="0/6 nodes are available: 6 Insufficient memory.")
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


def restarted(status: ContainerStatus, *, reason: str, exit_code: int, at: float, ran: float) -> ContainerStatus:
    """Return a container's status after one more end: what it was becomes `last`."""
    ended = Terminated(reason=reason, exit_code=exit_code, started_at=at - ran, finished_at=at)
    return msgspec.structs.replace(status, last=ended, restarts=status.restarts + 1)
