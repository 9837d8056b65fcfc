"""Jobs that wait or run."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge


class JobState(StrEnum):
    """Whether a job waits or runs."""

    PENDING = "pending"
    RUNNING = "running"


class Job(Row, frozen=True):
    """A pending or running job.

    Attributes:
        key: ``<context>/<forge>/job/<id>``.
        runner_id: The forge's id of the runner that has it; None while it waits.
    """

    forge: Forge
    id: str
    name: str
    state: JobState
    project: str
    pipeline: str | None = None
    tags: tuple[str, ...] = ()
    runner_id: str | None = None
    started_by: str | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    web_url: str | None = None
