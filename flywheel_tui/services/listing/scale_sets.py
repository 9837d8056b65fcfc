"""ARC scale sets, as the cluster tells of them."""

from __future__ import annotations

from typing import Final

from flywheel_tui.domain.scaleset import ScaleSet
from flywheel_tui.services.listing.field import Field, FieldType, Kind

SCALE_SETS: Final[Kind[ScaleSet]] = Kind(
    name="scalesets",
    singular="scaleset",
    noun="scale sets",
    aliases=("scaleset", "ss", "arc"),
    help="ARC's AutoscalingRunnerSets",
    rows=lambda fleet: fleet.scale_sets,
    told_by=(ScaleSet,),
    label=lambda row: f"{row.namespace}/{row.name}",
    default_sort=("-severity", "name"),
    fields=(
        Field(name="name", title="NAME", help="name of the resource", value=lambda row: row.name),
        Field(name="namespace", title="NAMESPACE", help="its namespace", value=lambda row: row.namespace),
        Field(name="context", title="CONTEXT", help="the configured context", value=lambda row: row.context),
        Field(
            name="label",
            title="RUNS-ON",
            help="the name that workflows ask for",
            value=lambda row: row.runner_scale_set_name,
        ),
        Field(name="phase", title="PHASE", help="Pending, Running or Outdated", value=lambda row: row.phase),
        Field(
            name="severity",
            title="SEVERITY",
            help="ok, info, unknown, warning or critical: the worst verdict",
            value=lambda row: None if row.severity is None else row.severity.value,
            sort=lambda row: None if row.severity is None else row.severity.rank,
            descending=True,
        ),
        Field(name="min", title="MIN", help="minRunners", value=lambda row: row.min_runners, type=FieldType.COUNT),
        Field(name="max", title="MAX", help="maxRunners", value=lambda row: row.max_runners, type=FieldType.COUNT),
        Field(
            name="current",
            title="CURRENT",
            help="runners there are",
            value=lambda row: row.current_runners,
            type=FieldType.COUNT,
            descending=True,
        ),
        Field(
            name="pending",
            title="PENDING",
            help="runners that start",
            value=lambda row: row.pending_runners,
            type=FieldType.COUNT,
            descending=True,
        ),
        Field(
            name="running",
            title="RUNNING",
            help="runners that are up",
            value=lambda row: row.running_runners,
            type=FieldType.COUNT,
            descending=True,
        ),
        Field(
            name="failed",
            title="FAILED",
            help="failed runners; each occupies a slot",
            value=lambda row: row.failed_runners,
            type=FieldType.COUNT,
            descending=True,
        ),
        Field(name="version", title="VERSION", help="chart version", value=lambda row: row.version),
        Field(
            name="image", title="IMAGE", help="image of the runner container", value=lambda row: row.image, wide=True
        ),
        Field(name="url", title="GITHUB", help="githubConfigUrl", value=lambda row: row.github_config_url, wide=True),
        Field(name="why", title="WHY", help="the worst verdict", value=lambda row: row.why, wide=True),
        Field(name="age", title="AGE", help="since creation", value=lambda row: row.created_at, type=FieldType.TIME),
    ),
)
