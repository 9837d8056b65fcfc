"""Incidents: each function makes one thing go wrong in a fresh world, as the cluster and the forges would show it."""

from __future__ import annotations

import msgspec

from flywheel_tui.simulator.world.cluster_events import report
from flywheel_tui.simulator.world.ephemeral import count_ephemeral, runner_annotations, runner_labels
from flywheel_tui.simulator.world.incident import Incident, Trouble
from flywheel_tui.simulator.world.job_pods import job_pod, started_pod
from flywheel_tui.simulator.world.listeners import API_VERSION, listener_of
from flywheel_tui.simulator.world.managers import deployment_of
from flywheel_tui.simulator.world.model_cluster import (
    ContainerStatus,
    EphemeralRunner,
    Meta,
    Pod,
    ScaleSet,
    Terminated,
)
from flywheel_tui.simulator.world.model_forge import GitLabManager, GitLabRunner
from flywheel_tui.simulator.world.regulation import regulate
from flywheel_tui.simulator.world.world import World

CRASH_EVERY = 312.0  # seconds between two starts of a container at the longest back-off
LEAK = 2_700.0  # seconds in which a leaking manager fills its memory
CHURN_EVERY = 80.0  # seconds between two failures of an ephemeral runner's pod at the longest back-off
_GIVEN_UP = 5  # failures after which ARC replaces an ephemeral runner


def _manager_pod(world: World, runner: GitLabRunner) -> tuple[GitLabManager, Pod] | None:
    manager = runner.managers[0] if runner.managers else None
    pod = world.pods.get(manager.namespace or "", manager.pod or "") if manager is not None else None
    return None if manager is None or pod is None else (manager, pod)


def crash_loop(world: World, runner: GitLabRunner, since: float) -> None:
    """Let the first manager of a release crash at each start: GitLab no longer hears of it, the others go on."""
    found = _manager_pod(world, runner)
    deployment = deployment_of(world, runner)
    if found is None or deployment is None:
        return
    manager, pod = found
    owner = f"gitlab/{runner.id}"
    gone = msgspec.structs.replace(manager, gone_at=since)
    world.gitlab_runners[runner.id] = msgspec.structs.replace(runner, managers=(gone, *runner.managers[1:]))
    world.deployments.put(msgspec.structs.replace(deployment, ready_replicas=deployment.ready_replicas - 1))
    incident = Incident(Trouble.MANAGER_CRASH_LOOP, owner, since, pod.meta.name)
    world.happen(incident)
    name = pod.containers[0].name
    message = (
        f"back-off 5m0s restarting failed container={name} pod={pod.meta.name}_{pod.meta.namespace}({pod.meta.uid})"
    )
    for lane in world.lanes_of[owner]:
        if lane.process == manager.system_id:
            lane.cut(since, "runner_system_failure")
            lane.stall(since)
    regulate(world, owner)

    def crash(now: float) -> float:
        present = world.pods.get(pod.meta.namespace, pod.meta.name)
        if present is None or incident not in world.incidents:
            return now + 86_400
        restarts = 5 + int((now - since) // CRASH_EVERY)
        ended = now - (now - since) % CRASH_EVERY
        last = Terminated("Error", 1, ended - 4, ended, "PANIC: Failed to verify the runner: 403 Forbidden\n")
        status = ContainerStatus(
            name=name, waiting="CrashLoopBackOff", waiting_message=message, last=last, restarts=restarts
        )
        world.pods.put(msgspec.structs.replace(present, statuses=(status,), ready_at=None))
        text = (
            f"Back-off restarting failed container {name} in pod {pod.meta.name}_{pod.meta.namespace}({pod.meta.uid})"
        )
        report(
            world, ("v1", "Pod", pod.meta), "BackOff", text, component="kubelet", at=now, since=since,
            count=restarts * 22, host=pod.node,
        )  # fmt: skip
        return ended + CRASH_EVERY

    world.every(crash, world.epoch)


def manager_out_of_memory(world: World, runner: GitLabRunner, since: float) -> None:
    """Let the first manager of a release leak memory until it is killed, again and again."""
    found = _manager_pod(world, runner)
    if found is None:
        return
    manager, pod = found
    incident = Incident(Trouble.MANAGER_OUT_OF_MEMORY, f"gitlab/{runner.id}", since, pod.meta.name)
    world.happen(incident)
    container = pod.containers[0]
    limit = float(container.memory_limit or 512 * 1024**2)
    usage = msgspec.structs.replace(container.usage, memory=limit * 0.3, memory_top=limit, leak_seconds=LEAK)
    leaking = msgspec.structs.replace(container, usage=usage)

    def kill(now: float) -> float:
        present = world.pods.get(pod.meta.namespace, pod.meta.name)
        fresh = world.gitlab_runners.get(runner.id)
        if present is None or fresh is None or incident not in world.incidents:
            return now + 86_400
        times = 1 + int((now - since) // LEAK)
        ended = since + (times - 1) * LEAK
        last = Terminated("OOMKilled", 137, ended - LEAK, ended)
        status = ContainerStatus(name=container.name, running_since=ended + 1, last=last, restarts=times, ready=True)
        world.pods.put(msgspec.structs.replace(present, containers=(leaking,), statuses=(status,)))
        managers = tuple(
            msgspec.structs.replace(each, started_at=ended + 1) if each.system_id == manager.system_id else each
            for each in fresh.managers
        )
        world.gitlab_runners[runner.id] = msgspec.structs.replace(fresh, managers=managers)
        return ended + LEAK

    world.every(kill, world.epoch)


def job_out_of_memory(world: World, runner: GitLabRunner, since: float) -> None:
    """Leave behind the pod of a job that was killed for lack of memory: failed, and not cleaned up."""
    owner = f"gitlab/{runner.id}"
    for lane in world.lanes_of[owner]:
        runs = [run for run in lane.between(since - 3_600, since) if run.started_at < since - 60]
        if not runs:
            continue
        run = runs[-1]
        ended = min(run.finished_at, since)
        lane.end_as(run.number, ended, "runner_system_failure")
        pod = started_pod(job_pod(world, runner, lane, run), run.started_at + 5)
        killed = Terminated("OOMKilled", 137, run.started_at + 5, ended)
        other = Terminated("Completed", 0, run.started_at + 5, ended)
        statuses = tuple(
            ContainerStatus(name=container.name, terminated=killed if container.name == "build" else other)
            for container in pod.containers
        )
        world.pods.put(msgspec.structs.replace(pod, phase="Failed", lane=None, ready_at=None, statuses=statuses))
        world.happen(Incident(Trouble.JOB_OUT_OF_MEMORY, owner, ended, pod.meta.name))
        text = f"Memory cgroup out of memory: Killed process 2117 (cc1plus) in pod {pod.meta.name}"
        report(world, ("v1", "Pod", pod.meta), "OOMKilling", text, component="kernel-monitor", at=ended, host=pod.node)
        return


def pause(world: World, runner: GitLabRunner, since: float, note: str) -> None:
    """Pause a GitLab runner, with a note."""
    owner = f"gitlab/{runner.id}"
    world.gitlab_runners[runner.id] = msgspec.structs.replace(runner, paused_at=since, maintenance_note=note)
    world.happen(Incident(Trouble.PAUSED, owner, since))
    for lane in world.lanes_of[owner]:
        lane.stall(since)


def keep_from_running(world: World, runner: GitLabRunner, trouble: Trouble, since: float) -> None:
    """Let every job pod of a release from the time on stay pending: no node for it, or no image."""
    world.happen(Incident(trouble, f"gitlab/{runner.id}", since))


def lose_listener(world: World, scale_set: ScaleSet, since: float) -> None:
    """Take the listener pod of a scale set away and keep the controller from making another."""
    listener = listener_of(world, scale_set)
    if listener is None:
        return
    world.pods.drop(listener.meta.namespace, listener.meta.name)
    world.listeners.put(msgspec.structs.replace(listener, pod=None))
    world.happen(Incident(Trouble.LISTENER_DOWN, scale_set.key, since))
    text = f'Failed to create the listener pod: secret "{scale_set.meta.name}-github-secret" not found'
    for lane in world.lanes_of[scale_set.key]:
        lane.stall(since)
    report(
        world, (API_VERSION, "AutoscalingListener", listener.meta), "FailedCreate", text,
        component="autoscalinglistener-controller", at=world.epoch - 20, since=since, count=17,
    )  # fmt: skip
    regulate(world, scale_set.key)


def _leftover(world: World, scale_set: ScaleSet, number: int, created: float) -> EphemeralRunner:
    runner_set = world.runner_set_name(scale_set.meta.name)
    suffix = world.chance.letters(5, "bcdfghjklmnpqrstvwxz2456789", "leftover", scale_set.key, number)
    name = f"{runner_set}-runner-{suffix}"
    owner = (API_VERSION, "EphemeralRunnerSet", runner_set, world.chance.uuid("ers", runner_set))
    meta = Meta(
        name, scale_set.meta.namespace, world.chance.uuid("ephemeral", name), created, runner_labels(scale_set),
        runner_annotations(scale_set), owner,
    )  # fmt: skip
    return EphemeralRunner(meta=meta, scale_set=scale_set.meta.name, phase="Pending")


def fail_ephemeral_runners(world: World, scale_set: ScaleSet, amount: int, since: float) -> None:
    """Leave failed ephemeral runners behind that hold slots of their scale set until somebody deletes them."""
    world.happen(Incident(Trouble.EPHEMERAL_RUNNERS_FAILED, scale_set.key, since))
    for number in range(amount):
        runner = _leftover(world, scale_set, number, since + 40 * number)
        pods = [world.chance.uuid("failed-pod", runner.meta.uid, turn) for turn in range(_GIVEN_UP + 1)]
        failures = {uid: since + 40 * number + 30 * turn for turn, uid in enumerate(pods)}
        text = "Pod has failed to start more than 5 times: "
        world.ephemeral_runners.put(
            msgspec.structs.replace(
                runner, phase="Failed", reason="TooManyPodFailures", message=text, failures=failures
            )
        )
        world.occupied[scale_set.key] = world.occupied.get(scale_set.key, 0) + 1
        count_ephemeral(world, scale_set.key, "Failed", 1)
        report(
            world, (API_VERSION, "EphemeralRunner", runner.meta), "TooManyPodFailures", text.rstrip(": "),
            component="ephemeralrunner-controller", at=since + 40 * number + 200,
        )  # fmt: skip
    regulate(world, scale_set.key)


def churn_ephemeral_runners(world: World, scale_set: ScaleSet, since: float) -> None:
    """Let the pod of one ephemeral runner fail at each start; after five failures a new runner replaces it."""
    world.happen(Incident(Trouble.EPHEMERAL_RUNNERS_CHURN, scale_set.key, since))
    key, namespace = scale_set.key, scale_set.meta.namespace
    world.occupied[key] = world.occupied.get(key, 0) + 1
    state = {"name": ""}

    def fail(now: float) -> float:
        present = world.scale_sets.get(*key.split("/")[1:])
        if present is None:
            return now + 86_400
        cycle, turn = divmod(int((now - since) // CHURN_EVERY), _GIVEN_UP + 1)
        begin = since + cycle * CHURN_EVERY * (_GIVEN_UP + 1)
        runner = _leftover(world, present, 1_000 + cycle, begin)
        if state["name"] != runner.meta.name:
            if world.ephemeral_runners.drop(namespace, state["name"]) is not None:
                count_ephemeral(world, key, "Pending", -1)
            state["name"] = runner.meta.name
            count_ephemeral(world, key, "Pending", 1)
        uids = [world.chance.uuid("churned", runner.meta.uid, each) for each in range(turn)]
        failures = {uid: begin + CHURN_EVERY * (each + 1) for each, uid in enumerate(uids)}
        fresh = world.ephemeral_runners.put(msgspec.structs.replace(runner, failures=failures))
        if failures:
            text = "Pod failed: container runner exited with code 1"
            about = (API_VERSION, "EphemeralRunner", fresh.meta)
            report(world, about, "PodFailed", text, component="ephemeralrunner-controller", at=now)
        return begin + CHURN_EVERY * (turn + 1)

    world.every(fail, world.epoch)
    regulate(world, key)


def bind_quota(world: World, namespace: str, since: float) -> None:
    """Set the quota of a namespace to what it uses, so that it admits no more pods."""
    quota = world.quotas.get(namespace, "runner-quota")
    if quota is None:
        return
    world.happen(Incident(Trouble.QUOTA_BOUND, namespace, since))
    replica_sets = [pod.meta.owner for pod in world.pods if pod.meta.namespace == namespace and pod.meta.owner]
    owner = next((each for each in replica_sets if each[1] == "ReplicaSet"), None)
    if owner is not None:
        text = f'pods "{owner[2]}-" is forbidden: exceeded quota: runner-quota, requested: pods=1'
        meta = Meta(owner[2], namespace, owner[3], since)
        about = (owner[0], owner[1], meta)
        report(
            world,
            about,
            "FailedCreate",
            text,
            component="replicaset-controller",
            at=world.epoch - 30,
            since=since,
            count=24,
        )
