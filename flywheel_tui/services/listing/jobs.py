"""Jobs that wait or run, as far as a forge tells them."""

from __future__ import annotations

from typing import Final

from flywheel_tui.domain.job import Job, JobState
from flywheel_tui.services.listing.field import Field, FieldType, Kind

JOBS: Final[Kind[Job]] = Kind(
    name="jobs",
    singular="job",
    aliases=("job", "jo", "queue", "qu"),
    help="jobs that wait or run; GitLab tells them to administrators only, GitHub not at all",
    rows=lambda fleet: fleet.jobs,
    told_by=(Job,),
    label=lambda row: f"{row.project}#{row.id}",
    default_sort=("-state", "-queued", "name"),
    fields=(
        Field(name="name", title="JOB", help="name of the job", value=lambda row: row.name),
        Field(
            name="state",
            title="STATE",
            help="pending or running; those that wait come first",
            value=lambda row: row.state.value,
            sort=lambda row: row.state is JobState.PENDING,
            descending=True,
        ),
        Field(name="project", title="PROJECT", help="where it belongs", value=lambda row: row.project),
        Field(name="context", title="CONTEXT", help="the configured context", value=lambda row: row.context),
        Field(name="forge", title="FORGE", help="gitlab or github", value=lambda row: row.forge.value, wide=True),
        Field(
            name="tag",
            title="TAGS",
            help="tags a runner needs to take it",
            value=lambda row: row.tags,
            type=FieldType.WORDS,
        ),
        Field(
            name="queued",
            title="QUEUED",
            help="since it was queued; it sorts the longest first",
            value=lambda row: row.queued_at,
            type=FieldType.TIME,
        ),
        Field(
            name="started",
            title="RUNS",
            help="since it was started",
            value=lambda row: row.started_at,
            type=FieldType.TIME,
        ),
        Field(name="runner", title="RUNNER", help="the forge's id of its runner", value=lambda row: row.runner_id),
        Field(name="pipeline", title="PIPELINE", help="its pipeline", value=lambda row: row.pipeline),
        Field(name="user", title="USER", help="who started it", value=lambda row: row.started_by),
        Field(name="id", title="ID", help="the forge's id", value=lambda row: row.id, wide=True),
        Field(name="url", title="URL", help="its page", value=lambda row: row.web_url, wide=True),
    ),
)
