"""Pods of the fleet that nobody claims: what the other joins leave over without a word."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from flywheel_tui.domain.fleet import Unjoined
from flywheel_tui.domain.workload import Pod, PodRole
from flywheel_tui.insight.cluster import Belongings, ObjectName

_REASONS: Final = {
    PodRole.JOB: "job pods that name no GitLab runner that is known",
    PodRole.RUNNER: "runner pods that name no scale set that is there",
    PodRole.LISTENER: "listener pods that name no scale set that is there",
}


def list_stray_pods(
    pods: Iterable[Pod], belongings: Belongings, *, jobs_count: bool, told: Callable[[], frozenset[ObjectName]]
) -> None:
    """List the pods of jobs, runners and listeners without an owner, together by namespace.

    Managers are listed with their release, and job pods with a token by that token.

    Args:
        pods: All pods of the context, joined as far as they can be.
        belongings: Takes the result.
        jobs_count: Whether a job pod without a runner is one for good: not before GitLab was read.
        told: Gives the objects that are listed already, or joined, and whose pods have their names.
    """
    owned = belongings.runner_of_pod
    roles = _REASONS.keys() if jobs_count else _REASONS.keys() - {PodRole.JOB}
    strays = [pod for pod in pods if pod.role in roles and pod.key not in owned and pod.manager_short_token is None]
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
        belongings.unjoined.append(
            Unjoined(key=first.key, context=first.context, kind="pod", name=first.name, reason=reason)
        )
