"""A runner on its way through the join: what belongs to it, then what was measured on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.runner import Forge, ForgeRunner, RunnerState
from flywheel_tui.domain.scaleset import EphemeralRunner, Listener, ScaleSet
from flywheel_tui.domain.workload import Autoscaler, Container, CronJob, Deployment, Event, Pod, PodRole, Quota
from flywheel_tui.insight.scene import Scene


class ListenerHealth(StrEnum):
    """Whether somebody fetches jobs for a scale set."""

    READY = "ready"
    NOT_READY = "not ready"
    NO_POD = "no pod"
    MISSING = "missing"
    UNKNOWN = "unknown"


class PodUsage(msgspec.Struct, frozen=True, gc=False):
    """What one pod uses of its limit."""

    pod: Pod
    used: float
    limit: float

    @property
    def share(self) -> float:
        """Return the used share of the limit."""
        return self.used / self.limit


def restless_containers(pods: Sequence[Pod]) -> Sequence[tuple[Pod, Container]]:
    """Return the containers that the rules have to look at, the pods that matter most first.

    A manager or listener stops all work, the pod of one job only that job.
    """
    found = [
        (pod, container)
        for pod in pods
        for container in pod.containers
        if container.state != "running" or container.last_reason is not None
    ]
    if len(found) > 1:
        found.sort(key=lambda pair: not runs_all_work(pair[0]))
    return found


def runs_all_work(pod: Pod) -> bool:
    """Return whether the runner does nothing without such a pod."""
    return pod.role is PodRole.MANAGER or pod.role is PodRole.LISTENER


class Case(msgspec.Struct, kw_only=True, gc=False):
    """Everything about one runner, in the order of keys: the rules see it whole.

    Exactly one of ``forge_runner`` and ``scale_set`` is set. None is unknown, as in
    :class:`~flywheel_tui.domain.fleet.Runner`, which documents the figures.

    Attributes:
        starting: It is so new that not working yet is no fault.
        highest_cpu, highest_memory: The pod that uses most of its own limit.
        highest_manager_memory: The same among managers only: losing one costs more than losing a job.
        measured: Whether a Prometheus sample contributed.
        restless: Containers that do not run, or ran before and ended, with their pods; those that stop all work first.
    """

    scene: Scene
    key: str
    forge_runner: ForgeRunner | None = None
    scale_set: ScaleSet | None = None
    members: Sequence[ForgeRunner] = ()
    ephemeral_runners: Sequence[EphemeralRunner] = ()
    listener: Listener | None = None
    listener_pod: Pod | None = None
    deployments: Sequence[Deployment] = ()
    autoscaler: Autoscaler | None = None
    cron_jobs: Sequence[CronJob] = ()
    quotas: Sequence[Quota] = ()
    pods: Sequence[Pod] = ()
    events: Sequence[Event] = ()
    alerts: Sequence[Alert] = ()
    restless: Sequence[tuple[Pod, Container]] = ()

    state: RunnerState = RunnerState.UNKNOWN
    listener_health: ListenerHealth = ListenerHealth.UNKNOWN
    listener_since: datetime | None = None
    starting: bool = False
    paused: bool | None = None
    busy: int | None = None
    capacity: int | None = None
    queued: int | None = None
    manager_ready: int | None = None
    manager_total: int | None = None
    failure_rate: float | None = None
    cpu_cores: float | None = None
    cpu_limit: float | None = None
    memory_bytes: float | None = None
    memory_limit: float | None = None
    highest_cpu: PodUsage | None = None
    highest_memory: PodUsage | None = None
    highest_manager_memory: PodUsage | None = None
    measured: bool = False

    @property
    def lister(self) -> SourceKind:
        """Return the kind of the upstream that lists this runner."""
        if self.forge_runner is None:
            return SourceKind.KUBERNETES
        return SourceKind.GITLAB if self.forge_runner.forge is Forge.GITLAB else SourceKind.GITHUB
