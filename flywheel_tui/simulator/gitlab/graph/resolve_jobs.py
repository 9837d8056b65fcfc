"""The lists of jobs and the fields of a job."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from graphql import GraphQLError

from flywheel_tui.simulator.gitlab.graph.context import Context, Info
from flywheel_tui.simulator.gitlab.graph.paging import Key, connection
from flywheel_tui.simulator.gitlab.graph.resolve_lists import number_of
from flywheel_tui.simulator.gitlab.job_book import ALIVE, JobMark
from flywheel_tui.simulator.gitlab.moments import graph_time
from flywheel_tui.simulator.world.model_forge import (
    GitLabManager,
    GitLabRunner,
    Job,
    JobStatus,
)

Json = dict[str, Any]
COUNT_LIMIT = 1_000


def instance_jobs(_: object, info: Info, **arguments: Any) -> Json:  # noqa: ANN401 - of many types
    """Answer ``Query.jobs``: the jobs that wait or run, for administrators; nothing for others."""
    context = info.context
    words = arguments.get("statuses")
    compatible = arguments.get("compatibleRunnerId")
    if compatible is not None and words != ["PENDING"]:
        raise GraphQLError('compatibleRunnerId can only be used when the `statuses` argument is set to "PENDING"')
    if not context.administrator:
        return job_page(context, [], arguments)
    known = {status.value for status in JobStatus}
    statuses = ALIVE if words is None else frozenset(JobStatus(w.lower()) for w in words if w.lower() in known)
    marks, seen_at = context.site.jobs.alive(statuses, context.at)
    world = context.site.world
    if arguments.get("runnerTypes"):
        types = {word.lower() for word in arguments["runnerTypes"]}
        of_types = {f"gitlab/{row.id}" for row in world.gitlab_runners.values() if row.type in types}
        marks = [mark for mark in marks if world.lanes[mark.lane].owner in of_types]
    if compatible is not None:
        runner = world.gitlab_runners.get(number_of(compatible, "Ci::Runner"))
        tags = set(runner.tags) if runner is not None else set()
        marks = [mark for mark in marks if set(context.site.jobs.job(mark, seen_at).tags) <= tags]
    return job_page(context, marks, arguments, seen_at)


def _mark_key(mark: JobMark) -> Key:
    return -mark.queued_at, -mark.id


def job_page(context: Context, marks: Sequence[JobMark], arguments: Json, seen_at: float | None = None) -> Json:
    """Return one page of jobs, newest first. Their number is counted up to a limit, 1,000 unless asked otherwise.

    Args:
        context: The request.
        marks: The whole list.
        arguments: Which page.
        seen_at: The moment that the list is of; the present unless given.
    """
    at = context.at if seen_at is None else seen_at

    def count(info: Info, *, limit: int | None = COUNT_LIMIT) -> int:
        return min(len(marks), (COUNT_LIMIT if limit is None else limit) + 1)

    page = connection(
        marks,
        arguments,
        key=lambda position: _mark_key(marks[position]),
        after=lambda key: bisect_right(marks, key, key=_mark_key),
        before=lambda key: bisect_left(marks, key, key=_mark_key),
        count=count,
    )
    book = context.site.jobs
    page["nodes"] = nodes = [book.job(mark, at) for mark in page["nodes"]]
    bare = page["edges"]
    page["edges"] = lambda info: [{**edge, "node": node} for edge, node in zip(bare(info), nodes, strict=True)]
    return page


def _runner(job: Job, info: Info) -> GitLabRunner | None:
    # GitLab gives a job to a runner when it starts: one that waits has none.
    if job.started_at is None:
        return None
    return info.context.site.world.gitlab_runners.get(int(job.runner.removeprefix("gitlab/")))


def _manager(job: Job, info: Info) -> GitLabManager | None:
    runner = _runner(job, info)
    if runner is None:
        return None
    return next((manager for manager in runner.managers if manager.system_id == job.process), None)


def _queued_duration(job: Job, info: Info) -> float:
    until = info.context.at if job.started_at is None else job.started_at
    return round(max(0.0, until - job.queued_at), 3)


def _duration(job: Job, info: Info) -> int | None:
    if job.started_at is None:
        return None
    return int((info.context.at if job.finished_at is None else job.finished_at) - job.started_at)


def _stuck(job: Job, info: Info) -> bool:
    if job.status is not JobStatus.PENDING:
        return False
    runner = info.context.site.world.gitlab_runners.get(int(job.runner.removeprefix("gitlab/")))
    return runner is None or runner.paused or not runner.managers


def failure_message(job: Job) -> str | None:
    """Return GitLab's sentence for why a job failed."""
    if job.failure_reason is None:
        return None
    return {
        "script_failure": "There has been a script failure. Check the job log for more information",
        "runner_system_failure": "There has been a runner system failure, please try again",
        "job_execution_timeout": "The script exceeded the maximum execution time set for the job",
        "image_pull_failure": "There has been an image pull failure. Check the job log for more information",
    }.get(job.failure_reason, "There is an unknown failure, please try again")


def _permissions(job: Job, info: Info) -> dict[str, bool]:
    return {"cancelBuild": True, "readBuild": True, "updateBuild": True}


def _alive(job: Job, info: Info) -> bool:
    return job.status in ALIVE


Resolver = Callable[..., Any]
JOB: dict[str, Resolver] = {
    "active": _alive,
    "allowFailure": lambda job, info: False,
    "cancelable": _alive,
    "createdAt": lambda job, info: graph_time(job.created_at),
    "duration": _duration,
    "failureMessage": lambda job, info: failure_message(job),
    "finishedAt": lambda job, info: graph_time(job.finished_at),
    "id": lambda job, info: f"gid://gitlab/Ci::Build/{job.id}",
    "pipeline": lambda job, info: job,
    "queuedAt": lambda job, info: graph_time(job.queued_at),
    "queuedDuration": _queued_duration,
    "refName": lambda job, info: job.ref,
    "retryable": lambda job, info: job.status in (JobStatus.FAILED, JobStatus.CANCELED),
    "runner": _runner,
    "runnerManager": _manager,
    "shortSha": lambda job, info: job.sha[:8],
    "stage": lambda job, info: {"name": job.stage},
    "startedAt": lambda job, info: graph_time(job.started_at),
    "status": lambda job, info: job.status.upper(),
    "stuck": _stuck,
    "tags": lambda job, info: list(job.tags),
    "userPermissions": _permissions,
    "webPath": lambda job, info: f"/{job.project.full_path}/-/jobs/{job.id}",
}
PIPELINE: dict[str, Resolver] = {
    "id": lambda job, info: f"gid://gitlab/Ci::Pipeline/{job.run_id}",
    "iid": lambda job, info: str(job.run_id % 100_000),
    "path": lambda job, info: f"/{job.project.full_path}/-/pipelines/{job.run_id}",
}
