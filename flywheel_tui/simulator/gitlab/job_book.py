"""Lists of jobs: which there are is told from the lanes by numbers alone; a job is made when a page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf

import msgspec

from flywheel_tui.simulator.world import World
from flywheel_tui.simulator.world.model_forge import Forge, Job, JobStatus, Project, RunnerType
from flywheel_tui.simulator.world.tape import Lane, Run
from flywheel_tui.simulator.world.views import FIRST_JOB, forge_of, job_of

ALIVE = frozenset({JobStatus.PENDING, JobStatus.RUNNING})
LOOK_BACK = 86_400.0
"""How far into the past the lists of ended jobs go, in seconds: GitLab keeps all, nobody reads them."""
REFRESH = 2.0
"""For how many seconds of the world's time a list of what waits and runs is good."""


class JobMark(msgspec.Struct, frozen=True, order=True):
    """A job that is listed: enough to order, count and later make it.

    Attributes:
        queued_at: Newest jobs come first in GitLab's lists; the world's ids do not tell which are.
    """

    queued_at: float
    id: int
    lane: int
    number: int


class JobBook:
    """Answers which jobs there are.

    Args:
        world: The world.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._alive: dict[JobStatus, list[JobMark]] = {}
        self._read_at = -inf
        self._lanes_seen = 0
        self._gitlab_lanes: list[Lane] = []

    def alive(self, statuses: frozenset[JobStatus], at: float) -> tuple[list[JobMark], float]:
        """Return the jobs of the instance that wait or run, newest first, and the moment at which they did.

        Args:
            statuses: Which of the two.
            at: The present.
        """
        if at - self._read_at >= REFRESH or at < self._read_at:
            self._read_at = at
            self._alive = {}
        chosen = [self._read_alive(status, self._read_at) for status in sorted(statuses & ALIVE)]
        marks = chosen[0] if len(chosen) == 1 else sorted((mark for each in chosen for mark in each), reverse=True)
        return marks, self._read_at

    def forget(self) -> None:
        """Look again at the next question, because somebody has changed something."""
        self._read_at = -inf

    def of_runner(self, runner: int, statuses: frozenset[JobStatus], process: str | None, at: float) -> list[JobMark]:
        """Return the jobs that a runner has or had, newest first; one that waits has no runner yet."""
        lanes = self._world.lanes_of.get(f"gitlab/{runner}", ())
        chosen = [lane for lane in lanes if process is None or lane.process == process]
        return sorted(self._started(chosen, statuses, at), reverse=True)

    def of_project(self, project: Project, statuses: frozenset[JobStatus], at: float) -> Iterator[Job]:
        """Yield the jobs of a project, newest first; each costs a little, so a page takes only what it shows."""
        lanes = list(self._lanes_for(project))
        marks = [*self._started(lanes, statuses, at)]
        if JobStatus.PENDING in statuses:
            marks += self._pending(lanes, at)
        marks.sort(reverse=True)
        for mark in marks:
            job = self.job(mark, at)
            if job.project.id == project.id:
                yield job

    def job(self, mark: JobMark, at: float) -> Job:
        """Return a listed job as it is at the time."""
        lane = self._world.lanes[mark.lane]
        return job_of(self._world, lane, lane.run(mark.number), at)

    def _read_alive(self, status: JobStatus, at: float) -> list[JobMark]:
        found = self._alive.get(status)
        if found is None:
            lanes = self._lanes()
            marks = self._running(lanes, at) if status is JobStatus.RUNNING else self._pending(lanes, at)
            found = self._alive[status] = sorted(marks, reverse=True)
        return found

    def _lanes(self) -> list[Lane]:
        if len(self._world.lanes) != self._lanes_seen:
            self._lanes_seen = len(self._world.lanes)
            self._gitlab_lanes = [lane for lane in self._world.lanes if forge_of(lane.owner) is Forge.GITLAB]
        return self._gitlab_lanes

    def _mark(self, lane: Lane, number: int, queued_at: float) -> JobMark:
        return JobMark(queued_at, FIRST_JOB + number * self._world.job_stride + lane.index, lane.index, number)

    def _running(self, lanes: Iterable[Lane], at: float) -> Iterator[JobMark]:
        for lane in lanes:
            run = lane.current(at)
            if run is not None:
                yield self._mark(lane, run.number, run.queued_at)

    def _pending(self, lanes: Iterable[Lane], at: float) -> Iterator[JobMark]:
        for lane in lanes:
            for run in lane.pending(at):
                yield self._mark(lane, run.number, run.queued_at)

    def _started(self, lanes: Iterable[Lane], statuses: frozenset[JobStatus], at: float) -> Iterator[JobMark]:
        if not statuses - ALIVE:
            if JobStatus.RUNNING in statuses:
                yield from self._running(lanes, at)
            return
        for lane in lanes:
            for run in lane.between(at - LOOK_BACK, at):
                if self._status(lane, run, at) in statuses:
                    yield self._mark(lane, run.number, run.queued_at)

    def _status(self, lane: Lane, run: Run, at: float) -> JobStatus:
        if run.finished_at > at:
            return JobStatus.RUNNING
        outcome = self._world.outcome(lane, run)
        if outcome == "job_canceled":
            return JobStatus.CANCELED
        return JobStatus.SUCCESS if outcome == "success" else JobStatus.FAILED

    def _lanes_for(self, project: Project) -> Iterator[Lane]:
        for runner in self._world.gitlab_runners.values():
            reaches = (
                project.id in runner.projects
                if runner.type is RunnerType.PROJECT
                else runner.group is None or project.full_path.startswith(f"{runner.group}/")
            )
            if reaches:
                yield from self._world.lanes_of.get(f"gitlab/{runner.id}", ())
