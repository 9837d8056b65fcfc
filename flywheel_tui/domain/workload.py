"""What Kubernetes runs for the fleet, as far as this product needs it. CPU in cores, memory in bytes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flywheel_tui.domain.row import Row, Value


class PodRole(StrEnum):
    """What a pod does for the fleet."""

    MANAGER = "manager"
    JOB = "job"
    RUNNER = "runner"
    LISTENER = "listener"
    CONTROLLER = "controller"
    OTHER = "other"


class Container(Value, frozen=True):
    """A container's specification and status.

    Attributes:
        state: ``waiting``, ``running`` or ``terminated``; None before the kubelet reports.
        reason: Why it waits or ended: CrashLoopBackOff, ImagePullBackOff, OOMKilled, Error, Completed, …
        last_reason, last_exit_code, last_finished_at: Of the run before the present one.
    """

    name: str
    image: str | None = None
    init: bool = False
    ready: bool = False
    restarts: int = 0
    state: str | None = None
    reason: str | None = None
    message: str | None = None
    exit_code: int | None = None
    started_at: datetime | None = None
    last_reason: str | None = None
    last_exit_code: int | None = None
    last_finished_at: datetime | None = None
    cpu_request: float | None = None
    cpu_limit: float | None = None
    memory_request: float | None = None
    memory_limit: float | None = None


class Pod(Row, frozen=True):
    """A pod and what joins it to a runner.

    Attributes:
        key: ``<context>/pod/<namespace>/<name>``.
        phase: Pending, Running, Succeeded, Failed, Unknown.
        reason: The pod's own reason (Evicted, …) or that of the unschedulable condition.
        owner_kind, owner_name: The controlling owner reference.
        release: Helm release from the chart's labels.
        manager_short_token, manager_name: GitLab Runner's labels ``manager.runner.gitlab.com/id-short`` and ``/name``.
        job_id, job_url: GitLab job annotations.
        scale_set_namespace, scale_set: ARC's labels.
    """

    namespace: str
    name: str
    uid: str
    role: PodRole
    phase: str
    ready: bool = False
    reason: str | None = None
    message: str | None = None
    node: str | None = None
    owner_kind: str | None = None
    owner_name: str | None = None
    app: str | None = None
    release: str | None = None
    manager_short_token: str | None = None
    manager_name: str | None = None
    job_id: str | None = None
    job_url: str | None = None
    job_project: str | None = None
    scale_set_namespace: str | None = None
    scale_set: str | None = None
    containers: tuple[Container, ...] = ()
    created_at: datetime | None = None
    started_at: datetime | None = None
    deleted_at: datetime | None = None


class Event(Row, frozen=True):
    """A Kubernetes warning about one object."""

    namespace: str
    name: str
    object_kind: str
    object_name: str
    reason: str
    message: str
    count: int = 1
    component: str | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None


class Deployment(Row, frozen=True):
    """A Deployment; for GitLab it holds the managers of one Helm release."""

    namespace: str
    name: str
    release: str | None = None
    chart: str | None = None
    image: str | None = None
    replicas: int | None = None
    ready_replicas: int | None = None
    updated_replicas: int | None = None
    available_replicas: int | None = None
    cpu_request: float | None = None
    cpu_limit: float | None = None
    memory_request: float | None = None
    memory_limit: float | None = None
    created_at: datetime | None = None


class Autoscaler(Row, frozen=True):
    """A HorizontalPodAutoscaler. Utilisation in per cent of the request.

    Attributes:
        conditions: ``(type, status, reason, message)`` as the controller reports them.
    """

    namespace: str
    name: str
    target_kind: str
    target_name: str
    min_replicas: int | None = None
    max_replicas: int | None = None
    current_replicas: int | None = None
    desired_replicas: int | None = None
    cpu_target: int | None = None
    cpu_current: int | None = None
    memory_target: int | None = None
    memory_current: int | None = None
    conditions: tuple[tuple[str, str, str, str], ...] = ()
    created_at: datetime | None = None


class CronJob(Row, frozen=True):
    """A CronJob: warm pools and clean-ups."""

    namespace: str
    name: str
    schedule: str
    time_zone: str | None = None
    suspended: bool = False
    active: int = 0
    last_scheduled_at: datetime | None = None
    last_succeeded_at: datetime | None = None
    created_at: datetime | None = None


class QuotaLine(Value, frozen=True):
    """One resource of a quota: cores, bytes or a count."""

    resource: str
    hard: float
    used: float | None


class Quota(Row, frozen=True):
    """A ResourceQuota with what is used of it."""

    namespace: str
    name: str
    lines: tuple[QuotaLine, ...] = ()
