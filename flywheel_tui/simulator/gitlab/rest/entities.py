"""The objects of the REST API, field by field as GitLab's entities list them: nothing more, nothing less."""

from __future__ import annotations

from typing import Any

from flywheel_tui.simulator.gitlab.graph.context import Context
from flywheel_tui.simulator.gitlab.graph.resolve_runners import may_update
from flywheel_tui.simulator.gitlab.liveness import Liveness, manager_liveness, runner_liveness
from flywheel_tui.simulator.gitlab.moments import rest_time
from flywheel_tui.simulator.gitlab.rest.call import Call
from flywheel_tui.simulator.world.model_forge import (
    GitLabManager,
    GitLabRunner,
    Group,
    Job,
    Project,
    RunnerType,
    User,
)
from flywheel_tui.simulator.world.views import contacted_at, jobs_running, runner_contacted_at

Json = dict[str, Any]
ROLE_OWNER = 50


def user_basic(call: Call, user: User | None) -> Json | None:
    """Return a user as other objects mention one."""
    if user is None:
        return None
    return {
        "id": user.id,
        "username": user.username,
        "public_email": "",
        "name": user.name,
        "state": "active",
        "locked": False,
        "avatar_url": None,
        "web_url": f"{call.base}/{user.username}",
    }


def blended_status(runner: GitLabRunner, live: Liveness) -> str:
    """Return the legacy status: of a paused runner it says ``paused``, unless it is stale or never came."""
    return "paused" if runner.paused and live in (Liveness.ONLINE, Liveness.OFFLINE) else live.value


def _latest(call: Call, runner: GitLabRunner) -> GitLabManager | None:
    return max(runner.managers, key=lambda manager: contacted_at(call.world, manager, call.at), default=None)


def listed_runner(call: Call, runner: GitLabRunner) -> Json:
    """Return a runner as lists show it."""
    live = runner_liveness(call.world, runner, call.at)
    creator = call.world.users.get(runner.creator) if runner.creator is not None else None
    return {
        "id": runner.id,
        "description": runner.description,
        "ip_address": None,
        "active": not runner.paused,
        "paused": runner.paused,
        "is_shared": runner.type is RunnerType.INSTANCE,
        "runner_type": runner.type.value,
        "name": "gitlab-runner" if runner.managers else None,
        "online": live is Liveness.ONLINE if runner.managers else None,
        "created_by": user_basic(call, creator),
        "created_at": rest_time(runner.created_at),
        "status": blended_status(runner, live),
        "job_execution_status": "active" if jobs_running(call.world, f"gitlab/{runner.id}", call.at) else "idle",
    }


def detailed_runner(call: Call, runner: GitLabRunner) -> Json:
    """Return a runner as a request for one shows it."""
    latest = _latest(call, runner)
    projects = [call.world.gitlab_projects[each] for each in runner.projects if each in call.world.gitlab_projects]
    group = call.site.group(runner.group) if runner.group is not None else None
    details: Json = {
        **listed_runner(call, runner),
        "tag_list": list(runner.tags),
        "run_untagged": runner.run_untagged,
        "locked": runner.locked,
        "maximum_timeout": runner.maximum_timeout,
        "access_level": "ref_protected" if runner.protected else "not_protected",
        "version": latest.version if latest else None,
        "revision": latest.revision if latest else None,
        "platform": latest.platform if latest else None,
        "architecture": latest.architecture if latest else None,
        "contacted_at": rest_time(runner_contacted_at(call.world, runner, call.at)),
        "projects": [project_basic(call, project) for project in projects],
        "groups": [group_basic(call, group)] if group is not None else [],
    }
    if may_update(Context(call.site, call.site.account, call.at, call.base), runner):
        details["maintenance_note"] = runner.maintenance_note
    return details


def manager(call: Call, row: GitLabManager) -> Json:
    """Return a manager."""
    running = jobs_running(call.world, f"gitlab/{row.runner_id}", call.at, process=row.system_id)
    return {
        "id": row.id,
        "system_id": row.system_id,
        "version": row.version,
        "revision": row.revision,
        "platform": row.platform,
        "architecture": row.architecture,
        "created_at": rest_time(row.created_at),
        "contacted_at": rest_time(contacted_at(call.world, row, call.at)),
        "ip_address": row.ip_address,
        "status": manager_liveness(call.world, row, call.at).value,
        "job_execution_status": "active" if running else "idle",
    }


def group_basic(call: Call, group: Group) -> Json:
    """Return a group as other objects mention one."""
    return {"id": group.id, "web_url": f"{call.base}/groups/{group.full_path}", "name": group.name}


def group_full(call: Call, group: Group) -> Json:
    """Return a group."""
    parent = call.site.group(group.full_path.rpartition("/")[0]) if "/" in group.full_path else None
    return {
        **group_basic(call, group),
        "path": group.full_path.rsplit("/", 1)[-1],
        "description": "",
        "visibility": "private",
        "avatar_url": None,
        "full_name": " / ".join(group.full_path.split("/")),
        "full_path": group.full_path,
        "parent_id": parent.id if parent else None,
        "created_at": rest_time(call.world.birth),
    }


def project_basic(call: Call, project: Project) -> Json:
    """Return a project as other objects mention one."""
    return {
        "id": project.id,
        "description": None,
        "name": project.name,
        "name_with_namespace": " / ".join(project.full_path.split("/")),
        "path": project.name,
        "path_with_namespace": project.full_path,
        "created_at": rest_time(call.world.birth),
    }


def project_full(call: Call, project: Project) -> Json:
    """Return a project."""
    group = call.site.group(project.namespace)
    return {
        **project_basic(call, project),
        "default_branch": project.default_branch,
        "visibility": "private",
        "archived": False,
        "web_url": f"{call.base}/{project.full_path}",
        "namespace": {
            "id": group.id if group else None,
            "name": group.name if group else project.namespace,
            "path": project.namespace.rsplit("/", 1)[-1],
            "kind": "group",
            "full_path": project.namespace,
        },
        "jobs_enabled": True,
        "shared_runners_enabled": True,
        "group_runners_enabled": True,
        "permissions": {"project_access": None, "group_access": {"access_level": ROLE_OWNER, "notification_level": 3}},
    }


def job_basic(call: Call, job: Job) -> Json:
    """Return a job as the jobs of a runner show it, without its project."""
    running_until = call.at if job.finished_at is None else job.finished_at
    address = f"{call.base}/{job.project.full_path}"
    return {
        "id": job.id,
        "status": job.status.value,
        "stage": job.stage,
        "name": job.name,
        "ref": job.ref,
        "tag": False,
        "coverage": None,
        "allow_failure": False,
        "created_at": rest_time(job.created_at),
        "started_at": rest_time(job.started_at),
        "finished_at": rest_time(job.finished_at),
        "erased_at": None,
        "duration": None if job.started_at is None else round(running_until - job.started_at, 6),
        "queued_duration": round((call.at if job.started_at is None else job.started_at) - job.queued_at, 6),
        "user": user_basic(call, job.user),
        "commit": {
            "id": job.sha,
            "short_id": job.sha[:8],
            "title": f"Work on {job.ref}",
            "message": f"Work on {job.ref}\n",
            "created_at": rest_time(job.created_at),
            "parent_ids": [],
            "web_url": f"{address}/-/commit/{job.sha}",
        },
        "pipeline": {
            "id": job.run_id,
            "iid": job.run_id % 100_000,
            "project_id": job.project.id,
            "sha": job.sha,
            "ref": job.ref,
            "status": "running" if job.finished_at is None else job.status.value,
            "source": "push",
            "created_at": rest_time(job.created_at),
            "updated_at": rest_time(job.finished_at or job.started_at or job.created_at),
            "web_url": f"{address}/-/pipelines/{job.run_id}",
        },
        "web_url": f"{address}/-/jobs/{job.id}",
        "project": {"ci_job_token_scope_enabled": False},
        **({"failure_reason": job.failure_reason} if job.failure_reason else {}),
    }


def runner_job(call: Call, job: Job) -> Json:
    """Return a job as the jobs of a runner show it."""
    return {**job_basic(call, job), "project": project_basic(call, job.project)}


def job_full(call: Call, job: Job) -> Json:
    """Return a job as a project shows it: with the runner and the manager that took it."""
    runner = None
    if job.started_at is not None:
        runner = call.world.gitlab_runners.get(int(job.runner.removeprefix("gitlab/")))
    taken_by = next((each for each in runner.managers if each.system_id == job.process), None) if runner else None
    return {
        **job_basic(call, job),
        "artifacts": [],
        "runner": listed_runner(call, runner) if runner else None,
        "runner_manager": manager(call, taken_by) if taken_by else None,
        "artifacts_expire_at": None,
        "archived": False,
        "tag_list": list(job.tags),
    }
