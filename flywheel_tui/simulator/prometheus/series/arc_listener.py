"""What an ARC listener exposes.

Names, labels and buckets: ARC `cmd/ghalistener/metrics`. The gauges name the EphemeralRunnerSet; counters and
histograms carry what the chart's `listenerMetrics` leaves of them: neither the scale set nor the job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from flywheel_tui.simulator.prometheus.series.family import Family
from flywheel_tui.simulator.prometheus.series.histogram import Reading, histogram_series
from flywheel_tui.simulator.prometheus.series.runner_lives import RunnerCounts, count_runners
from flywheel_tui.simulator.prometheus.series.scrapes import Scrapes
from flywheel_tui.simulator.prometheus.series.series import Remembered, Series
from flywheel_tui.simulator.prometheus.series.target import Target
from flywheel_tui.simulator.world.meters import JobMeter, job_histogram, job_meter
from flywheel_tui.simulator.world.model_cluster import EphemeralRunner, ScaleSet
from flywheel_tui.simulator.world.tape import Lane
from flywheel_tui.simulator.world.world import World

UNBOUNDED = 2**31 - 1
BOUNDS = (
    0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 15.0, 18.0, 20.0, 25.0, 30.0, 40.0,
    50.0, 60.0, 70.0, 80.0, 90.0, 100.0, 110.0, 120.0, 150.0, 180.0, 210.0, 240.0, 300.0, 360.0, 420.0, 480.0, 540.0,
    600.0, 900.0, 1200.0, 1800.0, 2400.0, 3000.0, 3600.0,
)  # fmt: skip
_RESULTS = {"success": "succeeded", "failure": "failed", "cancelled": "canceled"}

FAMILIES = (
    Family("gha_assigned_jobs", "gauge", "Number of jobs assigned to this scale set."),
    Family("gha_running_jobs", "gauge", "Number of jobs running (or about to be run)."),
    Family("gha_registered_runners", "gauge", "Number of runners registered by the scale set."),
    Family("gha_busy_runners", "gauge", "Number of registered runners running a job."),
    Family("gha_idle_runners", "gauge", "Number of registered runners not running a job."),
    Family("gha_desired_runners", "gauge", "Number of runners desired by the scale set."),
    Family("gha_min_runners", "gauge", "Minimum number of runners."),
    Family("gha_max_runners", "gauge", "Maximum number of runners."),
    Family("gha_started_jobs_total", "counter", "Total number of jobs started."),
    Family("gha_completed_jobs_total", "counter", "Total number of jobs completed."),
    Family(
        "gha_job_startup_duration_seconds", "histogram",
        "Time spent waiting for workflow job to get started on the runner owned by the scale set (in seconds).",
    ),
    Family(
        "gha_job_execution_duration_seconds", "histogram",
        "Time spent executing workflow jobs by the scale set (in seconds).",
    ),
)  # fmt: skip


class ListenerProcess:
    """The listener of a scale set with all its series.

    Args:
        world: The world.
        scale_set: The scale set.
        target: Its page.
        starts: When it started, in seconds, ascending. At least one.
        leftovers: Ephemeral runners that belong to no job.
        scrapes: When its page is read.
    """

    def __init__(
        self,
        world: World,
        scale_set: ScaleSet,
        target: Target,
        starts: tuple[float, ...],
        leftovers: list[EphemeralRunner],
        scrapes: Scrapes,
    ) -> None:
        self.target = target
        self._world = world
        self._scale_set = scale_set
        self._starts = starts
        self._leftovers = leftovers
        self._scrapes = scrapes
        self._lanes: list[Lane] = list(world.lanes_of.get(scale_set.key, ()))
        where = {
            "organization": scale_set.org,
            "repository": (scale_set.repository or "").partition("/")[2],
        }
        runner_set = world.runner_set_name(scale_set.meta.name)
        self._own = {**where, "name": runner_set, "namespace": scale_set.meta.namespace}
        self._jobs = {**where, "event_name": "push"}
        self._counts = Remembered(self._read_counts)
        self._assigned = Remembered(self._read_assigned)
        self._meter = Remembered(self._read_meter)
        self._startups = Remembered(self._histogram("wait"))
        self._executions = Remembered(self._histogram("duration"))
        self._made: dict[str, tuple[Series, ...]] = {}

    def series(self, name: str) -> tuple[Series, ...]:
        """Return its series of a name."""
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = tuple(self._make(name))
        return found

    def _since(self, at: float) -> float:
        return max([start for start in self._starts if start <= at], default=self._starts[0])

    def _read_counts(self, at: float) -> RunnerCounts:
        return count_runners(self._world, self._scale_set, self._lanes, self._leftovers, at)

    def _read_assigned(self, at: float) -> int:
        return self._counts(at).busy + sum(len(lane.pending(at)) for lane in self._lanes)

    def _read_meter(self, at: float) -> JobMeter:
        return job_meter(self._world, self._lanes, at, self._since(at))

    def _histogram(self, kind: str) -> Callable[[float], Reading]:
        return lambda at: job_histogram(self._lanes, kind, BOUNDS, at, self._since(at))

    def _desired(self, at: float) -> float:
        scale_set = self._scale_set
        bound = UNBOUNDED if scale_set.max_runners is None else scale_set.max_runners
        return float(min(bound, scale_set.min_runners + self._assigned(at)))

    def _make(self, name: str) -> Iterable[Series]:
        scale_set = self._scale_set
        gauges: dict[str, Callable[[float], float]] = {
            "gha_assigned_jobs": lambda at: float(self._assigned(at)),
            "gha_running_jobs": lambda at: float(self._counts(at).busy),
            "gha_registered_runners": lambda at: float(self._counts(at).idle + self._counts(at).busy),
            "gha_busy_runners": lambda at: float(self._counts(at).busy),
            "gha_idle_runners": lambda at: float(self._counts(at).idle),
            "gha_desired_runners": self._desired,
            "gha_min_runners": lambda _: float(scale_set.min_runners),
            "gha_max_runners": lambda _: float(UNBOUNDED if scale_set.max_runners is None else scale_set.max_runners),
        }
        if name in gauges:
            return [Series(name, self.target.label(self._own), self.target, self._scrapes, gauges[name])]
        if name == "gha_started_jobs_total":
            return [self._counter(name, self._jobs, lambda meter: meter.started)]
        if name == "gha_completed_jobs_total":
            return [
                self._counter(
                    name,
                    {**self._jobs, "job_result": result},
                    partial(_outcome, outcome),
                )
                for outcome, result in _RESULTS.items()
            ]
        read = self._startups if name.startswith("gha_job_startup") else self._executions
        begin, *resets = (round(start * 1000) for start in self._starts)
        return histogram_series(
            name, self._jobs, BOUNDS, read, self.target, self._scrapes,
            begin=begin, end=self.target.end, resets=tuple(resets),
        )  # fmt: skip

    def _counter(self, name: str, own: dict[str, str], read: Callable[[JobMeter], int]) -> Series:
        begin, *resets = (round(start * 1000) for start in self._starts)
        return Series(
            name, self.target.label(own), self.target, self._scrapes, lambda at: float(read(self._meter(at))) or None,
            begin=begin, counter=True, resets=tuple(resets),
        )  # fmt: skip


def _outcome(outcome: str, meter: JobMeter) -> int:
    return meter.outcomes.get(outcome, 0)
