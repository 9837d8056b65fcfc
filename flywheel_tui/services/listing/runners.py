"""Runners: every GitLab and GitHub runner and every ARC scale set."""

from __future__ import annotations

import re
from typing import Final

from flywheel_tui.domain.fleet import Runner, RunnerStatus
from flywheel_tui.domain.runner import ForgeRunner
from flywheel_tui.domain.scaleset import ScaleSet
from flywheel_tui.services.listing import format as shown
from flywheel_tui.services.listing.field import Field, FieldType, Kind


def version_order(versions: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the oldest version in a form that sorts by number: a runner is as old as its oldest manager."""
    if not versions:
        return None
    return min(tuple(part.zfill(6) for part in re.findall(r"\d+", version)) for version in versions)


_TROUBLE: Final = (
    RunnerStatus.ONLINE,
    RunnerStatus.BUSY,
    RunnerStatus.UNKNOWN,
    RunnerStatus.PAUSED,
    RunnerStatus.PENDING,
    RunnerStatus.NEVER_CONTACTED,
    RunnerStatus.STALE,
    RunnerStatus.DEGRADED,
    RunnerStatus.OFFLINE,
)
_TROUBLE_RANKS: Final = {status: rank for rank, status in enumerate(_TROUBLE)}


def trouble(row: Runner) -> int:
    """Return how much a runner asks for attention: by its worst verdict, then by what it can still do.

    Among equal verdicts a runner that fails comes before one that works under a warning, such as a full quota.
    """
    return row.severity.rank * len(_TROUBLE) + _TROUBLE_RANKS[row.status]


RUNNERS: Final[Kind[Runner]] = Kind(
    name="runners",
    singular="runner",
    aliases=("runner", "ru", "r"),
    help="every runner of every forge and every ARC scale set",
    rows=lambda fleet: fleet.runners,
    told_by=(ForgeRunner, ScaleSet),
    label=lambda row: row.name,
    default_sort=("-severity", "name"),
    fields=(
        Field(name="name", title="NAME", help="what the forge calls it", value=lambda row: row.name),
        Field(
            name="id",
            title="ID",
            help="the forge's id, or namespace/name of a scale set",
            value=lambda row: row.id,
            wide=True,
        ),
        Field(name="forge", title="FORGE", help="gitlab or github", value=lambda row: row.forge.value),
        Field(
            name="kind",
            title="KIND",
            help="instance, group, project, organization, repository or scaleset",
            value=lambda row: row.kind.value,
        ),
        Field(name="context", title="CONTEXT", help="the configured context", value=lambda row: row.context),
        Field(
            name="scope",
            title="SCOPE",
            help="group, project, organisation or repository it is registered in",
            value=lambda row: row.scope,
            wide=True,
        ),
        Field(
            name="status",
            title="STATUS",
            help="online, busy, degraded, pending, paused, offline, stale, never or unknown",
            value=lambda row: row.status.value,
            sort=lambda row: _TROUBLE_RANKS[row.status],
            descending=True,
        ),
        Field(
            name="severity",
            title="SEVERITY",
            help="ok, info, unknown, warning or critical: the worst verdict",
            value=lambda row: row.severity.value,
            sort=trouble,
            wide=True,
            descending=True,
        ),
        Field(
            name="managers",
            title="MGR",
            help="managers online of managers known; listeners for a scale set",
            value=lambda row: row.manager_ready,
            text=lambda row: shown.of(row.manager_ready, row.manager_total),
            type=FieldType.COUNT,
        ),
        Field(
            name="busy",
            title="BUSY",
            help="jobs running of jobs possible",
            value=lambda row: row.busy,
            text=lambda row: shown.of(row.busy, row.capacity),
            sort=lambda row: shown.share(row.busy, row.capacity),
            type=FieldType.COUNT,
            descending=True,
        ),
        Field(
            name="capacity",
            title="CAPACITY",
            help="jobs possible at once",
            value=lambda row: row.capacity,
            type=FieldType.COUNT,
            wide=True,
            descending=True,
        ),
        Field(
            name="queue",
            title="QUEUE",
            help="jobs that wait for this runner",
            value=lambda row: row.queued,
            type=FieldType.COUNT,
            descending=True,
        ),
        Field(
            name="fail",
            title="FAIL%",
            help="failed of finished jobs in the last hour",
            value=lambda row: row.failure_rate,
            type=FieldType.PERCENT,
            descending=True,
        ),
        Field(
            name="cpu",
            title="CPU%",
            help="CPU in use, per cent of the limit",
            value=lambda row: shown.share(row.cpu_cores, row.cpu_limit),
            type=FieldType.PERCENT,
            descending=True,
        ),
        Field(
            name="memory",
            title="MEM%",
            help="working-set memory, per cent of the limit",
            value=lambda row: shown.share(row.memory_bytes, row.memory_limit),
            type=FieldType.PERCENT,
            descending=True,
        ),
        Field(
            name="version",
            title="VERSION",
            help="runner versions in use",
            value=lambda row: row.versions,
            sort=lambda row: version_order(row.versions),
            text=lambda row: ",".join(row.versions) or shown.UNKNOWN,
            type=FieldType.WORDS,
        ),
        Field(
            name="tag",
            title="TAGS",
            help="GitLab tags or GitHub labels",
            value=lambda row: row.tags,
            type=FieldType.WORDS,
            wide=True,
        ),
        Field(
            name="owner",
            title="OWNER",
            help="group or project that owns it",
            value=lambda row: row.owner,
            wide=True,
        ),
        Field(name="creator", title="CREATOR", help="who created it", value=lambda row: row.created_by, wide=True),
        Field(
            name="seen",
            title="SEEN",
            help="last contact with the forge",
            value=lambda row: row.contacted_at,
            type=FieldType.TIME,
        ),
        Field(name="age", title="AGE", help="since creation", value=lambda row: row.created_at, type=FieldType.TIME),
        Field(name="why", title="WHY", help="the worst verdict", value=lambda row: row.why or None, wide=True),
    ),
)
