"""Workflow runs: the jobs of a repository that wait, run or ended lately, put together by their run."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import msgspec

from flywheel_tui.simulator.world import World
from flywheel_tui.simulator.world.model_forge import Job, JobStatus, Project
from flywheel_tui.simulator.world.views import job_of, pending_jobs, running_jobs

REFRESH = 2.0
LONGEST_LOOK_BACK = 2 * 3_600.0
"""Seconds into the past within which ended jobs are listed."""
LANES_IN_FULL = 300
"""With more slots than this the look back is shorter, so that the work stays the same."""
ENDED = frozenset({JobStatus.SUCCESS, JobStatus.FAILED, JobStatus.CANCELED})


class WorkflowRun(msgspec.Struct, frozen=True):
    """A workflow run: the jobs that share its number, oldest first."""

    id: int
    jobs: tuple[Job, ...]

    @property
    def status(self) -> str:
        """GitHub's word: queued, in_progress or completed."""
        statuses = {job.status for job in self.jobs}
        if statuses <= ENDED:
            return "completed"
        return "queued" if statuses == {JobStatus.PENDING} else "in_progress"

    @property
    def conclusion(self) -> str | None:
        """GitHub's word for how it ended; None before that."""
        if self.status != "completed":
            return None
        statuses = {job.status for job in self.jobs}
        if JobStatus.FAILED in statuses:
            return "failure"
        return "cancelled" if JobStatus.CANCELED in statuses else "success"

    @property
    def created_at(self) -> float:
        """When its first job was made."""
        return min(job.created_at for job in self.jobs)

    @property
    def updated_at(self) -> float:
        """When something last happened to one of its jobs."""
        return max(job.finished_at or job.started_at or job.created_at for job in self.jobs)


class RunBook:
    """Answers which runs a repository has.

    Args:
        world: The world.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._read_at = -inf
        self._known: dict[str, dict[int, list[WorkflowRun]]] = {}

    def forget(self) -> None:
        """Look again at the next question, because somebody has changed something."""
        self._read_at = -inf

    def runs(self, repository: Project, at: float) -> list[WorkflowRun]:
        """Return the runs of a repository that are not over or ended lately, newest first."""
        if at - self._read_at >= REFRESH:
            self._read_at = at
            self._known = {}
        if repository.namespace not in self._known:
            self._known[repository.namespace] = self._read(repository.namespace, at)
        return self._known[repository.namespace].get(repository.id, [])

    def _read(self, org: str, at: float) -> dict[int, list[WorkflowRun]]:
        """Return the runs of a whole organization: who asks for one repository asks for the next one soon."""
        found: dict[int, dict[int, list[Job]]] = {}
        for job in self._jobs(list(self._owners(org)), at):
            found.setdefault(job.project.id, {}).setdefault(job.run_id, []).append(job)
        return {repository: _newest_first(runs) for repository, runs in found.items()}

    def _jobs(self, owners: list[str], at: float) -> Iterator[Job]:
        yield from pending_jobs(self._world, at, owners)
        yield from running_jobs(self._world, at, owners)
        lanes = self._world.lanes_for(owners)
        since = at - LONGEST_LOOK_BACK * min(1.0, LANES_IN_FULL / max(1, len(lanes)))
        for lane in lanes:
            for run in lane.between(since, at):
                if since < run.finished_at <= at:
                    yield job_of(self._world, lane, run, at)

    def _owners(self, org: str) -> Iterator[str]:
        for runner in self._world.github_runners.values():
            if runner.org == org:
                yield f"github/{runner.id}"
        for scale_set in self._world.scale_sets:
            if scale_set.org == org:
                yield scale_set.key


def _newest_first(found: dict[int, list[Job]]) -> list[WorkflowRun]:
    runs = [
        WorkflowRun(number, tuple(sorted(jobs, key=lambda job: (job.created_at, job.id))))
        for number, jobs in found.items()
    ]
    return sorted(runs, key=lambda run: (-run.created_at, -run.id))
