"""Workflow runs and their jobs as GitHub's objects."""

from __future__ import annotations

from flywheel_tui.simulator.github.answers import moment
from flywheel_tui.simulator.github.call import Call
from flywheel_tui.simulator.github.entities import Json, account, node_id, repository
from flywheel_tui.simulator.github.run_book import WorkflowRun
from flywheel_tui.simulator.world.model_forge import Job, JobStatus, Project

_STATUS = {JobStatus.PENDING: "queued", JobStatus.RUNNING: "in_progress"}
_CONCLUSION = {JobStatus.SUCCESS: "success", JobStatus.FAILED: "failure", JobStatus.CANCELED: "cancelled"}
_FIRST_CHECK_SUITE = 50_000_000


def _workflow_id(call: Call, name: str) -> int:
    return 600_000 + call.world.chance.bits("workflow", name) % 100_000


def run(call: Call, row: WorkflowRun, place: Project) -> Json:
    """Return a workflow run."""
    first = row.jobs[0]
    address = f"{call.base}/repos/{place.full_path}"
    here = f"{address}/actions/runs/{row.id}"
    author = first.user.username if first.user else "ghost"
    actor = account(call, author, first.user.id if first.user else 0)
    workflow = _workflow_id(call, first.stage)
    suite = _FIRST_CHECK_SUITE + row.id
    person = {"name": first.user.name if first.user else author, "email": f"{author}@example.com"}
    return {
        "id": row.id,
        "name": first.stage,
        "node_id": node_id("WFR", row.id),
        "head_branch": first.ref,
        "head_sha": first.sha,
        "path": f".github/workflows/{first.stage}.yml",
        "display_title": f"Work on {first.ref}",
        "run_number": row.id % 100_000,
        "event": "push",
        "status": row.status,
        "conclusion": row.conclusion,
        "workflow_id": workflow,
        "check_suite_id": suite,
        "check_suite_node_id": node_id("CS", suite),
        "url": here,
        "html_url": f"{call.base}/{place.full_path}/actions/runs/{row.id}",
        "pull_requests": [],
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
        "actor": actor,
        "run_attempt": 1,
        "referenced_workflows": [],
        "run_started_at": moment(row.created_at),
        "triggering_actor": actor,
        "jobs_url": f"{here}/jobs",
        "logs_url": f"{here}/logs",
        "check_suite_url": f"{address}/check-suites/{suite}",
        "artifacts_url": f"{here}/artifacts",
        "cancel_url": f"{here}/cancel",
        "rerun_url": f"{here}/rerun",
        "previous_attempt_url": None,
        "workflow_url": f"{address}/actions/workflows/{workflow}",
        "head_commit": {
            "id": first.sha,
            "tree_id": first.sha[::-1],
            "message": f"Work on {first.ref}",
            "timestamp": moment(row.created_at),
            "author": person,
            "committer": person,
        },
        "repository": repository(call, place),
        "head_repository": repository(call, place),
    }


def _taken_by(call: Call, row: Job) -> tuple[int | None, int | None]:
    """Return the ids of the runner that took a job and of its group; None where it is no longer known."""
    if row.started_at is None:
        return None, None
    if row.runner.startswith("github/"):
        plain = call.world.github_runners.get(int(row.runner.removeprefix("github/")))
        return (plain.id, plain.group_id) if plain is not None else (None, None)
    _, namespace, name = row.runner.split("/")
    scale_set = call.world.scale_sets.get(namespace, name)
    ephemeral = call.world.ephemeral_runners.get(namespace, row.runner_name or "")
    runner_id = ephemeral.runner_id if ephemeral is not None and ephemeral.runner_id else None
    return runner_id, call.world.group_id(scale_set) if scale_set is not None else None


def job(call: Call, row: Job) -> Json:
    """Return a job of a run."""
    address = f"{call.base}/repos/{row.project.full_path}"
    status = _STATUS.get(row.status, "completed")
    conclusion = _CONCLUSION.get(row.status)
    runner_id, group_id = _taken_by(call, row)
    group = call.world.runner_groups.get(group_id) if group_id is not None else None
    step = {
        "name": f"Run {row.name}",
        "status": status,
        "conclusion": conclusion,
        "number": 1,
        "started_at": moment(row.started_at),
        "completed_at": moment(row.finished_at),
    }
    return {
        "id": row.id,
        "run_id": row.run_id,
        "workflow_name": row.stage,
        "head_branch": row.ref,
        "run_url": f"{address}/actions/runs/{row.run_id}",
        "run_attempt": 1,
        "node_id": node_id("CR", row.id),
        "head_sha": row.sha,
        "url": f"{address}/actions/jobs/{row.id}",
        "html_url": f"{call.base}/{row.project.full_path}/actions/runs/{row.run_id}/job/{row.id}",
        "status": status,
        "conclusion": conclusion,
        "created_at": moment(row.created_at),
        # GitHub fills this in before there is a start: with the creation.
        "started_at": moment(row.created_at if row.started_at is None else row.started_at),
        "completed_at": moment(row.finished_at),
        "name": row.name,
        "steps": [] if row.started_at is None else [step],
        "check_run_url": f"{address}/check-runs/{row.id}",
        "labels": list(row.tags),
        "runner_id": runner_id,
        "runner_name": row.runner_name,
        "runner_group_id": group_id,
        "runner_group_name": group.name if group is not None else None,
    }
