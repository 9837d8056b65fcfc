"""Actions Runner Controller (ARC): scale sets, their ephemeral runners and listeners.

Field names follow the custom resources of ``actions.github.com/v1alpha1``.
"""

from __future__ import annotations

from datetime import datetime

from flywheel_tui.domain.row import Row
from flywheel_tui.domain.verdict import Severity


class ScaleSet(Row, frozen=True):
    """An AutoscalingRunnerSet.

    Attributes:
        key: ``<context>/scaleset/<namespace>/<name>``.
        runner_scale_set_name: The name workflows ask for in ``runs-on``; often not the resource's name.
        phase: ``status.phase`` (0.14) or ``status.state`` (up to 0.13): Pending, Running, Outdated.
        max_runners: None means unbounded, as in the resource.
        current_runners, pending_runners, running_runners, failed_runners: From the status; None before the first.
        version: The chart version label ``app.kubernetes.io/version``.
        paused_by, paused_at, pause_reason: From this product's annotations; set only while it is paused.
        saved_min_runners, saved_max_runners: The bounds before the pause, from the annotations.
        severity, why: Of the worst verdict on the runner that this scale set is; set by the join, never by a source.
    """

    namespace: str
    name: str
    uid: str
    resource_version: str
    runner_scale_set_name: str
    github_config_url: str
    runner_group: str | None = None
    labels: tuple[str, ...] = ()
    min_runners: int | None = None
    max_runners: int | None = None
    current_runners: int | None = None
    pending_runners: int | None = None
    running_runners: int | None = None
    failed_runners: int | None = None
    phase: str | None = None
    version: str | None = None
    image: str | None = None
    cpu_request: float | None = None
    cpu_limit: float | None = None
    memory_request: float | None = None
    memory_limit: float | None = None
    paused_by: str | None = None
    paused_at: datetime | None = None
    pause_reason: str | None = None
    saved_min_runners: int | None = None
    saved_max_runners: int | None = None
    created_at: datetime | None = None
    severity: Severity | None = None
    why: str | None = None


class EphemeralRunnerSet(Row, frozen=True):
    """The replica holder between a scale set and its ephemeral runners."""

    namespace: str
    name: str
    scale_set: str | None
    replicas: int | None = None
    current_replicas: int | None = None
    pending_runners: int | None = None
    running_runners: int | None = None
    failed_runners: int | None = None
    phase: str | None = None
    created_at: datetime | None = None


class EphemeralRunner(Row, frozen=True):
    """One runner for one job. Its name is also the pod's name and the name GitHub lists.

    Attributes:
        scale_set: Name of the AutoscalingRunnerSet in the same namespace.
        failures: Pods that failed to start; a growing number is a crash loop, which ARC 0.12 and later shows as
            churn and not as a phase.
        job_id: Set while it runs a job (0.13 and later).
    """

    namespace: str
    name: str
    scale_set: str | None
    phase: str | None = None
    ready: bool | None = None
    reason: str | None = None
    message: str | None = None
    failures: int = 0
    last_failure_at: datetime | None = None
    runner_id: int | None = None
    job_id: str | None = None
    job_name: str | None = None
    job_repository: str | None = None
    job_workflow: str | None = None
    workflow_run_id: int | None = None
    created_at: datetime | None = None


class Listener(Row, frozen=True):
    """An AutoscalingListener: it lives in the controller's namespace and fetches jobs for one scale set."""

    namespace: str
    name: str
    scale_set_namespace: str
    scale_set: str
    min_runners: int | None = None
    max_runners: int | None = None
    created_at: datetime | None = None
