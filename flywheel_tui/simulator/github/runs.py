"""The endpoints of workflow runs and jobs."""

from __future__ import annotations

from functools import partial

from starlette.responses import Response

from flywheel_tui.simulator.github import entities_runs
from flywheel_tui.simulator.github.answers import DOCUMENTATION, json_answer, not_found, refuse, unprocessable
from flywheel_tui.simulator.github.call import Call
from flywheel_tui.simulator.github.run_book import WorkflowRun
from flywheel_tui.simulator.world import actions
from flywheel_tui.simulator.world.model_forge import Forge, Job, JobStatus, Project
from flywheel_tui.simulator.world.views import find_job

MOST_RESULTS = 1_000
"""A filtered list of runs goes no further."""
STATUSES = (
    "completed", "action_required", "cancelled", "failure", "neutral", "skipped", "stale", "success", "timed_out",
    "in_progress", "queued", "requested", "waiting", "pending",
)  # fmt: skip
_RUNS_PAGE = f"{DOCUMENTATION}/actions/workflow-runs"


async def listed(call: Call) -> Response:
    """Answer ``GET /repos/{owner}/{repo}/actions/runs``."""
    repository = call.repository()
    status = call.query.get("status")
    if status is not None and status not in STATUSES:
        unprocessable("Invalid request.\n\nNo value in 'properties/status' matches the enumeration.", page=_RUNS_PAGE)
    runs = call.site.runs.runs(repository, call.at)
    if status is not None:
        runs = [run for run in runs if status in (run.status, run.conclusion)]
    if branch := call.query.get("branch"):
        runs = [run for run in runs if run.jobs[0].ref == branch]
    if sha := call.query.get("head_sha"):
        runs = [run for run in runs if run.jobs[0].sha == sha]
    if actor := call.query.get("actor"):
        runs = [run for run in runs if run.jobs[0].user is not None and run.jobs[0].user.username == actor]
    if call.query.get("event", "push") != "push":
        runs = []
    return call.page("workflow_runs", runs, lambda run: entities_runs.run(call, run, repository), MOST_RESULTS)


def _run(call: Call, repository: Project) -> WorkflowRun:
    wanted = call.number("run_id")
    runs = call.site.runs.runs(repository, call.at)
    return next((run for run in runs if run.id == wanted), None) or not_found(_RUNS_PAGE)


async def details(call: Call) -> Response:
    """Answer ``GET …/actions/runs/{run_id}``."""
    repository = call.repository()
    return json_answer(entities_runs.run(call, _run(call, repository), repository))


async def jobs(call: Call) -> Response:
    """Answer ``GET …/actions/runs/{run_id}/jobs``."""
    if call.query.get("filter", "latest") not in ("latest", "all"):
        unprocessable("Invalid request.\n\nNo value in 'properties/filter' matches the enumeration.", page=_RUNS_PAGE)
    rows = _run(call, call.repository()).jobs
    return call.page("jobs", rows, partial(entities_runs.job, call))


async def cancel(call: Call) -> Response:
    """Answer ``POST …/actions/runs/{run_id}/cancel``."""
    run = _run(call, call.repository())
    if run.status == "completed":
        refuse(409, "Cannot cancel a workflow run that is completed.", _RUNS_PAGE)
    for job in run.jobs:
        if job.status is JobStatus.RUNNING:
            actions.cancel_job(call.world, job)
    call.site.runs.forget()
    return json_answer({}, 202)


async def job(call: Call) -> Response:
    """Answer ``GET …/actions/jobs/{job_id}``."""
    repository = call.repository()
    found: Job | None = find_job(call.world, Forge.GITHUB, call.number("job_id"), call.at)
    if found is None or found.project.id != repository.id:
        not_found(_RUNS_PAGE)
    return json_answer(entities_runs.job(call, found))
