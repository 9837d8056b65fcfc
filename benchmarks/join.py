"""What joining a large fleet costs, as ratios to work that cannot be avoided.

All contenders run in turns in one process, so that a busy machine slows all of them alike. ``rebuild`` is putting every
row of the same snapshot into a new dictionary by its key and making one bare Runner for each runner, the least that any
join must do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Outcome
from flywheel_tui.config.settings import StalePolicy
from flywheel_tui.domain.feed import Feed, SourceKind, tables_of
from flywheel_tui.domain.fleet import Runner, RunnerStatus
from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge, ForgeRunner, Manager, RunnerKind, RunnerState
from flywheel_tui.domain.scaleset import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.domain.workload import Autoscaler, Container, Deployment, Event, Pod, PodRole, Quota, QuotaLine
from flywheel_tui.insight.difference import diff_fleet
from flywheel_tui.insight.join import join

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CREATED = NOW - timedelta(hours=5)
CONTEXT = "prod"
RUNNERS = 10_000


def snapshot_of(runners: int) -> Snapshot:
    """Return a fleet of 60 % GitLab runners (every second in the cluster), 25 % GitHub runners and 15 % scale sets."""
    gitlab, github = runners * 60 // 100, runners * 25 // 100
    cluster = list(cluster_rows(gitlab, runners - gitlab - github))
    forge = [*gitlab_rows(gitlab)]
    members = [github_row(number, row.name) for number, row in enumerate(cluster) if isinstance(row, EphemeralRunner)]
    singles = [github_row(1_000_000 + number, f"vm-{number}") for number in range(github)]
    pods = [row for row in cluster if isinstance(row, Pod)]
    samples = [*pod_samples(pods), *gitlab_samples(gitlab), *arc_samples(runners - gitlab - github)]
    rows: dict[SourceKind, list[Any]] = {
        SourceKind.GITLAB: forge,
        SourceKind.GITHUB: [*members, *singles],
        SourceKind.KUBERNETES: cluster,
        SourceKind.PROMETHEUS: samples,
        SourceKind.ALERTMANAGER: [],
    }
    feeds = [
        Feed(
            name=f"{CONTEXT}/{kind}",
            context=CONTEXT,
            kind=kind,
            interval_s=20,
            tables=tables_of(*found),
            fetched_at=NOW,
        )
        for kind, found in rows.items()
    ]
    return Snapshot(generation=1, feeds={feed.name: feed for feed in feeds})


def gitlab_rows(count: int) -> Iterator[ForgeRunner]:
    """Yield GitLab runners with two managers each."""
    for number in range(count):
        managers = tuple(
            Manager(
                system_id=f"r_{number}_{each}",
                state=RunnerState.ONLINE,
                version="19.6.1",
                executor="kubernetes" if number % 2 == 0 else "shell",
            )
            for each in range(2)
        )
        yield ForgeRunner(
            key=f"{CONTEXT}/gitlab/{number}",
            context=CONTEXT,
            forge=Forge.GITLAB,
            kind=RunnerKind.GROUP,
            id=str(number),
            scope="acme",
            name=f"runner {number}",
            state=RunnerState.ONLINE,
            short_token=f"{number:09d}",
            paused=False,
            running_jobs=number % 4,
            tags=("docker", "linux"),
            managers=managers,
            manager_count=2,
            groups=("acme",),
            created_at=CREATED,
            contacted_at=NOW,
        )


def github_row(number: int, name: str) -> ForgeRunner:
    """Return a GitHub runner."""
    return ForgeRunner(
        key=f"{CONTEXT}/github/acme/{number}",
        context=CONTEXT,
        forge=Forge.GITHUB,
        kind=RunnerKind.ORGANIZATION,
        id=str(number),
        scope="acme",
        name=name,
        state=RunnerState.ONLINE,
        busy=number % 2 == 0,
        tags=("self-hosted", "linux"),
        version="2.337.0",
    )


def pod_row(name: str, role: PodRole, **joins: str) -> Pod:
    """Return a running pod of two containers."""
    namespace = joins.pop("namespace", "runners")
    containers = tuple(
        Container(
            name=each, image="alpine:3.22", ready=True, state="running", cpu_limit=2.0, memory_limit=2e9, restarts=0
        )
        for each in ("build", "helper")
    )
    return Pod(
        key=f"{CONTEXT}/pod/{namespace}/{name}",
        context=CONTEXT,
        namespace=namespace,
        name=name,
        uid=name,
        role=role,
        phase="Running",
        ready=True,
        containers=containers,
        created_at=CREATED,
        started_at=CREATED,
        **joins,  # type: ignore[arg-type]
    )


def cluster_rows(gitlab: int, scale_sets: int) -> Iterator[Row]:
    """Yield releases for every second GitLab runner, and the scale sets with all that is theirs."""
    yield Quota(
        key=f"{CONTEXT}/quota/runners/all",
        context=CONTEXT,
        namespace="runners",
        name="all",
        lines=(QuotaLine(resource="pods", hard=50_000, used=15_000),),
    )
    for number in range(0, gitlab, 2):
        release = f"docker-{number}"
        yield Deployment(
            key=f"{CONTEXT}/deployment/runners/{release}",
            name=release,
            release=release,
            chart="gitlab-runner-0.90.0",
            context=CONTEXT,
            namespace="runners",
        )
        yield Autoscaler(
            key=f"{CONTEXT}/autoscaler/runners/{release}-hpa",
            name=f"{release}-hpa",
            target_kind="Deployment",
            target_name=release,
            context=CONTEXT,
            namespace="runners",
        )
        for each in range(2):
            yield pod_row(
                f"{release}-abc-{each}",
                PodRole.MANAGER,
                release=release,
                owner_kind="ReplicaSet",
                owner_name=f"{release}-abc",
            )
        yield pod_row(
            f"runner-{number}-project-1",
            PodRole.JOB,
            manager_short_token=f"{number:09d}",
            manager_name=release,
        )
        if number % 40 == 0:
            yield Event(
                key=f"{CONTEXT}/event/runners/{number}",
                name=str(number),
                object_kind="Pod",
                object_name=f"{release}-abc-0",
                reason="BackOff",
                message="Back-off restarting failed container",
                last_at=NOW,
                context=CONTEXT,
                namespace="runners",
            )
    for number in range(scale_sets):
        yield from scale_set_rows(f"arc-{number}")


def scale_set_rows(name: str) -> Iterator[Row]:
    """Yield a scale set with a listener and three ephemeral runners."""
    joins = {"namespace": "arc-runners", "scale_set_namespace": "arc-runners", "scale_set": name}
    yield ScaleSet(
        key=f"{CONTEXT}/scaleset/arc-runners/{name}",
        context=CONTEXT,
        namespace="arc-runners",
        name=name,
        uid=name,
        resource_version="1",
        runner_scale_set_name=f"acme-{name}",
        github_config_url="https://github.com/acme",
        max_runners=8,
        current_runners=3,
        phase="Running",
    )
    yield EphemeralRunnerSet(
        key=f"{CONTEXT}/ephemeralrunnerset/arc-runners/{name}-x",
        context=CONTEXT,
        namespace="arc-runners",
        name=f"{name}-x",
        scale_set=name,
    )
    yield Listener(
        key=f"{CONTEXT}/listener/arc-systems/{name}-listener",
        context=CONTEXT,
        namespace="arc-systems",
        name=f"{name}-listener",
        scale_set_namespace="arc-runners",
        scale_set=name,
        created_at=CREATED,
    )
    yield pod_row(f"{name}-listener", PodRole.LISTENER, **{**joins, "namespace": "arc-systems"})
    for each in range(3):
        runner = f"{name}-x-runner-{each}"
        yield EphemeralRunner(
            key=f"{CONTEXT}/ephemeralrunner/arc-runners/{runner}",
            context=CONTEXT,
            namespace="arc-runners",
            name=runner,
            scale_set=name,
            phase="Running",
            job_id="1",
        )
        yield pod_row(runner, PodRole.RUNNER, **joins)


def sample(query: str, value: float, **labels: str) -> Sample:
    """Return a sample with sorted labels."""
    pairs = tuple(sorted(labels.items()))
    text = ",".join(f"{name}={each}" for name, each in pairs)
    return Sample(key=f"{CONTEXT}/{query}{{{text}}}", context=CONTEXT, query=query, labels=pairs, value=value)


def pod_samples(pods: list[Pod]) -> Iterator[Sample]:
    """Yield CPU and memory in use of every pod, and its limits, one sample a container where there are two."""
    for pod in pods:
        for query, value in (("pod_cpu_cores", 0.5), ("pod_memory_bytes", 5e8), ("pod_cpu_limit", 4.0)):
            yield sample(query, value, namespace=pod.namespace, pod=pod.name, container="build")


def gitlab_samples(count: int) -> Iterator[Sample]:
    """Yield the jobs of every second runner's managers."""
    for number in range(0, count, 2):
        labels = {"runner": f"{number:09d}", "runner_name": f"docker-{number}"}
        for query in ("gitlab_jobs_running", "gitlab_job_limit"):
            for each in range(2):
                yield sample(query, 4, system_id=f"r_{number}_{each}", **labels)
        yield sample("gitlab_jobs_failed_1h", 1, failure_reason="script_failure", **labels)


def arc_samples(count: int) -> Iterator[Sample]:
    """Yield assigned and running jobs of every scale set."""
    for number in range(count):
        for query in ("arc_assigned_jobs", "arc_running_jobs"):
            yield sample(query, 3, name=f"arc-{number}-x", namespace="arc-runners", pod=f"arc-{number}-listener")


def rebuild(snapshot: Snapshot) -> list[Row]:
    """Do the least that any join must do."""
    indexes = [{row.key: row for row in feed.rows(kind)} for feed in snapshot.feeds.values() for kind in feed.tables]
    count = sum(len(index) for index in indexes if index and isinstance(next(iter(index.values())), ForgeRunner))
    return [
        Runner(
            key=str(number),
            context=CONTEXT,
            forge=Forge.GITLAB,
            kind=RunnerKind.GROUP,
            id="",
            name="",
            scope="",
            state=RunnerState.ONLINE,
            status=RunnerStatus.ONLINE,
            severity=Severity.OK,
        )
        for number in range(count)
    ]


def timed(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes, in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(outcome: Outcome, effort: Effort) -> None:
    """Measure, in turns within one process."""
    effort.say(f"join of {RUNNERS:,} runners")
    snapshot = snapshot_of(RUNNERS)
    policy = StalePolicy()
    fleet = join(snapshot, NOW, policy)
    later = join(snapshot, NOW, policy)
    contenders: dict[str, Callable[[], object]] = {
        "rebuild": lambda: rebuild(snapshot),
        "join": lambda: join(snapshot, NOW, policy),
        "diff_fleet": lambda: diff_fleet(fleet, later),
    }
    took: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(effort.rounds(7)):
        for name, work in contenders.items():
            took[name].append(1000 * timed(work))
    for name, series in took.items():
        outcome.add("join", name, f"{RUNNERS:,} runners", "ms", series)
