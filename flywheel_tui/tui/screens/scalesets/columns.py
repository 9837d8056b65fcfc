"""The columns of the ARC scale sets."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import Fleet
from flywheel_tui.domain.runner import Forge
from flywheel_tui.domain.scaleset import ScaleSet
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.services.listing.scale_sets import SCALE_SETS
from flywheel_tui.services.listing.scopes import with_parents
from flywheel_tui.tui.widgets.grid.column import Column, GridView
from flywheel_tui.tui.widgets.grid.listing import above, column, feed_in_context, feeds_of, muted, own
from flywheel_tui.tui.widgets.tone import SEVERITY_MARKS, Mark, Tone

_MARKS: Final = {
    "Running": Mark("●", Tone.PLAIN),
    "Pending": Mark("◌", Tone.PENDING),
    "Outdated": Mark("▲", Tone.WARNING),
}


def mark_of(scale_set: ScaleSet) -> Mark:
    """Return the mark of a scale set: by its worst verdict where that is bad, else paused, or by its phase."""
    if scale_set.severity in {Severity.WARNING, Severity.CRITICAL}:
        return SEVERITY_MARKS[scale_set.severity]
    if scale_set.paused_by is not None:
        return Mark("‖", Tone.PAUSED)
    return _MARKS.get(scale_set.phase or "", Mark("?", Tone.STALE))


def _opens(scale_set: ScaleSet, fleet: Fleet) -> str | None:
    return next((key for key, runner in fleet.runners.items() if runner.scale_set == scale_set.key), None)


COLUMNS: Final[tuple[Column[ScaleSet], ...]] = (
    column(SCALE_SETS, "name", 20, most=40, tone=own, middle=True),
    column(SCALE_SETS, "namespace", 12, most=24, drop=4, tone=muted),
    column(SCALE_SETS, "context", 8, most=14, tone=muted),
    column(SCALE_SETS, "label", 14, most=32, drop=3, tone=muted, middle=True),
    column(SCALE_SETS, "phase", 8, tone=own, news=True),
    column(SCALE_SETS, "min", 4, drop=7, news=True),
    column(SCALE_SETS, "max", 4, drop=7, news=True),
    column(SCALE_SETS, "current", 7, news=True),
    column(SCALE_SETS, "pending", 7, tone=above(lambda row: _float(row.pending_runners), 1, float("inf")), news=True),
    column(SCALE_SETS, "running", 7, news=True),
    column(SCALE_SETS, "failed", 6, tone=above(lambda row: _float(row.failed_runners), 1, 1), news=True),
    column(SCALE_SETS, "version", 8, drop=5, tone=muted, news=True),
    column(SCALE_SETS, "image", 20, most=36, drop=1, tone=muted, middle=True),
    column(SCALE_SETS, "url", 20, most=48, drop=0, tone=muted),
    column(SCALE_SETS, "age", 5, drop=8, tone=muted),
    column(SCALE_SETS, "why", 24, most=72, drop=6, tone=own),
)


def _scopes(scale_set: ScaleSet) -> tuple[str, ...]:
    owner = urlsplit(scale_set.github_config_url or "").path.strip("/")
    return (Forge.GITHUB.value, scale_set.context, scale_set.namespace, *with_parents(owner))


def _float(value: int | None) -> float | None:
    return None if value is None else float(value)


VIEW: Final[GridView[ScaleSet]] = GridView(
    kind=SCALE_SETS,
    columns=COLUMNS,
    mark=mark_of,
    feed=feed_in_context(SourceKind.KUBERNETES),
    feeds=feeds_of(SourceKind.KUBERNETES),
    fault=lambda row: mark_of(row).tone is not Tone.PLAIN,
    opens=_opens,
    remark=lambda row: row.why or "",
    state="phase",
    groups=("context", "namespace", "url"),
    summed=("current", "pending", "running", "failed"),
    scopes=_scopes,
)
