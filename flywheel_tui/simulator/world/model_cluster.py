"""What lives in the cluster: pods, deployments, autoscalers, ARC's four kinds, events.

All times are seconds since 1970 (UTC), memory is in bytes, CPU in cores. All records are immutable: the world
replaces them, and stamps `revision` on each (the Kubernetes resourceVersion).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from flywheel_tui.simulator.world.usage import Usage


class Kind(StrEnum):
    """The kinds that the simulated cluster keeps."""

    NAMESPACE = "Namespace"
    POD = "Pod"
    EVENT = "Event"
    CONFIG_MAP = "ConfigMap"
    RESOURCE_QUOTA = "ResourceQuota"
    DEPLOYMENT = "Deployment"
    HORIZONTAL_POD_AUTOSCALER = "HorizontalPodAutoscaler"
    CRON_JOB = "CronJob"
    SCALE_SET = "AutoscalingRunnerSet"
    EPHEMERAL_RUNNER_SET = "EphemeralRunnerSet"
    EPHEMERAL_RUNNER = "EphemeralRunner"
    LISTENER = "AutoscalingListener"


class PodRole(StrEnum):
    """What a pod is for."""

    GITLAB_MANAGER = "gitlab-manager"
    GITLAB_JOB = "gitlab-job"
    ARC_RUNNER = "arc-runner"
    ARC_LISTENER = "arc-listener"
    ARC_CONTROLLER = "arc-controller"


class Meta(msgspec.Struct, frozen=True):
    """What every object carries.

    Attributes:
        owner: (apiVersion, kind, name, uid) of the controlling owner, or None.
        revision: The world's revision at its last change.
        generation: Counts the changes of the spec.
        deleted_at: When deletion began (the object is terminating), else None.
    """

    name: str
    namespace: str
    uid: str
    created_at: float
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    annotations: dict[str, str] = msgspec.field(default_factory=dict)
    owner: tuple[str, str, str, str] | None = None
    revision: int = 0
    generation: int = 1
    deleted_at: float | None = None


class Container(msgspec.Struct, frozen=True):
    """A container as declared: limits are None where none is set."""

    name: str
    image: str
    usage: Usage
    cpu_request: float | None = None
    cpu_limit: float | None = None
    memory_request: int | None = None
    memory_limit: int | None = None
    privileged: bool = False
    command: tuple[str, ...] = ()


class Terminated(msgspec.Struct, frozen=True):
    """How a container ended."""

    reason: str
    exit_code: int
    started_at: float
    finished_at: float
    message: str | None = None


class ContainerStatus(msgspec.Struct, frozen=True):
    """How a container is: `running_since`, or `waiting` (a reason), or `terminated`; exactly one is set."""

    name: str
    running_since: float | None = None
    waiting: str | None = None
    waiting_message: str | None = None
    terminated: Terminated | None = None
    last: Terminated | None = None
    restarts: int = 0
    ready: bool = False


class Pod(msgspec.Struct, frozen=True):
    """A pod.

    Attributes:
        phase: Pending, Running, Succeeded or Failed.
        statuses: One per container, in the same order; empty while it is not scheduled.
        unschedulable: The scheduler's message while it finds no node, else None.
        runner: Key of the runner that it serves (`gitlab/12`, `arc/ns/name`), or None.
        lane: (index of the lane, number of the job) that it runs, or None.
    """

    meta: Meta
    role: PodRole
    containers: tuple[Container, ...]
    phase: str
    node: str | None = None
    ip: str | None = None
    statuses: tuple[ContainerStatus, ...] = ()
    service_account: str = "default"
    restart_policy: str = "Always"
    started_at: float | None = None
    ready_at: float | None = None
    unschedulable: str | None = None
    reason: str | None = None
    message: str | None = None
    runner: str | None = None
    lane: tuple[int, int] | None = None


class Deployment(msgspec.Struct, frozen=True):
    """A Deployment of gitlab-runner managers (or of the ARC controller). `template_hash` names its pods."""

    meta: Meta
    replicas: int
    ready_replicas: int
    container: Container
    template_hash: str
    service_account: str
    template_labels: dict[str, str]
    template_annotations: dict[str, str] = msgspec.field(default_factory=dict)
    runner_id: int | None = None


class HorizontalPodAutoscaler(msgspec.Struct, frozen=True):
    """An autoscaler of one Deployment. Targets are percent of the request; `cpu_now` None means: no metric yet."""

    meta: Meta
    target: str
    min_replicas: int
    max_replicas: int
    current_replicas: int
    desired_replicas: int
    cpu_target: int = 70
    memory_target: int = 80
    cpu_now: int | None = None
    memory_now: int | None = None
    last_scale_at: float | None = None
    limited: bool = False


class CronJob(msgspec.Struct, frozen=True):
    """A CronJob (runner clean-up, warm pool)."""

    meta: Meta
    schedule: str
    every_seconds: int
    image: str
    command: tuple[str, ...]
    last_schedule_at: float | None = None
    last_success_at: float | None = None
    suspended: bool = False


class ResourceQuota(msgspec.Struct, frozen=True):
    """A quota: hard limits, and what is used of them (cores, bytes, counts)."""

    meta: Meta
    hard: dict[str, float]
    used: dict[str, float]


class Event(msgspec.Struct, frozen=True):
    """A core/v1 event about an object."""

    meta: Meta
    type: str
    reason: str
    message: str
    involved_kind: str
    involved_name: str
    involved_uid: str
    involved_api_version: str
    component: str
    first_at: float
    last_at: float
    count: int = 1
    host: str | None = None


class ConfigMap(msgspec.Struct, frozen=True):
    """A ConfigMap (the configuration of a gitlab-runner release)."""

    meta: Meta
    data: dict[str, str]


class ScaleSet(msgspec.Struct, frozen=True):
    """An ARC AutoscalingRunnerSet with the counters of its EphemeralRunnerSet.

    Attributes:
        label: The scale set's name on GitHub, used as `runs-on`.
        config_url: `https://github.com/<org>` or `…/<owner>/<repo>`.
        phase: Pending, Running or Outdated.
        arc_version: Chart version; up to 0.13 the phase is published as `status.state`.
        max_runners: None means no bound.
        scale_set_id: GitHub's number for it.
        current, pending, running, failed: Ephemeral runners, in all and by phase.
        pending_until: When a phase Pending will have passed (a listener restart), else None.
    """

    meta: Meta
    label: str
    config_url: str
    org: str
    repository: str | None
    runner_group: str
    scale_set_id: int
    container: Container
    arc_version: str
    min_runners: int = 0
    max_runners: int | None = None
    phase: str = "Running"
    current: int = 0
    pending: int = 0
    running: int = 0
    failed: int = 0
    pending_until: float | None = None
    labels_extra: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its runner key, `arc/<namespace>/<name>`."""
        return f"arc/{self.meta.namespace}/{self.meta.name}"


class EphemeralRunnerSet(msgspec.Struct, frozen=True):
    """The EphemeralRunnerSet of a scale set."""

    meta: Meta
    scale_set: str
    replicas: int
    patch_id: int
    current: int
    pending: int
    running: int
    failed: int
    phase: str = "Running"


class EphemeralRunner(msgspec.Struct, frozen=True):
    """One ARC runner for one job; its pod and its GitHub registration carry the same name.

    Attributes:
        phase: Pending, Running, Succeeded, Failed or Outdated.
        runner_id: GitHub's runner id, 0 until registered.
        job_id: The job that it runs, empty while idle.
        failures: When each pod of it failed, by pod uid.
        lane: (index of the lane, number of the job) that it is for, or None for one that an incident left behind.
    """

    meta: Meta
    scale_set: str
    phase: str
    ready: bool = False
    reason: str = ""
    message: str = ""
    runner_id: int = 0
    job_id: str = ""
    job_request_id: int = 0
    job_repository: str = ""
    job_workflow_ref: str = ""
    workflow_run_id: int = 0
    job_name: str = ""
    failures: dict[str, float] = msgspec.field(default_factory=dict)
    lane: tuple[int, int] | None = None


class Listener(msgspec.Struct, frozen=True):
    """The AutoscalingListener of a scale set, in the controller's namespace.

    Attributes:
        pod: Name of its pod (the same as its own), or None while none runs.
        started_at: When the pod's process started: the counters of its metrics begin there.
    """

    meta: Meta
    scale_set: str
    scale_set_namespace: str
    min_runners: int
    max_runners: int
    pod: str | None
    started_at: float


Object = (
    Pod
    | Deployment
    | HorizontalPodAutoscaler
    | CronJob
    | ResourceQuota
    | Event
    | ConfigMap
    | ScaleSet
    | EphemeralRunnerSet
    | EphemeralRunner
    | Listener
)
