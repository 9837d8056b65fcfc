"""The columns of the pods."""

from __future__ import annotations

from typing import Final

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import Fleet
from flywheel_tui.domain.workload import Pod
from flywheel_tui.services.listing.pods import PODS, pod_status
from flywheel_tui.tui.widgets.grid.column import Column, GridView
from flywheel_tui.tui.widgets.grid.listing import above, column, feed_in_context, feeds_of, muted, own
from flywheel_tui.tui.widgets.tone import Mark, Tone

_MARKS: Final = {
    "Running": Mark("●", Tone.PLAIN),
    "Completed": Mark("○", Tone.MUTED),
    "Pending": Mark("◌", Tone.PENDING),
    "ContainerCreating": Mark("◌", Tone.PENDING),
    "PodInitializing": Mark("◌", Tone.PENDING),
    "Terminating": Mark("◌", Tone.PAUSED),
    "Unknown": Mark("?", Tone.STALE),
}
_FAULT: Final = Mark("✗", Tone.CRITICAL)
_NOT_READY: Final = Mark("▲", Tone.WARNING)


def mark_of(pod: Pod) -> Mark:
    """Return the mark of a pod: by its status word, and a warning where it runs but is not ready."""
    status = pod_status(pod)
    if status == "Running" and not pod.ready:
        return _NOT_READY
    return _MARKS.get(status, _FAULT)


def _opens(pod: Pod, fleet: Fleet) -> str | None:
    return fleet.runner_of_pod.get(pod.key)


COLUMNS: Final[tuple[Column[Pod], ...]] = (
    column(PODS, "name", 30, most=56, tone=own, middle=True),
    column(PODS, "namespace", 12, most=24, drop=4, tone=muted),
    column(PODS, "context", 8, most=14, tone=muted),
    column(PODS, "role", 10, drop=7, tone=muted),
    column(PODS, "ready", 5, tone=own, news=True),
    column(PODS, "status", 17, most=24, tone=own, news=True),
    column(
        PODS,
        "restarts",
        8,
        drop=8,
        tone=above(lambda pod: float(sum(container.restarts for container in pod.containers)), 1, 10),
        news=True,
    ),
    column(PODS, "node", 10, most=24, drop=2, tone=muted, middle=True),
    column(PODS, "owner", 16, most=40, drop=1, tone=muted, middle=True),
    column(PODS, "job", 10, most=14, drop=1, tone=muted),
    column(PODS, "age", 5, tone=muted),
)

VIEW: Final[GridView[Pod]] = GridView(
    kind=PODS,
    columns=COLUMNS,
    mark=mark_of,
    feed=feed_in_context(SourceKind.KUBERNETES),
    feeds=feeds_of(SourceKind.KUBERNETES),
    fault=lambda pod: mark_of(pod) in {_FAULT, _NOT_READY, _MARKS["Pending"], _MARKS["Unknown"]},
    opens=_opens,
    state="status",
    groups=("namespace", "context", "role", "node", "owner"),
    summed=("restarts",),
    scopes=lambda pod: (pod.context, pod.namespace),
)
