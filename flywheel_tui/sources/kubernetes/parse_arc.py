"""ARC's custom resources: wire objects to rows, over the versions 0.11 to 0.14. Pure; every text is cleaned."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from flywheel_tui.domain.scaleset import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet
from flywheel_tui.domain.text import clean, clean_or_none
from flywheel_tui.sources.kubernetes import wire, wire_arc
from flywheel_tui.sources.kubernetes.parse import amount, row_key
from flywheel_tui.sources.kubernetes.parse_workload import main_container

UNBOUNDED: Final = 2**31 - 1
"""What the controller gives a listener whose scale set has no ``maxRunners``."""


def parse_scale_set(scale_set: wire_arc.ScaleSet, context: str) -> ScaleSet:
    """Return an AutoscalingRunnerSet's row. Image and resources are those of the container ``runner``."""
    metadata, marks = scale_set.metadata, scale_set.metadata.annotations
    spec = scale_set.spec or wire_arc.ScaleSetSpec()
    status = scale_set.status or wire_arc.SetStatus()
    container = main_container(spec.template, "runner")
    resources = container.resources or wire.Resources()
    # A pause that somebody undid by hand or by Helm leaves the annotations behind: then it is not paused.
    paused = marks.paused_by is not None and spec.max_runners == 0
    return ScaleSet(
        key=row_key(context, "scaleset", metadata.namespace, metadata.name),
        context=context,
        namespace=clean(metadata.namespace),
        name=clean(metadata.name),
        uid=clean(metadata.uid),
        resource_version=clean(metadata.resource_version),
        # ARC registers the resource's own name where the specification has none.
        runner_scale_set_name=clean(spec.runner_scale_set_name or metadata.name),
        github_config_url=clean(spec.github_config_url),
        runner_group=clean_or_none(spec.runner_group),
        labels=tuple(clean(label) for label in spec.runner_scale_set_labels or ()),
        min_runners=spec.min_runners,
        max_runners=spec.max_runners,
        current_runners=_count(status, status.current_runners),
        pending_runners=_count(status, status.pending_ephemeral_runners),
        running_runners=_count(status, status.running_ephemeral_runners),
        failed_runners=_count(status, status.failed_ephemeral_runners),
        phase=clean_or_none(status.phase or status.state),
        version=clean_or_none(metadata.labels.version),
        image=clean_or_none(container.image),
        cpu_request=amount(resources.requests, "cpu"),
        cpu_limit=amount(resources.limits, "cpu"),
        memory_request=amount(resources.requests, "memory"),
        memory_limit=amount(resources.limits, "memory"),
        paused_by=clean_or_none(marks.paused_by) if paused else None,
        paused_at=_time(marks.paused_at) if paused else None,
        pause_reason=clean_or_none(marks.pause_reason) if paused else None,
        saved_min_runners=_whole(marks.saved_min),
        saved_max_runners=_whole(marks.saved_max),
        created_at=metadata.creation_timestamp,
    )


def parse_runner_set(runner_set: wire_arc.RunnerSet, context: str) -> EphemeralRunnerSet:
    """Return an EphemeralRunnerSet's row."""
    metadata = runner_set.metadata
    spec = runner_set.spec or wire_arc.RunnerSetSpec()
    status = runner_set.status or wire_arc.SetStatus()
    owner = metadata.controller
    by_owner = owner.name if owner is not None and owner.kind == "AutoscalingRunnerSet" else None
    return EphemeralRunnerSet(
        key=row_key(context, "ephemeralrunnerset", metadata.namespace, metadata.name),
        context=context,
        namespace=clean(metadata.namespace),
        name=clean(metadata.name),
        scale_set=clean_or_none(metadata.labels.scale_set or by_owner),
        # Zero is left out on the wire.
        replicas=spec.replicas or 0,
        current_replicas=_count(status, status.current_replicas),
        pending_runners=_count(status, status.pending_ephemeral_runners),
        running_runners=_count(status, status.running_ephemeral_runners),
        failed_runners=_count(status, status.failed_ephemeral_runners),
        phase=clean_or_none(status.phase or status.state),
        created_at=metadata.creation_timestamp,
    )


def parse_ephemeral_runner(runner: wire_arc.EphemeralRunner, context: str) -> EphemeralRunner:
    """Return an EphemeralRunner's row."""
    metadata, status = runner.metadata, runner.status
    known = status or wire_arc.RunnerStatus()
    failures = known.failures or {}
    times = [when for value in failures.values() if isinstance(value, str) and (when := _time(value)) is not None]
    # Up to 0.12 a job is known by its request alone.
    job_id = known.job_id or (str(known.job_request_id) if known.job_request_id else None)
    return EphemeralRunner(
        key=row_key(context, "ephemeralrunner", metadata.namespace, metadata.name),
        context=context,
        namespace=clean(metadata.namespace),
        name=clean(metadata.name),
        scale_set=clean_or_none(metadata.labels.scale_set),
        phase=clean_or_none(known.phase),
        ready=None if status is None else bool(status.ready),
        reason=clean_or_none(known.reason),
        message=clean_or_none(known.message),
        failures=len(failures),
        last_failure_at=max(times, default=None),
        runner_id=known.runner_id or None,
        job_id=clean_or_none(job_id),
        job_name=clean_or_none(known.job_display_name),
        job_repository=clean_or_none(known.job_repository_name),
        job_workflow=clean_or_none(known.job_workflow_ref),
        workflow_run_id=known.workflow_run_id or None,
        created_at=metadata.creation_timestamp,
    )


def parse_listener(listener: wire_arc.Listener, context: str) -> Listener:
    """Return an AutoscalingListener's row."""
    metadata = listener.metadata
    spec = listener.spec or wire_arc.ListenerSpec()
    # Zero is left out on the wire, and no bound is the largest number.
    most = spec.max_runners or 0
    return Listener(
        key=row_key(context, "listener", metadata.namespace, metadata.name),
        context=context,
        namespace=clean(metadata.namespace),
        name=clean(metadata.name),
        scale_set_namespace=clean(spec.autoscaling_runner_set_namespace),
        scale_set=clean(spec.autoscaling_runner_set_name),
        min_runners=spec.min_runners or 0,
        max_runners=None if most >= UNBOUNDED else most,
        created_at=metadata.creation_timestamp,
    )


def _count(status: wire_arc.SetStatus, value: int | None) -> int | None:
    """Return a count of the status: zero where the status is written but the count never left zero."""
    if value is None and status != wire_arc.SetStatus():
        return 0
    return value


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
