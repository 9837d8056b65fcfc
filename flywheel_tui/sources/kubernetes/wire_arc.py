"""ARC's custom resources as they come over the wire (``actions.github.com/v1alpha1``), of 0.11 to 0.14."""

from __future__ import annotations

import msgspec

from flywheel_tui.sources.kubernetes.wire import Object, PodTemplate


class ScaleSetSpec(msgspec.Struct, rename="camel", gc=False):
    """AutoscalingRunnerSetSpec."""

    github_config_url: str = ""
    runner_group: str | None = None
    runner_scale_set_name: str | None = None
    runner_scale_set_labels: list[str] | None = None
    min_runners: int | None = None
    max_runners: int | None = None
    template: PodTemplate | None = None


class SetStatus(msgspec.Struct, rename="camel", gc=False):
    """Status of an AutoscalingRunnerSet and of an EphemeralRunnerSet.

    A count that never left zero may be missing, since the controller patches only what changes. ``phase`` is 0.14's,
    ``state`` that of the versions before.
    """

    current_runners: int | None = None
    current_replicas: int | None = None
    pending_ephemeral_runners: int | None = None
    running_ephemeral_runners: int | None = None
    failed_ephemeral_runners: int | None = None
    phase: str | None = None
    state: str | None = None


class ScaleSet(Object, gc=False):
    """AutoscalingRunnerSet."""

    spec: ScaleSetSpec | None = None
    status: SetStatus | None = None


class RunnerSetSpec(msgspec.Struct, gc=False):
    """EphemeralRunnerSetSpec."""

    replicas: int | None = None


class RunnerSet(Object, gc=False):
    """EphemeralRunnerSet."""

    spec: RunnerSetSpec | None = None
    status: SetStatus | None = None


class RunnerStatus(msgspec.Struct, rename="camel", gc=False):
    """EphemeralRunnerStatus.

    ``failures`` maps the uid of a failed pod to the time of its failure (0.12 and later) or to true (before).
    """

    ready: bool | None = None
    phase: str | None = None
    reason: str | None = None
    message: str | None = None
    runner_id: int | None = None
    failures: dict[str, str | bool | None] | None = None
    job_request_id: int | None = None
    job_id: str | None = None
    job_display_name: str | None = None
    job_repository_name: str | None = None
    job_workflow_ref: str | None = None
    workflow_run_id: int | None = None


class EphemeralRunner(Object, gc=False):
    """EphemeralRunner."""

    status: RunnerStatus | None = None


class ListenerSpec(msgspec.Struct, rename="camel", gc=False):
    """AutoscalingListenerSpec."""

    autoscaling_runner_set_namespace: str = ""
    autoscaling_runner_set_name: str = ""
    min_runners: int | None = None
    max_runners: int | None = None


class Listener(Object, gc=False):
    """AutoscalingListener."""

    spec: ListenerSpec | None = None
