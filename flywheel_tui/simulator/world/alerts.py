"""The alerts that the world's monitoring would raise, derived from what is wrong in it now."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from flywheel_tui.simulator.world.incident import Trouble
from flywheel_tui.simulator.world.listeners import listener_of
from flywheel_tui.simulator.world.views import pending_jobs
from flywheel_tui.simulator.world.world import World


class Alert(msgspec.Struct, frozen=True):
    """An alert.

    Attributes:
        name: `alertname`.
        labels: Further labels, `severity` among them.
        annotations: `summary` and `description`.
        active_at: Since when its condition holds, seconds since 1970.
        fires_at: When it fires (the rule's `for` later).
        state: `pending` or `firing` at the time asked for.
    """

    name: str
    labels: dict[str, str]
    annotations: dict[str, str]
    active_at: float
    fires_at: float
    state: str


class Rule(msgspec.Struct, frozen=True):
    """An alerting rule: its condition as a Prometheus would have it, and how long it must hold, in seconds."""

    name: str
    expression: str
    hold: float
    severity: str
    summary: str


RULES = (
    Rule(
        "GitLabRunnerManagerCrashLooping",
        'kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff",namespace="gitlab-runners"} > 0',
        300, "critical", "A gitlab-runner manager restarts again and again",
    ),
    Rule(
        "RunnerContainerOOMKilled",
        'kube_pod_container_status_last_terminated_reason{reason="OOMKilled"} > 0',
        0, "warning", "A container was killed for lack of memory",
    ),
    Rule(
        "ArcListenerDown", "gha_controller_running_listeners == 0", 120, "critical",
        "A scale set has no listener: it takes no jobs",
    ),
    Rule(
        "ArcEphemeralRunnersFailed", "gha_controller_failed_ephemeral_runners > 0", 300, "warning",
        "Failed ephemeral runners occupy slots",
    ),
    Rule(
        "ArcScaleSetSaturated", "gha_assigned_jobs - gha_running_jobs > 0 and gha_busy_runners >= gha_max_runners",
        600, "warning", "Jobs wait while a scale set is full",
    ),
    Rule(
        "RunnerPodsPending", 'kube_pod_status_phase{phase="Pending"} > 0', 120, "warning",
        "A runner's pod stays pending",
    ),
    Rule(
        "RunnerImagePullFailing", 'kube_pod_container_status_waiting_reason{reason="ImagePullBackOff"} > 0',
        120, "warning", "A job's image cannot be pulled",
    ),
    Rule(
        "RunnerResourceQuotaExhausted",
        'kube_resourcequota{type="used"} / ignoring(type) kube_resourcequota{type="hard"} > 0.9',
        300, "warning", "A namespace of runners has used up its quota",
    ),
)  # fmt: skip
_BY_NAME = {rule.name: rule for rule in RULES}


def active_alerts(world: World, at: float) -> list[Alert]:
    """Return the alerts that are pending or firing at the time, by name and labels."""
    found = [*_pod_alerts(world, at), *_scale_set_alerts(world, at), *_quota_alerts(world, at)]
    return sorted(found, key=lambda alert: (alert.name, sorted(alert.labels.items())))


def _alert(name: str, at: float, since: float, description: str, /, **labels: str) -> Iterator[Alert]:
    if since > at:
        return
    rule = _BY_NAME[name]
    fires_at = since + rule.hold
    yield Alert(
        name=name,
        labels={"severity": rule.severity, **labels},
        annotations={"summary": rule.summary, "description": description},
        active_at=since,
        fires_at=fires_at,
        state="firing" if fires_at <= at else "pending",
    )


def _pod_alerts(world: World, at: float) -> Iterator[Alert]:
    for pod in world.pods:
        where = {"namespace": pod.meta.namespace, "pod": pod.meta.name}
        if pod.unschedulable is not None:
            yield from _alert(
                "RunnerPodsPending", at, pod.meta.created_at, f"{pod.meta.name}: {pod.unschedulable}", **where
            )
        for status in pod.statuses:
            ended = status.terminated or status.last
            if status.waiting == "CrashLoopBackOff":
                hit = world.trouble(pod.runner or "", Trouble.MANAGER_CRASH_LOOP)
                text = f"{pod.meta.name} has restarted {status.restarts} times"
                since = hit.since if hit is not None else pod.meta.created_at
                yield from _alert("GitLabRunnerManagerCrashLooping", at, since, text, container=status.name, **where)
            elif status.waiting == "ImagePullBackOff":
                text = f"{pod.meta.name}: {status.waiting_message}"
                yield from _alert(
                    "RunnerImagePullFailing", at, pod.meta.created_at + 10, text, container=status.name, **where
                )
            if ended is not None and ended.reason == "OOMKilled":
                text = f"{pod.meta.name}/{status.name} was killed with exit code 137"
                yield from _alert(
                    "RunnerContainerOOMKilled", at, ended.finished_at, text, container=status.name, **where
                )


def _scale_set_alerts(world: World, at: float) -> Iterator[Alert]:
    for scale_set in world.scale_sets:
        where = {"name": scale_set.meta.name, "namespace": scale_set.meta.namespace}
        listener = listener_of(world, scale_set)
        if listener is None or listener.pod is None:
            hit = world.trouble(scale_set.key, Trouble.LISTENER_DOWN)
            since = hit.since if hit is not None else at
            yield from _alert("ArcListenerDown", at, since, f"{scale_set.meta.name} has no listener pod", **where)
        if scale_set.failed:
            failed = [
                each.meta.created_at
                for each in world.ephemeral_runners
                if each.scale_set == scale_set.meta.name and each.phase == "Failed"
            ]
            text = f"{scale_set.failed} of {scale_set.max_runners} slots are held by failed runners"
            yield from _alert("ArcEphemeralRunnersFailed", at, min(failed, default=at), text, **where)
        if scale_set.max_runners and scale_set.running >= scale_set.max_runners:
            oldest = min((job.queued_at for job in pending_jobs(world, at, [scale_set.key])), default=None)
            if oldest is not None and at - oldest > _BY_NAME["ArcScaleSetSaturated"].hold:
                text = f"{scale_set.meta.name}: the oldest job waits since {at - oldest:.0f} s"
                yield from _alert("ArcScaleSetSaturated", at, oldest, text, **where)


def _quota_alerts(world: World, at: float) -> Iterator[Alert]:
    for quota in world.quotas:
        hit = world.trouble(quota.meta.namespace, Trouble.QUOTA_BOUND)
        for resource, hard in quota.hard.items():
            if hard and quota.used.get(resource, 0.0) / hard > 0.9:
                text = f"{resource} of {quota.meta.namespace} is {quota.used[resource] / hard:.0%} used"
                labels = {"namespace": quota.meta.namespace, "resourcequota": quota.meta.name, "resource": resource}
                since = hit.since if hit is not None else at
                yield from _alert("RunnerResourceQuotaExhausted", at, since, text, **labels)
