"""Pods of the fleet that nobody claims: what the other joins leave over without a word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from flywheel_tui.domain.fleet import Unjoined
from flywheel_tui.domain.workload import Pod, PodRole
from flywheel_tui.insight.cluster import ObjectName

_REASONS: Final = {
    PodRole.JOB: "job pods that name no GitLab runner that is known",
    PodRole.RUNNER: "runner pods that name no scale set that is there",
    PodRole.LISTENER: "listener pods that name no scale set that is there",
}


def may_stray(pod: Pod) -> bool:
    """Return whether a pod has to be listed here if nobody owns it."""
    return pod.role in _REASONS and pod.manager_short_token is None


def stray_pods(
    pods: Iterable[Pod], *, jobs_count: bool, told: Callable[[], frozenset[ObjectName]]
) -> Iterator[Unjoined]:
    """Yield the pods of jobs, runners and listeners without an owner, together by namespace.

    Managers are listed with their release, and job pods with a token by that token.

    Args:
        pods: Those that nobody owns and that :func:`may_stray`.
        jobs_count: Whether a job pod without a runner is one for good: not before GitLab was read.
        told: Gives the objects that are listed already, or joined, and whose pods have their names.
    """
    strays = [pod for pod in pods if jobs_count or pod.role is not PodRole.JOB]
    if not strays:
        return
    known = told()
    groups: dict[tuple[PodRole, str], list[Pod]] = {}
    for pod in strays:
        if (pod.namespace, pod.name) not in known:
            groups.setdefault((pod.role, pod.namespace), []).append(pod)
    for (role, namespace), rows in groups.items():
        first = min(rows, key=lambda row: row.key)
        reason = f"{len(rows)} {_REASONS[role]}, in {namespace}"
        yield Unjoined(key=first.key, context=first.context, kind="pod", name=first.name, reason=reason)
