"""A fleet that a test writes: rows, feeds, time, and changes exactly when the test says so."""

# ruff: noqa: ANN401 - the builders pass any field on

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flywheel_tui.config.settings import ContextSettings, InterfaceSettings, Settings
from flywheel_tui.domain.alert import Alert, AlertState
from flywheel_tui.domain.clock import Clock
from flywheel_tui.domain.feed import Budget, Failure, Feed, Finding, SourceKind
from flywheel_tui.domain.fleet import Fleet, FleetChange, FleetTotals, Runner, RunnerStatus, Unjoined
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge, ForgeRunner, RunnerKind, RunnerState
from flywheel_tui.domain.scaleset import ScaleSet
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.verdict import Evidence, Severity, Verdict
from flywheel_tui.domain.workload import Container, Pod, PodRole
from flywheel_tui.insight.difference import diff_fleet
from flywheel_tui.services.fleet_service import Listener, Picture

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
"""The time of the tests. Not from conftest, which takes away the environment that a program here is given."""


class ScriptedFleet:
    """A :class:`~flywheel_tui.tui.live_fleet.LiveFleet` whose picture and time a test sets."""

    def __init__(self, picture: Picture | None = None, *, now: datetime = NOW) -> None:
        self.now = now
        self.refreshed = 0
        self.rate_s: float | None = None
        self.started = asyncio.Event()
        self.failure: Exception | None = None
        self._current = picture or Picture(Snapshot(), Fleet())
        self._listeners: list[Listener] = []

    @property
    def current(self) -> Picture:
        return self._current

    @property
    def clock(self) -> Clock:
        return lambda: self.now

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def refresh(self) -> None:
        self.refreshed += 1

    def set_rate(self, seconds: float | None) -> None:
        self.rate_s = seconds

    async def run(self) -> None:
        self.started.set()
        if self.failure is not None:
            raise self.failure
        await asyncio.Event().wait()

    def show(self, picture: Picture) -> FleetChange:
        """Replace the picture as the service would, and return what the listeners were told."""
        change = diff_fleet(self._current.fleet, picture.fleet)
        self._current = picture
        for listener in tuple(self._listeners):
            listener(picture, change)
        return change

    def confirm(self, picture: Picture) -> None:
        """Replace the picture without telling anyone: the sources answered, and nothing is new."""
        self._current = picture

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def ago(**since: float) -> datetime:
    return NOW - timedelta(**since)


TABLES: dict[SourceKind, tuple[type[Row], ...]] = {
    SourceKind.GITLAB: (ForgeRunner,),
    SourceKind.GITHUB: (ForgeRunner,),
    SourceKind.KUBERNETES: (Pod, ScaleSet),
    SourceKind.ALERTMANAGER: (Alert,),
}
"""What a source that answered tells of; the rows themselves are the picture's."""


def feed(kind: SourceKind, *, context: str = "prod", age_s: float | None = 5, **changes: Any) -> Feed:
    if age_s is not None:
        changes.setdefault("tables", {row: {} for row in TABLES.get(kind, ())})
    return Feed(
        name=f"{context}/{kind}",
        context=context,
        kind=kind,
        fetched_at=None if age_s is None else ago(seconds=age_s),
        **{"interval_s": 20.0, **changes},
    )


def live_feeds(context: str = "prod") -> tuple[Feed, ...]:
    return (
        feed(SourceKind.GITLAB, context=context, budget=Budget(limit=300, remaining=288, last_cycle=4)),
        feed(SourceKind.GITHUB, context=context, age_s=12, budget=Budget(limit=5000, remaining=4100)),
        feed(SourceKind.KUBERNETES, context=context, age_s=1),
        feed(SourceKind.PROMETHEUS, context=context, age_s=9),
        feed(SourceKind.ALERTMANAGER, context=context, age_s=3),
    )


def unread_feeds(context: str = "prod") -> tuple[Feed, ...]:
    return tuple(feed(kind, context=context, age_s=None) for kind in SourceKind)


WRONG_TOKEN = Failure(
    code="unauthorized",
    message="GitHub does not accept the token (401).",
    next_step="Check the token of context prod: it may have expired.",
    since=ago(minutes=3),
    retry_at=NOW + timedelta(seconds=40),
)


def verdict(rule: str, severity: Severity, summary: str, *evidence: str, next_step: str) -> Verdict:
    return Verdict(
        rule=rule,
        severity=severity,
        summary=summary,
        evidence=tuple(Evidence(text=text, source="prod/kubernetes", at=ago(minutes=4)) for text in evidence),
        next_step=next_step,
    )


OOM = verdict(
    "oom_killed",
    Severity.CRITICAL,
    "3 pods OOMKilled on n-17",
    "gl-linux-xl-5c9f manager exceeded its memory limit of 4Gi",
    "2 more managers were killed in the last hour",
    next_step="Raise the memory limit in the stack, or lower concurrent from 40.",
)
NO_LISTENER = verdict(
    "listener_missing",
    Severity.CRITICAL,
    "no listener: jobs are not fetched",
    "no pod in arc-systems carries the scale set's label",
    next_step="Read the controller's log in arc-systems; it creates the listener.",
)
SATURATED = verdict(
    "saturated",
    Severity.WARNING,
    "saturated, 7 jobs wait",
    "24 of 24 slots are busy",
    next_step="Raise concurrent, or move jobs to other tags.",
)
PAUSED = verdict(
    "paused", Severity.INFO, "paused by rosa: kernel upgrade", "paused in GitLab", next_step="Resume it when done."
)


def runner(name: str, **changes: Any) -> Runner:
    forge = changes.pop("forge", Forge.GITLAB)
    kind = changes.pop("kind", RunnerKind.GROUP if forge is Forge.GITLAB else RunnerKind.ORGANIZATION)
    number = changes.pop("id", name)
    verdicts = changes.get("verdicts", ())
    listed_by = SourceKind.KUBERNETES if kind is RunnerKind.SCALE_SET else SourceKind(forge.value)
    context = changes.get("context", "prod")
    defaults: dict[str, Any] = {
        "context": context,
        "scope": "infra" if forge is Forge.GITLAB else "acme",
        "state": RunnerState.ONLINE,
        "status": RunnerStatus.ONLINE,
        "severity": verdicts[0].severity if verdicts else Severity.OK,
        "sources": (f"{context}/{listed_by}",),
        "created_at": ago(days=41),
    }
    return Runner(key=f"{context}/{forge}/{number}", forge=forge, kind=kind, id=number, name=name, **defaults | changes)


def some_runners() -> tuple[Runner, ...]:
    """Return a small fleet with one of everything an operator meets."""
    gi = 1024.0**3
    return (
        runner(
            "gl-linux-xl",
            status=RunnerStatus.DEGRADED,
            busy=38,
            capacity=40,
            queued=21,
            manager_ready=1,
            manager_total=4,
            tags=("xl", "linux", "docker"),
            versions=("18.4.0", "17.11.2"),
            owner="infra",
            created_by="rosa",
            contacted_at=ago(minutes=3),
            cpu_cores=7.8,
            cpu_limit=8.0,
            memory_bytes=14 * gi,
            memory_limit=16 * gi,
            failure_rate=0.14,
            verdicts=(OOM, SATURATED),
        ),
        runner(
            "arc-gpu-a100",
            forge=Forge.GITHUB,
            kind=RunnerKind.SCALE_SET,
            status=RunnerStatus.OFFLINE,
            state=RunnerState.OFFLINE,
            busy=0,
            capacity=16,
            queued=16,
            manager_ready=0,
            manager_total=1,
            tags=("arc-gpu-a100",),
            versions=("0.13.1",),
            created_at=ago(days=12),
            verdicts=(NO_LISTENER,),
        ),
        runner(
            "gl-linux-s",
            status=RunnerStatus.BUSY,
            busy=22,
            capacity=60,
            queued=0,
            manager_ready=6,
            manager_total=6,
            tags=("s", "linux"),
            versions=("18.4.0",),
            owner="infra",
            contacted_at=ago(minutes=12),
            cpu_cores=2.5,
            cpu_limit=8.0,
            memory_bytes=7 * gi,
            memory_limit=16 * gi,
            failure_rate=0.01,
        ),
        runner(
            "gl-deploy-production-eu-central-1-blue",
            status=RunnerStatus.ONLINE,
            busy=0,
            capacity=4,
            manager_ready=1,
            manager_total=1,
            tags=("deploy", "prod"),
            versions=("18.4.0",),
            owner="infra/deploy",
            contacted_at=ago(minutes=51),
            created_at=ago(hours=5, minutes=12),
        ),
        runner(
            "gh-mac-mini-03",
            forge=Forge.GITHUB,
            status=RunnerStatus.OFFLINE,
            state=RunnerState.OFFLINE,
            tags=("self-hosted", "macOS", "ARM64"),
            versions=("2.328.0",),
            verdicts=(
                verdict(
                    "offline",
                    Severity.WARNING,
                    "offline",
                    "GitHub lists it as offline",
                    next_step="Start the service on the machine.",
                ),
            ),
            created_at=ago(days=300),
        ),
        runner(
            "arc-linux-x64",
            forge=Forge.GITHUB,
            kind=RunnerKind.SCALE_SET,
            status=RunnerStatus.BUSY,
            busy=24,
            capacity=24,
            queued=7,
            manager_ready=1,
            manager_total=1,
            tags=("arc-linux-x64",),
            versions=("0.13.1",),
            cpu_cores=31.0,
            cpu_limit=48.0,
            memory_bytes=60 * gi,
            memory_limit=96 * gi,
            verdicts=(SATURATED,),
            created_at=ago(days=12),
        ),
        runner("gl-windows", status=RunnerStatus.PAUSED, paused=True, busy=0, capacity=2, verdicts=(PAUSED,)),
        runner(
            "gl-new", status=RunnerStatus.NEVER_CONTACTED, state=RunnerState.NEVER_CONTACTED, created_at=ago(seconds=42)
        ),
        runner("gh-warm-01", forge=Forge.GITHUB, status=RunnerStatus.PENDING, created_at=ago(seconds=70)),
        runner("gl-lost", status=RunnerStatus.UNKNOWN, state=RunnerState.UNKNOWN, severity=Severity.UNKNOWN),
    )


def pod(name: str, *, phase: str = "Running", ready: bool = True, reason: str | None = None, restarts: int = 0) -> Pod:
    container = Container(
        name="runner", ready=ready, restarts=restarts, state="waiting" if reason else "running", reason=reason
    )
    return Pod(
        key=f"prod/pod/arc-runners/{name}",
        context="prod",
        namespace="arc-runners",
        name=name,
        uid=name,
        role=PodRole.RUNNER,
        phase=phase,
        ready=ready,
        node="n-17",
        owner_kind="EphemeralRunner",
        owner_name=name,
        containers=(container,),
        created_at=ago(minutes=9),
    )


def scale_set(name: str, **changes: Any) -> ScaleSet:
    defaults: dict[str, Any] = {
        "runner_scale_set_name": name,
        "github_config_url": "https://github.com/acme",
        "min_runners": 0,
        "max_runners": 24,
        "current_runners": 24,
        "pending_runners": 0,
        "running_runners": 24,
        "failed_runners": 0,
        "phase": "Running",
        "version": "0.13.1",
        "created_at": ago(days=12),
    }
    return ScaleSet(
        key=f"prod/scaleset/arc-runners/{name}",
        context="prod",
        namespace="arc-runners",
        name=name,
        uid=name,
        resource_version="1",
        **defaults | changes,
    )


def alert(name: str, **changes: Any) -> Alert:
    defaults: dict[str, Any] = {
        "state": AlertState.FIRING,
        "severity": "critical",
        "labels": (("runner_name", "gl-linux-xl"),),
        "summary": "jobs wait for more than ten minutes",
        "starts_at": ago(minutes=14),
    }
    return Alert(key=f"prod/alert/{name}", context="prod", fingerprint=name, name=name, **defaults | changes)


def picture(
    runners: Iterable[Runner] = (),
    feeds: Sequence[Feed] | None = None,
    *,
    pods: Iterable[Pod] = (),
    scale_sets: Iterable[ScaleSet] = (),
    alerts: Iterable[Alert] = (),
    runner_of_pod: dict[str, str] | None = None,
    unjoined: tuple[Unjoined, ...] = (),
    generation: int = 1,
    **totals: Any,
) -> Picture:
    """Return a picture of these rows, with totals counted from the runners where they can be."""
    listed = {row.key: row for row in runners}
    by_status: dict[str, int] = {}
    for row in listed.values():
        by_status[row.status.value] = by_status.get(row.status.value, 0) + 1
    fleet = Fleet(
        generation=generation,
        runners=listed,
        pods={row.key: row for row in pods},
        scale_sets={row.key: row for row in scale_sets},
        alerts={row.key: row for row in alerts},
        runner_of_pod=runner_of_pod or {},
        unjoined=unjoined,
        totals=FleetTotals(runners=len(listed), by_status=by_status, **totals),
    )
    snapshot = Snapshot(
        generation=generation, feeds={row.name: row for row in (live_feeds() if feeds is None else feeds)}
    )
    return Picture(snapshot, fleet)


def busy_picture(feeds: Sequence[Feed] | None = None) -> Picture:
    """Return the picture that most snapshots show."""
    return picture(
        some_runners(),
        feeds,
        pods=(
            pod("arc-linux-x64-runner-8k2dp"),
            pod("arc-linux-x64-runner-w7xqz", phase="Pending", ready=False),
            pod("gl-linux-xl-manager-5c9f", ready=False, reason="CrashLoopBackOff", restarts=12),
        ),
        scale_sets=(
            scale_set("arc-linux-x64"),
            scale_set(
                "arc-gpu-a100",
                current_runners=5,
                running_runners=0,
                failed_runners=5,
                severity=Severity.WARNING,
                why="5 of 24 slots held by failed runners",
            ),
        ),
        alerts=(
            alert("RunnerQueueTooLong"),
            alert("RunnerMemoryHigh", severity="warning", starts_at=ago(hours=2)),
            alert("ListenerDown", state=AlertState.SUPPRESSED, labels=(("name", "arc-gpu-a100"),)),
        ),
        runner_of_pod={"prod/pod/arc-runners/arc-linux-x64-runner-8k2dp": "prod/github/arc-linux-x64"},
        jobs_running=84,
        jobs_queued=44,
        failure_rate=0.021,
        queue_p95_s=252.0,
        alerts_firing=2,
        queue_covers=(Forge.GITLAB, Forge.GITHUB),
    )


def settings(**changes: Any) -> Settings:
    """Return settings of one protected context, looked at with the ANSI theme."""
    ui = changes.pop(
        "ui", InterfaceSettings(theme=changes.pop("theme", "flywheel-dark"), ascii=changes.pop("ascii", False))
    )
    contexts = changes.pop("contexts", (ContextSettings(name="prod", protected=True),))
    return Settings(contexts=contexts, ui=ui, **changes)


DEMO = (ContextSettings(name="demo", demo=True),)

HOSTILE = (
    "[/evil]",
    "[bold red]markup[/]",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "tab\tnew\nline",
    "right\u202eleft",
)

FINDING = Finding(
    code="missing_right",
    text="The token may not read runner managers.",
    limits=True,
    next_step="Give the token read_api on the group.",
)
