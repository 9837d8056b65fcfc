"""The columns of the jobs."""

from __future__ import annotations

from typing import Final

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import Fleet
from flywheel_tui.domain.job import Job, JobState
from flywheel_tui.services.listing.jobs import JOBS
from flywheel_tui.tui.widgets.grid.column import Column, GridView
from flywheel_tui.tui.widgets.grid.listing import column, feed_in_context, feeds_of, muted, own
from flywheel_tui.tui.widgets.tone import Mark, Tone

_WAITS: Final = Mark("◌", Tone.PENDING)
_RUNS: Final = Mark("◆", Tone.BUSY)


def mark_of(job: Job) -> Mark:
    """Return the mark of a job: whether it waits or runs."""
    return _WAITS if job.state is JobState.PENDING else _RUNS


def _opens(job: Job, fleet: Fleet) -> str | None:
    if job.runner_id is None:
        return None
    key = f"{job.context}/{job.forge}/{job.runner_id}"
    return key if key in fleet.runners else None


COLUMNS: Final[tuple[Column[Job], ...]] = (
    column(JOBS, "name", 18, most=36, tone=own, middle=True),
    column(JOBS, "state", 8, tone=own, news=True),
    column(JOBS, "project", 16, most=36, tone=muted, middle=True),
    column(JOBS, "context", 8, most=14, drop=4, tone=muted),
    column(JOBS, "forge", 6, drop=0, tone=muted),
    column(JOBS, "tag", 12, most=28, drop=7, tone=muted),
    column(JOBS, "queued", 6),
    column(JOBS, "started", 5),
    column(JOBS, "runner", 8, most=12, drop=6, tone=muted),
    column(JOBS, "pipeline", 9, most=12, drop=3, tone=muted),
    column(JOBS, "user", 10, most=16, drop=5, tone=muted),
    column(JOBS, "id", 8, drop=0, tone=muted),
)

VIEW: Final[GridView[Job]] = GridView(
    kind=JOBS,
    columns=COLUMNS,
    mark=mark_of,
    feed=feed_in_context(SourceKind.GITLAB),
    feeds=feeds_of(SourceKind.GITLAB),
    fault=lambda job: job.state is JobState.PENDING,
    opens=_opens,
    state="state",
    groups=("project", "tag", "state", "context", "user"),
    scopes=lambda job: (job.context, job.forge.value, job.project),
    nothing="No job waits or runs.",
)
