"""Whether somebody fetches jobs for a scale set, and what its state is by that."""

from __future__ import annotations

from flywheel_tui.domain.runner import RunnerState
from flywheel_tui.domain.scaleset import Listener, ScaleSet
from flywheel_tui.domain.workload import Pod
from flywheel_tui.insight.case import Case, ListenerHealth
from flywheel_tui.insight.scene import Scene

OUTDATED = "Outdated"
"""Phase of a scale set whose runners GitHub refuses for their age; the controller removes its listener."""


def listener_health(scene: Scene, listener: Listener | None, pod: Pod | None) -> ListenerHealth:
    """Return how a scale set's listener is, from its resource and its pod.

    What could not be listed is unknown: only a listing that shows other listeners, or has no gaps, proves absence.
    """
    if pod is not None:
        return ListenerHealth.READY if pod.ready and pod.deleted_at is None else ListenerHealth.NOT_READY
    if listener is not None:
        return ListenerHealth.NO_POD if scene.lists_pods_of(listener.namespace) else ListenerHealth.UNKNOWN
    return ListenerHealth.MISSING if scene.lists_listeners() else ListenerHealth.UNKNOWN


def judge_liveness(case: Case, scale_set: ScaleSet) -> None:
    """Set the state of a scale set's case, and whether it is only starting.

    Online means that a ready listener fetches jobs. Where listeners cannot be seen, a working ephemeral runner of a
    scale set in phase Running is proof enough; without either the state is unknown.
    """
    scene, pod, listener = case.scene, case.listener_pod, case.listener
    health = listener_health(scene, listener, pod)
    case.listener_health = health
    case.listener_since = next(
        (row.created_at for row in (pod, listener, scale_set) if row is not None and row.created_at is not None), None
    )
    if scale_set.phase == OUTDATED:
        case.state = RunnerState.OFFLINE
    elif health is ListenerHealth.READY:
        case.state = RunnerState.ONLINE
    elif health is not ListenerHealth.UNKNOWN:
        case.state = RunnerState.OFFLINE
        case.starting = scene.young(case.listener_since)
    elif scale_set.phase == "Running" and any(row.phase == "Running" for row in case.ephemeral_runners):
        case.state = RunnerState.ONLINE
    case.manager_total = 1
    if health is not ListenerHealth.UNKNOWN:
        case.manager_ready = int(health is ListenerHealth.READY)
