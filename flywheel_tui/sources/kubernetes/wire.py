"""Kubernetes objects as they come over the wire: only the fields in use, everything else is skipped unread.

Absent and ``null`` mean the same to Kubernetes, so every field may be either. Types follow the API reference of
core/v1, apps/v1, autoscaling/v2 and batch/v1.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, TypeVar

import msgspec

from flywheel_tui.sources.kubernetes import pause

O_co = TypeVar("O_co", covariant=True)

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time as the API reference has it (RFC 3339); one without a zone tells no time and makes its object unreadable."""

Amounts = dict[str, str | int | float]
"""Quantities by resource. Custom resources may hold them as numbers."""


class Labels(msgspec.Struct, gc=False):
    """The labels in use, of all kinds together."""

    app: str | None = None
    chart: str | None = None
    release: str | None = None
    helm_chart: str | None = msgspec.field(name="helm.sh/chart", default=None)
    app_name: str | None = msgspec.field(name="app.kubernetes.io/name", default=None)
    instance: str | None = msgspec.field(name="app.kubernetes.io/instance", default=None)
    component: str | None = msgspec.field(name="app.kubernetes.io/component", default=None)
    part_of: str | None = msgspec.field(name="app.kubernetes.io/part-of", default=None)
    version: str | None = msgspec.field(name="app.kubernetes.io/version", default=None)
    scale_set: str | None = msgspec.field(name="actions.github.com/scale-set-name", default=None)
    scale_set_namespace: str | None = msgspec.field(name="actions.github.com/scale-set-namespace", default=None)
    ephemeral_runner: str | None = msgspec.field(name="actions-ephemeral-runner", default=None)
    runner_pod: str | None = msgspec.field(name="runner-pod", default=None)
    manager_id: str | None = msgspec.field(name="manager.runner.gitlab.com/id-short", default=None)
    manager_name: str | None = msgspec.field(name="manager.runner.gitlab.com/name", default=None)
    job_pod: str | None = msgspec.field(name="job.runner.gitlab.com/pod", default=None)
    project: str | None = msgspec.field(name="project.runner.gitlab.com/name", default=None)
    project_namespace: str | None = msgspec.field(name="project.runner.gitlab.com/namespace", default=None)
    pause_pod: str | None = msgspec.field(name="runner.gitlab.com/pause-pod", default=None)


class Annotations(msgspec.Struct, gc=False):
    """The annotations in use, of all kinds together. Those of this product: pause.py."""

    job_id: str | None = msgspec.field(name="job.runner.gitlab.com/id", default=None)
    job_url: str | None = msgspec.field(name="job.runner.gitlab.com/url", default=None)
    helm_release: str | None = msgspec.field(name="meta.helm.sh/release-name", default=None)
    paused_by: str | None = msgspec.field(name=pause.PAUSED_BY, default=None)
    paused_at: str | None = msgspec.field(name=pause.PAUSED_AT, default=None)
    pause_reason: str | None = msgspec.field(name=pause.PAUSE_REASON, default=None)
    saved_min: str | None = msgspec.field(name=pause.SAVED_MIN, default=None)
    saved_max: str | None = msgspec.field(name=pause.SAVED_MAX, default=None)


NO_LABELS = Labels()
NO_ANNOTATIONS = Annotations()


class Owner(msgspec.Struct, gc=False):
    """An owner reference."""

    kind: str
    name: str
    controller: bool | None = None


class Marks(msgspec.Struct, rename="camel", gc=False, kw_only=True):
    """The part of ObjectMeta that a pod template has, too."""

    found_labels: Labels | None = msgspec.field(name="labels", default=None)
    found_annotations: Annotations | None = msgspec.field(name="annotations", default=None)

    @property
    def labels(self) -> Labels:
        """The labels."""
        return self.found_labels or NO_LABELS

    @property
    def annotations(self) -> Annotations:
        """The annotations."""
        return self.found_annotations or NO_ANNOTATIONS


class Metadata(Marks, rename="camel", gc=False, kw_only=True):
    """ObjectMeta."""

    name: str
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    creation_timestamp: Moment | None = None
    deletion_timestamp: Moment | None = None
    owner_references: list[Owner] | None = None

    @property
    def controller(self) -> Owner | None:
        """The owner that controls the object, else the first one."""
        owners = self.owner_references
        if not owners:
            return None
        return next((owner for owner in owners if owner.controller), owners[0])


class Object(msgspec.Struct, gc=False):
    """What every object has."""

    metadata: Metadata


class ListMetadata(msgspec.Struct, rename="camel"):
    """ListMeta."""

    resource_version: str = ""
    continue_: str = msgspec.field(name="continue", default="")


class Page(msgspec.Struct, Generic[O_co]):
    """One page of a list. A Go server may send ``null`` for no items."""

    metadata: ListMetadata
    items: list[O_co] | None = None


class WatchEvent(msgspec.Struct):
    """One line of a watch."""

    type: str
    object: msgspec.Raw


class Bookmark(msgspec.Struct):
    """The object of a ``BOOKMARK``: of the watched kind, but with a version only."""

    metadata: ListMetadata


class Status(msgspec.Struct):
    """The answer in place of an object, for errors."""

    code: int = 0
    message: str = ""
    reason: str = ""


class Version(msgspec.Struct, rename="camel"):
    """Answer of ``/version``."""

    git_version: str = ""


class Resources(msgspec.Struct, gc=False):
    """ResourceRequirements."""

    requests: Amounts | None = None
    limits: Amounts | None = None


class Container(msgspec.Struct, gc=False):
    """A container's specification."""

    name: str = ""
    image: str | None = None
    resources: Resources | None = None


class PodSpec(msgspec.Struct, rename="camel", gc=False):
    """PodSpec."""

    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    node_name: str | None = None


class Waiting(msgspec.Struct, gc=False):
    """ContainerStateWaiting."""

    reason: str | None = None
    message: str | None = None


class Running(msgspec.Struct, rename="camel", gc=False):
    """ContainerStateRunning."""

    started_at: Moment | None = None


class Terminated(msgspec.Struct, rename="camel", gc=False):
    """ContainerStateTerminated."""

    reason: str | None = None
    message: str | None = None
    exit_code: int | None = None
    started_at: Moment | None = None
    finished_at: Moment | None = None


class ContainerState(msgspec.Struct, gc=False):
    """ContainerState: at most one is set."""

    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(msgspec.Struct, rename="camel", gc=False):
    """ContainerStatus."""

    name: str = ""
    ready: bool | None = None
    restart_count: int | None = None
    state: ContainerState | None = None
    last_state: ContainerState | None = None


class Condition(msgspec.Struct, gc=False):
    """A condition of any kind."""

    type: str = ""
    status: str = ""
    reason: str | None = None
    message: str | None = None


class PodStatus(msgspec.Struct, rename="camel", gc=False):
    """PodStatus."""

    phase: str | None = None
    reason: str | None = None
    message: str | None = None
    start_time: Moment | None = None
    conditions: list[Condition] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None


class Pod(Object, gc=False):
    """core/v1 Pod."""

    spec: PodSpec | None = None
    status: PodStatus | None = None


class PodTemplate(msgspec.Struct, gc=False):
    """PodTemplateSpec."""

    metadata: Marks | None = None
    spec: PodSpec | None = None


class DeploymentSpec(msgspec.Struct, gc=False):
    """DeploymentSpec."""

    replicas: int | None = None
    template: PodTemplate | None = None


class DeploymentStatus(msgspec.Struct, rename="camel", gc=False):
    """DeploymentStatus. Zero is left out on the wire, so ``observed_generation`` tells whether it is known at all."""

    observed_generation: int | None = None
    replicas: int | None = None
    ready_replicas: int | None = None
    updated_replicas: int | None = None
    available_replicas: int | None = None


class Deployment(Object, gc=False):
    """apps/v1 Deployment."""

    spec: DeploymentSpec | None = None
    status: DeploymentStatus | None = None


class InvolvedObject(msgspec.Struct, gc=False):
    """What an event is about."""

    kind: str = ""
    name: str = ""
    namespace: str = ""


class EventSource(msgspec.Struct, gc=False):
    """Who reports an event, the old way."""

    component: str | None = None


class EventSeries(msgspec.Struct, rename="camel", gc=False):
    """How often and how late an event was seen, the new way."""

    count: int | None = None
    last_observed_time: Moment | None = None


class Event(Object, rename="camel", gc=False):
    """core/v1 Event."""

    involved_object: InvolvedObject | None = None
    type: str | None = None
    reason: str | None = None
    message: str | None = None
    count: int | None = None
    source: EventSource | None = None
    reporting_component: str | None = None
    first_timestamp: Moment | None = None
    last_timestamp: Moment | None = None
    event_time: Moment | None = None
    series: EventSeries | None = None


class ScaleTarget(msgspec.Struct, gc=False):
    """CrossVersionObjectReference."""

    kind: str = ""
    name: str = ""


class MetricValue(msgspec.Struct, rename="camel", gc=False):
    """MetricTarget and MetricValueStatus."""

    average_utilization: int | None = None


class ResourceMetric(msgspec.Struct, gc=False):
    """A resource metric: its target, or its current value."""

    name: str = ""
    target: MetricValue | None = None
    current: MetricValue | None = None


class Metric(msgspec.Struct, gc=False):
    """MetricSpec and MetricStatus."""

    resource: ResourceMetric | None = None


class AutoscalerSpec(msgspec.Struct, rename="camel", gc=False):
    """HorizontalPodAutoscalerSpec."""

    scale_target_ref: ScaleTarget | None = None
    min_replicas: int | None = None
    max_replicas: int | None = None
    metrics: list[Metric] | None = None


class AutoscalerStatus(msgspec.Struct, rename="camel", gc=False):
    """HorizontalPodAutoscalerStatus."""

    current_replicas: int | None = None
    desired_replicas: int | None = None
    current_metrics: list[Metric] | None = None
    conditions: list[Condition] | None = None


class Autoscaler(Object, gc=False):
    """autoscaling/v2 HorizontalPodAutoscaler."""

    spec: AutoscalerSpec | None = None
    status: AutoscalerStatus | None = None


class CronJobSpec(msgspec.Struct, rename="camel", gc=False):
    """CronJobSpec."""

    schedule: str = ""
    time_zone: str | None = None
    suspend: bool | None = None


class CronJobStatus(msgspec.Struct, rename="camel", gc=False):
    """CronJobStatus."""

    active: list[InvolvedObject] | None = None
    last_schedule_time: Moment | None = None
    last_successful_time: Moment | None = None


class CronJob(Object, gc=False):
    """batch/v1 CronJob."""

    spec: CronJobSpec | None = None
    status: CronJobStatus | None = None


class QuotaStatus(msgspec.Struct, gc=False):
    """ResourceQuotaStatus; the specification has ``hard`` alone."""

    hard: Amounts | None = None
    used: Amounts | None = None


class Quota(Object, gc=False):
    """core/v1 ResourceQuota."""

    spec: QuotaStatus | None = None
    status: QuotaStatus | None = None
