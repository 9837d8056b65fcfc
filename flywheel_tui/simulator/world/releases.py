"""The gitlab-runner releases in the cluster: Deployment, autoscaler, configuration, manager pods, job pods."""

from __future__ import annotations

import msgspec

from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.chance import KUBERNETES
from flywheel_tui.simulator.world.job_pods import add_job_pods, pod_address
from flywheel_tui.simulator.world.model_cluster import (
    ConfigMap,
    Container,
    ContainerStatus,
    Deployment,
    HorizontalPodAutoscaler,
    Meta,
    Pod,
    PodRole,
)
from flywheel_tui.simulator.world.model_forge import GitLabManager, GitLabRunner
from flywheel_tui.simulator.world.tape import DAY
from flywheel_tui.simulator.world.usage import usage_for
from flywheel_tui.simulator.world.world import World

MANAGER_CPU = (0.1, 0.5)
MANAGER_MEMORY = (128 * words.MIB, 512 * words.MIB)
AUTOSCALING = 60.0  # seconds between two measurements of an autoscaler


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
            cpu=(0.03, 0.12),
            cpu_limit=MANAGER_CPU[1],
            memory=(0.1, 0.18),
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
    world.every(Autoscaling(world, release).step, world.epoch + chance.between(0, AUTOSCALING, "hpa-step", release))
    for lane in world.lanes_of[f"gitlab/{runner.id}"]:
        add_job_pods(world, lane)


def manager_pod(
    world: World, runner: GitLabRunner, manager: GitLabManager, deployment: Deployment, created: float
) -> Pod:
    """Return the running pod of a manager of a release, created at the given time."""
    suffix = world.chance.letters(5, KUBERNETES, "pod", manager.system_id)
    name = f"{deployment.meta.name}-{deployment.template_hash}-{suffix}"
    usage = usage_for(
        world.chance,
        name,
        cpu=(0.03, 0.12),
        cpu_limit=MANAGER_CPU[1],
        memory=(0.1, 0.18),
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


class Autoscaling:
    """Lets the autoscaler of a release publish the mean use of its managers, in percent of their request."""

    def __init__(self, world: World, release: str) -> None:
        self.world = world
        self.release = release

    def step(self, now: float) -> float:
        """Measure; returns when next to."""
        world = self.world
        scaler = world.autoscalers.get(words.RUNNERS_NAMESPACE, f"{self.release}-hpa")
        deployment = world.deployments.get(words.RUNNERS_NAMESPACE, self.release)
        runner = world.gitlab_runners.get(deployment.runner_id or 0) if deployment is not None else None
        if scaler is None or runner is None:
            return now + AUTOSCALING
        cpu, memory = [], []
        for manager in runner.managers:
            pod = world.pods.get(words.RUNNERS_NAMESPACE, manager.pod or "")
            since = pod.statuses[0].running_since if pod is not None and pod.statuses else None
            if pod is not None and since is not None:
                cpu.append(pod.containers[0].usage.cpu_cores(now) / MANAGER_CPU[0])
                memory.append(pod.containers[0].usage.memory_bytes(since, now) / MANAGER_MEMORY[0])
        fresh = msgspec.structs.replace(
            scaler,
            cpu_now=round(100 * sum(cpu) / len(cpu)) if cpu else None,
            memory_now=round(100 * sum(memory) / len(memory)) if memory else None,
        )
        if fresh != scaler:
            world.autoscalers.put(fresh)
        return now + AUTOSCALING
