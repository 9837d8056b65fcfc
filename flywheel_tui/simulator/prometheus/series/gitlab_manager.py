"""What a gitlab-runner manager exposes on port 9252.

Names, labels and buckets: GitLab Runner `commands/builds_helper.go`, `commands/multi.go`; docs "Monitor runner usage".
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import msgspec

from flywheel_tui.simulator.prometheus.series.family import Family
from flywheel_tui.simulator.prometheus.series.histogram import Reading, histogram_series
from flywheel_tui.simulator.prometheus.series.scrapes import Scrapes
from flywheel_tui.simulator.prometheus.series.series import Remembered, Series
from flywheel_tui.simulator.prometheus.series.target import Target
from flywheel_tui.simulator.world.meters import JobMeter, job_histogram, job_meter
from flywheel_tui.simulator.world.model_forge import GitLabManager, GitLabRunner
from flywheel_tui.simulator.world.tape import Lane
from flywheel_tui.simulator.world.vocabulary import GITLAB_FAILURES
from flywheel_tui.simulator.world.world import World

WAIT_BOUNDS = (1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 1800.0, 3600.0)
DURATION_BOUNDS = (30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 10800.0, 18000.0, 36000.0)
_MODE = {"mode": "traditional"}
_PREPARED, _FETCHED = 5.0, 12.0  # seconds into a job at which it leaves its first two stages

FAMILIES = (
    Family("gitlab_runner_jobs", "gauge", "The current number of running builds"),
    Family("gitlab_runner_jobs_total", "counter", "Total number of handled jobs"),
    Family("gitlab_runner_failed_jobs_total", "counter", "Total number of failed jobs"),
    Family("gitlab_runner_job_duration_seconds", "histogram", "Histogram of job durations"),
    Family("gitlab_runner_job_queue_duration_seconds", "histogram", "A histogram representing job queue duration."),
    Family("gitlab_runner_concurrent", "gauge", "The current value of concurrent setting"),
    Family("gitlab_runner_limit", "gauge", "The current value of limit setting"),
    Family("gitlab_runner_errors_total", "counter", "The number of caught errors"),
    Family(
        "gitlab_runner_version_info", "gauge", "A metric with a constant '1' value labeled by different build stats"
    ),
    Family("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds."),
    Family("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds."),
    Family("process_resident_memory_bytes", "gauge", "Resident memory size in bytes."),
)
_JOB_STAGES = ("prepare_executor", "get_sources", "step_script")


class ManagerProcess:
    """The process of a manager at one target, with all its series.

    Args:
        world: The world.
        runner: The runner that it serves.
        manager: The manager.
        target: Its page.
        starts: When it started, in seconds, ascending: its counters begin at zero each time. At least one.
        scrapes: When its page is read.
    """

    def __init__(
        self,
        world: World,
        runner: GitLabRunner,
        manager: GitLabManager,
        target: Target,
        starts: tuple[float, ...],
        scrapes: Scrapes,
    ) -> None:
        self.target = target
        self._world = world
        self._manager = manager
        self._starts = starts
        self._scrapes = scrapes
        self._short = {"runner": runner.short_sha, "runner_name": runner.config_name}
        self._own = {**self._short, "system_id": manager.system_id}
        owner = f"gitlab/{runner.id}"
        self._lanes: tuple[Lane, ...] = tuple(
            lane for lane in world.lanes_of.get(owner, ()) if lane.process == manager.system_id
        )
        limited = world.chance.happens(0.4, "limit", runner.id)
        self._limit = manager.slots if limited else 0
        self._concurrent = max(10, manager.slots) if limited and manager.pod is None else manager.slots
        self._stages = Remembered(self._read_stages)
        self._meter = Remembered(self._read_meter)
        self._waits = Remembered(self._histogram("wait", WAIT_BOUNDS))
        self._durations = Remembered(self._histogram("duration", DURATION_BOUNDS))
        self._made: dict[str, tuple[Series, ...]] = {}

    def ended(self, end: int) -> ManagerProcess:
        """Return the same process, gone since a time in milliseconds: its past stays what it was."""
        gone = copy.copy(self)
        gone.forget(msgspec.structs.replace(self.target, end=end))
        return gone

    def forget(self, target: Target) -> None:
        """Move to another page: the series are made anew."""
        self.target = target
        self._made = {}

    def series(self, name: str) -> tuple[Series, ...]:
        """Return its series of a name."""
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = tuple(self._make(name))
        return found

    def _since(self, at: float) -> float:
        return max([start for start in self._starts if start <= at], default=self._starts[0])

    def _read_stages(self, at: float) -> Counter[str]:
        counts: Counter[str] = Counter()
        for lane in self._lanes:
            run = lane.current(at)
            if run is not None:
                age = at - run.started_at
                counts[_JOB_STAGES[0 if age < _PREPARED else 1 if age < _FETCHED else 2]] += 1
        return counts

    def _read_meter(self, at: float) -> JobMeter:
        return job_meter(self._world, self._lanes, at, self._since(at))

    def _histogram(self, kind: str, bounds: tuple[float, ...]) -> Callable[[float], Reading]:
        return lambda at: job_histogram(self._lanes, kind, bounds, at, self._since(at))

    def _make(self, name: str) -> Iterable[Series]:
        match name:
            case "gitlab_runner_jobs":
                return self._jobs(name)
            case "gitlab_runner_jobs_total":
                return [self._counter(name, self._own, lambda meter: meter.started)]
            case "gitlab_runner_failed_jobs_total":
                reasons = [reason for reason, _ in GITLAB_FAILURES]
                return [
                    self._counter(
                        name,
                        {**self._short, "failure_reason": reason, **_MODE},
                        partial(_outcome, reason),
                    )
                    for reason in reasons
                ]
            case "gitlab_runner_errors_total":
                return [
                    self._counter(name, {"level": level}, partial(_share, share), bare=True)
                    for level, share in (("warning", 0.04), ("error", 0.01))
                ]
            case "gitlab_runner_concurrent":
                return [self._gauge(name, {}, lambda _: float(self._concurrent))]
            case "gitlab_runner_limit":
                return [self._gauge(name, self._own, lambda _: float(self._limit))]
            case "gitlab_runner_version_info":
                return [self._gauge(name, self._version(), lambda _: 1.0)]
            case _:
                return self._others(name)

    def _others(self, name: str) -> Iterable[Series]:
        family = name.rsplit("_", 1)[0]
        usage = self._manager.usage
        if family == "gitlab_runner_job_queue_duration_seconds":
            return self._buckets(name, {**self._own, "project_jobs_running": "+Inf"}, WAIT_BOUNDS, self._waits)
        if family == "gitlab_runner_job_duration_seconds":
            return self._buckets(name, {**self._own, **_MODE}, DURATION_BOUNDS, self._durations)
        if name == "process_start_time_seconds":
            return [self._gauge(name, {}, self._since)]
        if usage is not None and name == "process_cpu_seconds_total":
            return [self._series(name, {}, lambda at: usage.cpu_seconds(self._since(at), at), counter=True)]
        if usage is not None and name == "process_resident_memory_bytes":
            return [self._gauge(name, {}, lambda at: usage.memory_bytes(self._since(at), at))]
        return ()

    def _jobs(self, name: str) -> Iterator[Series]:
        idle = {"state": "idle", "stage": "idle", "executor_stage": "idle"}
        yield self._gauge(name, {**self._own, **idle}, lambda _: 0.0)
        executor = "docker_run" if self._manager.executor == "docker" else "run"
        for stage in _JOB_STAGES:
            labels = {"state": "running", "stage": stage, "executor_stage": executor}
            yield self._gauge(name, {**self._own, **labels}, partial(self._in_stage, stage))

    def _in_stage(self, stage: str, at: float) -> float | None:
        return float(self._stages(at)[stage]) or None

    def _version(self) -> dict[str, str]:
        manager = self._manager
        major, minor = manager.version.split(".")[:2]
        return {
            "name": "gitlab-runner",
            "version": manager.version,
            "revision": manager.revision,
            "branch": f"{major}-{minor}-stable",
            "go_version": "go1.25.5 X:cacheprog",
            "built_at": "2026-10-16T09:12:44Z",
            "os": manager.platform,
            "architecture": manager.architecture,
        }

    def _counter(
        self, name: str, own: dict[str, str], read: Callable[[JobMeter], int], *, bare: bool = False
    ) -> Series:
        """Return a counter of jobs: there from its first event on, or from the start where it is `bare`."""

        def value(at: float) -> float | None:
            count = read(self._meter(at))
            return float(count) if count or bare else None

        return self._series(name, own, value, counter=True)

    def _gauge(self, name: str, own: dict[str, str], value: Callable[[float], float | None]) -> Series:
        return self._series(name, own, value)

    def _series(
        self, name: str, own: dict[str, str], value: Callable[[float], float | None], *, counter: bool = False
    ) -> Series:
        begin, *resets = (round(start * 1000) for start in self._starts)
        labels = self.target.label(own)
        return Series(
            name, labels, self.target, self._scrapes, value, begin=begin, counter=counter, resets=tuple(resets)
        )

    def _buckets(
        self, name: str, own: dict[str, str], bounds: tuple[float, ...], read: Callable[[float], Reading]
    ) -> Iterable[Series]:
        begin, *resets = (round(start * 1000) for start in self._starts)
        return histogram_series(
            name, own, bounds, read, self.target, self._scrapes,
            begin=begin, end=self.target.end, resets=tuple(resets),
        )  # fmt: skip


def _outcome(reason: str, meter: JobMeter) -> int:
    return meter.outcomes.get(reason, 0)


def _share(share: float, meter: JobMeter) -> int:
    return int(meter.started * share)
