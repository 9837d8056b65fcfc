"""The endpoints of groups, projects, their jobs, and of GitLab itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from starlette.responses import Response

from flywheel_tui.simulator.gitlab.answers import RefusalError, bad_parameter, forbidden, json_answer, not_found
from flywheel_tui.simulator.gitlab.moments import rest_time
from flywheel_tui.simulator.gitlab.rest import entities
from flywheel_tui.simulator.gitlab.rest.call import Call
from flywheel_tui.simulator.gitlab.rest.paging import keyset_page, offset_page, uncounted_page
from flywheel_tui.simulator.gitlab.rest.runners import JOB_STATUSES
from flywheel_tui.simulator.gitlab.site import REVISION
from flywheel_tui.simulator.world import actions
from flywheel_tui.simulator.world.model_forge import Forge, Job, JobStatus
from flywheel_tui.simulator.world.views import find_job

TOKEN_DAYS = 200


async def version(call: Call) -> Response:
    """Answer ``GET /version``."""
    return json_answer({"version": call.site.version, "revision": REVISION})


async def metadata(call: Call) -> Response:
    """Answer ``GET /metadata``."""
    kas = {"enabled": False, "externalUrl": None, "externalK8sProxyUrl": None, "version": None}
    told = {"version": call.site.version, "revision": REVISION, "kas": kas, "enterprise": call.site.enterprise}
    return json_answer(told)


async def user(call: Call) -> Response:
    """Answer ``GET /user``."""
    account = call.site.account
    row = call.world.users[account.user]
    told = entities.user_basic(call, row) or {}
    email = f"{row.username}@example.com"
    more = {"created_at": rest_time(call.world.birth), "email": email, "bot": False, "two_factor_enabled": True}
    return json_answer({**told, **more, **({"is_admin": True} if account.administrator else {})})


async def token(call: Call) -> Response:
    """Answer ``GET /personal_access_tokens/self``."""
    account = call.site.account
    ends = datetime.fromtimestamp(call.world.epoch, UTC) + timedelta(days=TOKEN_DAYS)
    return json_answer(
        {
            "id": 42,
            "name": "console",
            "revoked": False,
            "created_at": rest_time(call.world.birth),
            "description": None,
            "scopes": sorted(account.scopes),
            "user_id": account.user,
            "last_used_at": rest_time(call.at),
            "active": True,
            "expires_at": ends.date().isoformat(),
        }
    )


async def groups(call: Call) -> Response:
    """Answer ``GET /groups``."""
    wanted = (call.query.get("search") or "").casefold()
    rows = [group for group in call.world.groups.values() if wanted in group.full_path.casefold()]
    rows.sort(key=lambda group: group.full_path)
    return offset_page(call, rows, partial(entities.group_full, call))


async def group(call: Call) -> Response:
    """Answer ``GET /groups/:id``."""
    return json_answer(entities.group_full(call, call.group()))


async def projects(call: Call) -> Response:
    """Answer ``GET /projects``."""
    wanted = (call.query.get("search") or "").casefold()
    rows = [project for project in call.world.gitlab_projects.values() if wanted in project.full_path.casefold()]
    rows.sort(key=lambda project: -project.id)
    return offset_page(call, rows, partial(entities.project_full, call), capped="Project")


async def project(call: Call) -> Response:
    """Answer ``GET /projects/:id``."""
    return json_answer(entities.project_full(call, call.project()))


async def group_projects(call: Call) -> Response:
    """Answer ``GET /groups/:id/projects``."""
    path = call.group().full_path
    below = call.flag("include_subgroups")
    rows = [
        project
        for project in call.world.gitlab_projects.values()
        if project.namespace == path or (below and project.full_path.startswith(f"{path}/"))
    ]
    return offset_page(call, rows, partial(entities.project_full, call))


async def project_jobs(call: Call) -> Response:
    """Answer ``GET /projects/:id/jobs``: newest first, without a total."""
    row = call.project()
    if not call.site.job_lists.take(call.at):
        text = "This endpoint has been requested too many times. Try again later."
        raise RefusalError(429, {"message": {"error": text}})
    scopes = call.words("scope")
    if not set(scopes) <= set(JOB_STATUSES):
        bad_parameter("scope does not have a valid value")
    known = {word.value for word in JobStatus}
    statuses = frozenset(JobStatus(word) for word in scopes if word in known) if scopes else frozenset(JobStatus)
    jobs = call.site.jobs.of_project(row, statuses, call.at)
    show = partial(entities.job_full, call)
    if call.query.get("pagination") == "keyset":
        return keyset_page(call, jobs, show, key=lambda job: (job.queued_at, job.id))
    return uncounted_page(call, jobs, show, capped="Ci::Build")


def _job(call: Call) -> Job:
    row = call.project()
    job = find_job(call.world, Forge.GITLAB, call.number("job_id"), call.at)
    return job if job is not None and job.project.id == row.id else not_found("Job")


async def project_job(call: Call) -> Response:
    """Answer ``GET /projects/:id/jobs/:job_id``."""
    return json_answer(entities.job_full(call, _job(call)))


async def cancel_job(call: Call) -> Response:
    """Answer ``POST /projects/:id/jobs/:job_id/cancel``; one that only waits cannot be cancelled in this world."""
    job = _job(call)
    if job.status is JobStatus.PENDING:
        forbidden()
    if job.status is JobStatus.RUNNING:
        actions.cancel_job(call.world, job)
        call.site.jobs.forget()
    return json_answer(entities.job_full(call, _job(call)), 201)
