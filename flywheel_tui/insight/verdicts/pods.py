"""Rules on the runner's pods: crash loops, memory kills, images, waiting for a place."""

from __future__ import annotations

from typing import Final

from flywheel_tui.domain.clock import short_age
from flywheel_tui.domain.verdict import Evidence, Severity, Verdict
from flywheel_tui.domain.workload import Container, Event, Pod
from flywheel_tui.insight.case import Case
from flywheel_tui.insight.verdicts.evidence import (
    any_runs_all_work,
    cluster_fact,
    counted,
    first_facts,
    kubectl,
)

IMAGE_REASONS: Final = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
"""Why a container waits for its image, in the kubelet's words (kubernetes/pkg/kubelet/images/types.go)."""

CRASH_LOOP: Final = "CrashLoopBackOff"
OUT_OF_MEMORY: Final = "OOMKilled"

# A kill of long ago stays in the status of a container that has run well ever since.
RECENT_KILL_S: Final = 3600.0


def crash_loop(case: Case) -> Verdict | None:
    """A container ends again and again: critical for a manager or listener, a warning for the pod of one job."""
    found = [pair for pair in case.restless if _crashes(pair[1])] if case.restless else None
    if not found:
        return None
    pods = _pods(found)
    return Verdict(
        rule="crash_loop",
        severity=Severity.CRITICAL if any_runs_all_work(pods) else Severity.WARNING,
        summary=f"{counted(len(pods), 'pod')} in CrashLoopBackOff",
        evidence=first_facts(case, found, lambda pair: _crash(case, *pair)),
        next_step=f"Read how it ended: {kubectl(found[0][0], 'logs', '-c', found[0][1].name, '--previous')}",
    )


def _crashes(container: Container) -> bool:
    return container.state == "waiting" and container.reason == CRASH_LOOP


def _crash(case: Case, pod: Pod, container: Container) -> Evidence:
    ended = ""
    if container.last_reason is not None:
        code = "" if container.last_exit_code is None else f", exit code {container.last_exit_code}"
        ended = f"; last end: {container.last_reason}{code}"
    text = f"{pod.name} {container.name}: {counted(container.restarts, 'restart')}{ended}"
    return cluster_fact(case, text, container.last_finished_at)


def oom_killed(case: Case) -> Verdict | None:
    """A container was killed for its memory in the last hour: critical for a manager or listener, else a warning."""
    found = [pair for pair in case.restless if _killed(case, pair[1])] if case.restless else None
    if not found:
        return None
    pods = _pods(found)
    return Verdict(
        rule="oom_killed",
        severity=Severity.CRITICAL if any_runs_all_work(pods) else Severity.WARNING,
        summary=f"{counted(len(pods), 'pod')} OOMKilled",
        evidence=first_facts(case, found, lambda pair: _kill(case, *pair)),
        next_step="Raise the memory limit with a merge request, or run fewer jobs at once in it.",
    )


def _killed(case: Case, container: Container) -> bool:
    if container.reason == OUT_OF_MEMORY:
        return True
    if container.last_reason != OUT_OF_MEMORY:
        return False
    return case.scene.older(container.last_finished_at, RECENT_KILL_S) is not True or _crashes(container)


def _kill(case: Case, pod: Pod, container: Container) -> Evidence:
    limit = "" if container.memory_limit is None else f" at a limit of {container.memory_limit / 2**20:.0f} MiB"
    at = None if container.reason == OUT_OF_MEMORY else container.last_finished_at
    return cluster_fact(case, f"{pod.name} {container.name}: killed{limit}", at)


def image_pull(case: Case) -> Verdict | None:
    """A container waits for an image that does not come: critical for a manager or listener, else a warning."""
    found = [pair for pair in case.restless if _waits_for_image(pair[1])] if case.restless else None
    if not found:
        return None
    pods = _pods(found)
    return Verdict(
        rule="image_pull",
        severity=Severity.CRITICAL if any_runs_all_work(pods) else Severity.WARNING,
        summary=f"{counted(len(pods), 'pod')} cannot pull an image",
        evidence=first_facts(case, found, lambda pair: _image(case, *pair)),
        next_step="Check the image's name and tag, the registry, and the namespace's pull secret.",
    )


def _waits_for_image(container: Container) -> bool:
    return container.state == "waiting" and container.reason in IMAGE_REASONS


def _image(case: Case, pod: Pod, container: Container) -> Evidence:
    why = f": {container.message}" if container.message else ""
    return cluster_fact(case, f"{pod.name} {container.name} {container.reason} {container.image or ''}{why}")


def pending_pods(case: Case) -> Verdict | None:
    """Pods wait for a place longer than ``stale.pending_pod_s``: a warning, with the scheduler's reason.

    Pods that wait for an image or crash while starting have their own rules.
    """
    waiting = [pod for pod in case.pods if pod.phase == "Pending" and _waits_long(case, pod)]
    if not waiting:
        return None
    unschedulable = [pod for pod in waiting if pod.reason == "Unschedulable"]
    quota = [event for event in case.events if exceeds_quota(event)]
    if quota:
        why, next_step = "quota exceeded", "Free quota or raise it with a merge request; see the runner's quotas."
    elif unschedulable:
        why = "no node has room"
        next_step = f"Add nodes or ask for less; what they ask for: {kubectl(unschedulable[0], 'describe pod')}"
    else:
        why, next_step = "not started", f"See its events: {kubectl(waiting[0], 'describe pod')}"
    return Verdict(
        rule="pending_pods",
        severity=Severity.WARNING,
        summary=f"{counted(len(waiting), 'pod')} Pending over {short_age(case.scene.policy.pending_pod_s)}: {why}",
        evidence=(
            *first_facts(case, waiting, lambda pod: _pending(case, pod)),
            *(quota_fact(case, event) for event in quota[:1]),
        ),
        next_step=next_step,
    )


def _waits_long(case: Case, pod: Pod) -> bool:
    if case.scene.older(pod.created_at, case.scene.policy.pending_pod_s) is not True:
        return False
    return not any(_crashes(container) or _waits_for_image(container) for container in pod.containers)


def _pending(case: Case, pod: Pod) -> Evidence:
    told = [text for text in (pod.reason, pod.message) if text]
    return cluster_fact(case, f"{pod.name}: {': '.join(told) or 'Pending, no reason given'}", pod.created_at)


def exceeds_quota(event: Event) -> bool:
    """Return whether a warning says that a quota did not let a pod be created."""
    return "exceeded quota" in event.message


def quota_fact(case: Case, event: Event) -> Evidence:
    """Return a warning as evidence."""
    text = f"{event.object_kind} {event.object_name}: {event.message}"
    return cluster_fact(case, text, event.last_at)


def _pods(found: list[tuple[Pod, Container]]) -> list[Pod]:
    return list({pod.key: pod for pod, _ in found}.values())
