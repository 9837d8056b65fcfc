"""The joined fleet: one runner per identity with everything that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.job import Job
from flywheel_tui.domain.row import Row, Value
from flywheel_tui.domain.runner import Forge, ForgeRunner, RunnerKind, RunnerState
from flywheel_tui.domain.scaleset import EphemeralRunner, Listener, ScaleSet
from flywheel_tui.domain.verdict import Severity, Verdict
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Event, Pod, Quota


class RunnerStatus(StrEnum):
    """The one word for a runner that a grid shows: its state, sharpened by its verdicts."""

    ONLINE = "online"
    BUSY = "busy"
    DEGRADED = "degraded"
    PENDING = "pending"
    PAUSED = "paused"
    OFFLINE = "offline"
    STALE = "stale"
    NEVER_CONTACTED = "never"
    UNKNOWN = "unknown"


class Runner(Row, frozen=True):
    """One runner, over all upstreams. None is unknown, and shown as such.

    Attributes:
        key: The key of its ForgeRunner, or of its ScaleSet for ARC.
        id: The forge's id, or ``namespace/name`` of a scale set.
        busy, capacity: Jobs it runs and could run now. For a scale set: runners with a job and maxRunners. For GitLab:
            running jobs and, where metrics tell it, the limit.
        queued: Jobs that wait for it alone, where an upstream tells.
        manager_ready, manager_total: Managers online of managers known; for a scale set, listeners of one.
        versions: Distinct versions in use, newest first.
        cpu_cores, memory_bytes: Used by its running pods without the listener, which runs no jobs; ``*_limit``: the sum
            of their limits, None when one has none.
        forge_runner, scale_set, …: Keys of what was joined to it, in ``Fleet``.
        members: Keys of ForgeRunners that are this scale set's ephemeral runners.
        verdicts: Worst first. ``severity`` is that of the worst.
        sources: Names of the feeds that its values come from; the first is the one that lists it.
    """

    forge: Forge
    kind: RunnerKind
    id: str
    name: str
    scope: str
    state: RunnerState
    status: RunnerStatus
    severity: Severity
    paused: bool | None = None
    busy: int | None = None
    capacity: int | None = None
    queued: int | None = None
    manager_ready: int | None = None
    manager_total: int | None = None
    tags: tuple[str, ...] | None = None
    versions: tuple[str, ...] = ()
    owner: str | None = None
    groups: tuple[str, ...] = ()
    created_by: str | None = None
    created_at: datetime | None = None
    contacted_at: datetime | None = None
    cpu_cores: float | None = None
    cpu_limit: float | None = None
    memory_bytes: float | None = None
    memory_limit: float | None = None
    failure_rate: float | None = None
    web_url: str | None = None
    forge_runner: str | None = None
    scale_set: str | None = None
    members: tuple[str, ...] = ()
    ephemeral_runners: tuple[str, ...] = ()
    listener: str | None = None
    deployments: tuple[str, ...] = ()
    autoscaler: str | None = None
    cron_jobs: tuple[str, ...] = ()
    quotas: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """Return the summary of the worst verdict, or an empty string."""
        return self.verdicts[0].summary if self.verdicts else ""


class Unjoined(Row, frozen=True):
    """A thing that belongs to no runner that is known, and why.

    Attributes:
        key: That of the thing; of the first, where several are told of together.
        kind: ``release``, ``pod``, ``listener``, ``alert``, …
    """

    kind: str
    name: str
    reason: str


class FleetTotals(Value, frozen=True):
    """The header's figures. None is unknown.

    Attributes:
        by_status: Runners by status word.
        jobs_running: Sum over the runners whose figure is known.
        jobs_queued: Sum over the queues that an upstream tells of; ``queue_covers`` names their forges.
        failure_rate: Failed of finished jobs in the last hour, 0 to 1, without failures that are the user's own.
        queue_p95_s: Over several contexts that of the worst.
        partial: True where a figure leaves out a source that is not live, or a runner that does not tell.
        queue_covers: Forges whose queue is in ``jobs_queued``; GitLab tells its queue to administrators only.
    """

    runners: int
    by_status: Mapping[str, int]
    jobs_running: int | None = None
    jobs_queued: int | None = None
    failure_rate: float | None = None
    queue_p95_s: float | None = None
    alerts_firing: int | None = None
    partial: bool = False
    queue_covers: tuple[Forge, ...] = ()


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """The joined picture of one snapshot."""

    generation: int = 0
    runners: Mapping[str, Runner] = msgspec.field(default_factory=dict)
    forge_runners: Mapping[str, ForgeRunner] = msgspec.field(default_factory=dict)
    scale_sets: Mapping[str, ScaleSet] = msgspec.field(default_factory=dict)
    ephemeral_runners: Mapping[str, EphemeralRunner] = msgspec.field(default_factory=dict)
    listeners: Mapping[str, Listener] = msgspec.field(default_factory=dict)
    pods: Mapping[str, Pod] = msgspec.field(default_factory=dict)
    events: Mapping[str, Event] = msgspec.field(default_factory=dict)
    deployments: Mapping[str, Deployment] = msgspec.field(default_factory=dict)
    autoscalers: Mapping[str, Autoscaler] = msgspec.field(default_factory=dict)
    cron_jobs: Mapping[str, CronJob] = msgspec.field(default_factory=dict)
    quotas: Mapping[str, Quota] = msgspec.field(default_factory=dict)
    alerts: Mapping[str, Alert] = msgspec.field(default_factory=dict)
    jobs: Mapping[str, Job] = msgspec.field(default_factory=dict)
    runner_of_pod: Mapping[str, str] = msgspec.field(default_factory=dict)
    unjoined: tuple[Unjoined, ...] = ()
    totals: FleetTotals = FleetTotals(runners=0, by_status={})


class KeyChange(Value, frozen=True):
    """What differs between two tables, by key."""

    added: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


class FleetChange(Value, frozen=True):
    """What differs between two joined pictures, so that a screen touches only what changed.

    Attributes:
        totals, unjoined: Whether these differ at all.
    """

    runners: KeyChange = KeyChange()
    scale_sets: KeyChange = KeyChange()
    pods: KeyChange = KeyChange()
    alerts: KeyChange = KeyChange()
    jobs: KeyChange = KeyChange()
    totals: bool = False
    unjoined: bool = False

    def __bool__(self) -> bool:
        keyed = (self.runners, self.scale_sets, self.pods, self.alerts, self.jobs)
        return any(keyed) or self.totals or self.unjoined
