"""The endpoints of runners."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from functools import partial

from starlette.responses import Response

from flywheel_tui.simulator.gitlab.answers import RefusalError, bad_parameter, forbidden, json_answer
from flywheel_tui.simulator.gitlab.graph.context import Context
from flywheel_tui.simulator.gitlab.graph.resolve_runners import may_update
from flywheel_tui.simulator.gitlab.job_book import JobMark
from flywheel_tui.simulator.gitlab.liveness import Liveness
from flywheel_tui.simulator.gitlab.moments import rest_time
from flywheel_tui.simulator.gitlab.rest import entities
from flywheel_tui.simulator.gitlab.rest.call import Call
from flywheel_tui.simulator.gitlab.rest.changes import read_changes
from flywheel_tui.simulator.gitlab.rest.paging import keyset_page, offset_page
from flywheel_tui.simulator.gitlab.roster import Membership, Selection
from flywheel_tui.simulator.world import actions
from flywheel_tui.simulator.world.model_forge import GitLabRunner, JobStatus, RunnerType
from flywheel_tui.simulator.world.views import runner_contacted_at

TYPES = tuple(kind.value for kind in RunnerType)
STATUSES = ("active", "paused", *(word.value for word in Liveness))
SCOPES = ("specific", "shared", *STATUSES)
JOB_STATUSES = (
    "created", "waiting_for_resource", "preparing", "waiting_for_callback", "pending", "running", "success",
    "failed", "canceling", "canceled", "skipped", "manual", "scheduled",
)  # fmt: skip


def _selection(call: Call, **where: object) -> Selection:
    kind = call.choice("type", TYPES)
    status = call.choice("status", STATUSES)
    scope = call.choice("scope", SCOPES)
    prefix = call.query.get("version_prefix")
    if prefix is not None and not (prefix[:1].isdigit() or prefix[:1] in ("+", ".")):
        bad_parameter("version_prefix is invalid")
    paused = call.flag("paused")
    # `active` and `paused` are statuses of old; the boolean wins.
    for word in (scope, status):
        if paused is None and word in ("active", "paused"):
            paused = word == "paused"
    if scope == "shared":
        kind = kind or RunnerType.INSTANCE
    live = next((Liveness(word) for word in (status, scope) if word in tuple(Liveness)), None)
    return Selection(
        type=RunnerType(kind) if kind else None,
        paused=paused,
        status=live,
        tags=call.words("tag_list"),
        version_prefix=prefix,
        **where,  # type: ignore[arg-type]  # fields of Selection
    )


def _page(call: Call, selection: Selection) -> Response:
    rows = call.site.roster.newest_first(selection, call.at)
    if call.query.get("scope") == "specific":
        rows = [row for row in rows if row.type is not RunnerType.INSTANCE]
    return offset_page(call, rows, partial(entities.listed_runner, call))


async def owned(call: Call) -> Response:
    """Answer ``GET /runners``."""
    return _page(call, _selection(call, owned=True))


async def everywhere(call: Call) -> Response:
    """Answer ``GET /runners/all``."""
    if not call.site.account.administrator:
        forbidden()
    return _page(call, _selection(call))


async def of_group(call: Call) -> Response:
    """Answer ``GET /groups/:id/runners``: those of the group, of the groups above it, and the instance's."""
    group = call.group()
    return _page(call, _selection(call, group=group.full_path, membership=Membership.ALL_AVAILABLE))


async def of_project(call: Call) -> Response:
    """Answer ``GET /projects/:id/runners``."""
    return _page(call, _selection(call, project=call.project().id))


async def details(call: Call) -> Response:
    """Answer ``GET /runners/:id``."""
    return json_answer(entities.detailed_runner(call, call.runner()))


async def managers(call: Call) -> Response:
    """Answer ``GET /runners/:id/managers``: all of them, without pages."""
    runner = call.runner()
    newest_first = sorted(runner.managers, key=lambda manager: -manager.id)
    return json_answer([entities.manager(call, each) for each in newest_first])


async def jobs(call: Call) -> Response:
    """Answer ``GET /runners/:id/jobs``."""
    runner = call.runner()
    if runner.type is RunnerType.INSTANCE and not call.site.account.administrator:
        forbidden("No access granted")
    status = call.choice("status", JOB_STATUSES)
    call.choice("order_by", ("id",))
    ascending = call.choice("sort", ("asc", "desc")) == "asc"
    system = call.query.get("system_id") or None
    known = {word.value for word in JobStatus}
    statuses = frozenset(JobStatus) if status is None else frozenset({JobStatus(status)} if status in known else ())
    marks = call.site.jobs.of_runner(runner.id, statuses, system, call.at)
    if ascending:
        marks.reverse()

    def show(mark: JobMark) -> entities.Json:
        return entities.runner_job(call, call.site.jobs.job(mark, call.at))

    if call.query.get("pagination") == "keyset":
        return keyset_page(call, marks, show, key=lambda mark: (mark.queued_at, mark.id), ascending=ascending)
    return offset_page(call, marks, show, counted=system is None)


def _authorize_update(call: Call, runner: GitLabRunner) -> None:
    if not may_update(Context(call.site, call.site.account, call.at, call.base), runner):
        forbidden("No access granted")


async def update(call: Call) -> Response:
    """Answer ``PUT /runners/:id``."""
    fields = await call.body()
    runner = call.runner()
    paused, changes = read_changes(fields, runner)
    _authorize_update(call, runner)
    if changes:
        actions.update_gitlab_runner(call.world, runner.id, **changes)
    if paused is not None:
        actions.pause_gitlab_runner(call.world, runner.id, paused)
    call.site.jobs.forget()
    return json_answer(entities.detailed_runner(call, call.runner()))


async def delete(call: Call) -> Response:
    """Answer ``DELETE /runners/:id``."""
    runner = call.runner()
    if len(runner.projects) > 1 and not call.site.account.administrator:
        forbidden("Runner associated with more than one project")
    _authorize_update(call, runner)
    condition = call.request.headers.get("if-unmodified-since")
    if condition is not None and not _unmodified_since(call, runner, condition):
        raise RefusalError(412, {"message": "412 Precondition Failed"})
    actions.delete_gitlab_runner(call.world, runner.id)
    call.site.jobs.forget()
    return Response(status_code=204)


def _unmodified_since(call: Call, runner: GitLabRunner, condition: str) -> bool:
    try:
        since = parsedate_to_datetime(condition).timestamp()
    except ValueError:
        return False
    # A contact is written to the runner's own row, so it counts as a change.
    contacted = runner_contacted_at(call.world, runner, call.at, persisted=True)
    return max(runner.created_at, contacted or 0.0, runner.paused_at or 0.0) <= since


async def reset_token(call: Call) -> Response:
    """Answer ``POST /runners/:id/reset_authentication_token``."""
    runner = call.runner()
    _authorize_update(call, runner)
    token = actions.reset_gitlab_token(call.world, runner.id)
    return json_answer({"token": token, "token_expires_at": rest_time(runner.token_expires_at)}, 201)
