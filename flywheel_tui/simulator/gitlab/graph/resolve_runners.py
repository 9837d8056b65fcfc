"""The fields of a runner and of its managers."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError

from flywheel_tui.simulator.gitlab.graph.context import DENIED, Context, Info
from flywheel_tui.simulator.gitlab.graph.paging import connection, short_connection
from flywheel_tui.simulator.gitlab.graph.resolve_jobs import job_page
from flywheel_tui.simulator.gitlab.graph.resolve_lists import number_of
from flywheel_tui.simulator.gitlab.liveness import creation_finished, manager_liveness, runner_liveness
from flywheel_tui.simulator.gitlab.moments import graph_time
from flywheel_tui.simulator.gitlab.releases import runner_upgrade_status, upgrade_status
from flywheel_tui.simulator.world.model_forge import (
    GitLabManager,
    GitLabRunner,
    JobStatus,
    Project,
    RunnerType,
    User,
)
from flywheel_tui.simulator.world.views import contacted_at, jobs_running, runner_contacted_at

Json = dict[str, Any]
COUNTED_JOBS = 1_000
"""GitLab counts no further; one more means that there are more."""


def runner(_: object, info: Info, *, id: str) -> GitLabRunner | None:  # noqa: A002 - GraphQL's own name
    """Answer ``Query.runner``."""
    if info.context.account is None:
        return None
    return info.context.site.world.gitlab_runners.get(number_of(id, "Ci::Runner"))


def edge_address(edge: Json, info: Info) -> str | None:
    """Answer the ``webUrl`` of an edge: the page of the runner in the settings of its owner."""
    row: GitLabRunner = edge["node"]
    base = info.context.base
    if row.type is RunnerType.INSTANCE:
        return f"{base}/admin/runners/{row.id}"
    if row.group is not None:
        return f"{base}/groups/{row.group}/-/runners/{row.id}"
    owner = _owner_project(row, info)
    return f"{base}/{owner.full_path}/-/runners/{row.id}" if owner else None


def may_update(context: Context, row: GitLabRunner) -> bool:
    """Return whether the token's owner manages a runner."""
    return context.administrator or row.type is not RunnerType.INSTANCE


def job_count(context: Context, row: GitLabRunner, statuses: frozenset[JobStatus] | None) -> int:
    """Return how many jobs a runner has or had, up to 1,001."""
    world, at, key = context.site.world, context.at, f"gitlab/{row.id}"
    if statuses is None:
        return min(sum(lane.started(at) for lane in world.lanes_of.get(key, ())), COUNTED_JOBS + 1)
    found = jobs_running(world, key, at) if JobStatus.RUNNING in statuses else 0
    for lane in world.lanes_of.get(key, ()) if statuses - {JobStatus.RUNNING, JobStatus.PENDING} else ():
        ended = lane.finished(at)
        counts = lane.tape.outcome_counts(ended)
        good, canceled = counts.get("success", 0), counts.get("job_canceled", 0)
        found += good * (JobStatus.SUCCESS in statuses) + canceled * (JobStatus.CANCELED in statuses)
        found += (ended - good - canceled) * (JobStatus.FAILED in statuses)
    return min(found, COUNTED_JOBS + 1)


def job_statuses(words: list[str] | None) -> frozenset[JobStatus] | None:
    """Return the statuses of an argument; the world's jobs know a part of GitLab's. None asks for all."""
    known = {status.value for status in JobStatus}
    return None if words is None else frozenset(JobStatus(word.lower()) for word in words if word.lower() in known)


def _job_count(row: GitLabRunner, info: Info, *, statuses: list[str] | None = None) -> int:
    return job_count(info.context, row, job_statuses(statuses))


def _jobs(row: GitLabRunner, info: Info, **arguments: Any) -> Json:  # noqa: ANN401 - of many types
    context = info.context
    context.runners_with_jobs.add(row.id)
    if len(context.runners_with_jobs) > 1:
        raise GraphQLError('"jobs" field can be requested only for 1 CiRunner(s) at a time.')
    statuses = job_statuses(arguments.get("statuses"))
    wanted = frozenset(JobStatus) if statuses is None else statuses
    return job_page(context, context.site.jobs.of_runner(row.id, wanted, None, context.at), arguments)


def _managers(row: GitLabRunner, info: Info, **arguments: Any) -> Json:  # noqa: ANN401 - as above
    context = info.context
    system, status = arguments.get("systemId"), arguments.get("status")
    rows = [
        manager
        for manager in sorted(row.managers, key=lambda manager: -manager.id)
        if (system is None or manager.system_id == system)
        and (status is None or manager_liveness(context.site.world, manager, context.at) == status.lower())
    ]
    keys = [(0.0, -manager.id) for manager in rows]
    return connection(
        rows,
        arguments,
        key=keys.__getitem__,
        after=lambda key: sum(each <= key for each in keys),
        before=lambda key: sum(each < key for each in keys),
    )


def _creator(row: GitLabRunner, info: Info) -> User | None:
    return info.context.site.world.users.get(row.creator) if row.creator is not None else None


def _owner_project(row: GitLabRunner, info: Info) -> Project | None:
    return info.context.site.world.gitlab_projects.get(row.projects[0]) if row.projects else None


def _groups(row: GitLabRunner, info: Info, **arguments: Any) -> Json | None:  # noqa: ANN401 - as above
    if row.group is None:
        return None
    group = info.context.site.group(row.group)
    return short_connection([] if group is None else [group], arguments)


def _projects(row: GitLabRunner, info: Info, **arguments: Any) -> Json | None:  # noqa: ANN401 - as above
    if row.type is not RunnerType.PROJECT:
        return None
    known = info.context.site.world.gitlab_projects
    wanted = (arguments.get("search") or "").casefold()
    return short_connection(
        [known[each] for each in row.projects if each in known and wanted in known[each].full_path.casefold()],
        arguments,
    )


def _contacted(row: GitLabRunner, info: Info) -> str | None:
    context = info.context
    return graph_time(runner_contacted_at(context.site.world, row, context.at))


def _status(row: GitLabRunner, info: Info) -> str:
    context = info.context
    return runner_liveness(context.site.world, row, context.at).upper()


def _busy(row: GitLabRunner, info: Info) -> str:
    context = info.context
    return "ACTIVE" if jobs_running(context.site.world, f"gitlab/{row.id}", context.at) else "IDLE"


def _note(row: GitLabRunner, info: Info) -> str | None:
    if not may_update(info.context, row):
        raise GraphQLError(DENIED)
    return row.maintenance_note


def _admin_address(ending: str) -> Any:  # noqa: ANN401 - a resolver
    def resolve(row: GitLabRunner, info: Info) -> str | None:
        context = info.context
        return f"{context.base}/admin/runners/{row.id}{ending}" if context.administrator else None

    return resolve


def _permissions(row: GitLabRunner, info: Info) -> dict[str, bool]:
    may = may_update(info.context, row)
    return {"assignRunner": may, "deleteRunner": may, "readRunner": True, "updateRunner": may}


def _nothing(row: object, info: Info) -> None:
    return None


RUNNER: dict[str, Any] = {
    "accessLevel": lambda row, info: "REF_PROTECTED" if row.protected else "NOT_PROTECTED",
    "active": lambda row, info: not row.paused,
    "adminUrl": _admin_address(""),
    "contactedAt": _contacted,
    "createdAt": lambda row, info: graph_time(row.created_at),
    "createdBy": _creator,
    "creationMethod": lambda row, info: "REGISTRATION_TOKEN" if row.creator is None else "AUTHENTICATED_USER",
    "creationState": lambda row, info: "FINISHED" if creation_finished(row) else "STARTED",
    "description": lambda row, info: row.description,
    "editAdminUrl": _admin_address("/edit"),
    "ephemeralAuthenticationToken": _nothing,
    "ephemeralRegisterUrl": _nothing,
    "groups": _groups,
    "id": lambda row, info: f"gid://gitlab/Ci::Runner/{row.id}",
    "jobCount": _job_count,
    "jobExecutionStatus": _busy,
    "jobs": _jobs,
    "locked": lambda row, info: row.locked,
    "maintenanceNote": _note,
    "managers": _managers,
    "maximumTimeout": lambda row, info: row.maximum_timeout,
    "ownerProject": _owner_project,
    "paused": lambda row, info: row.paused,
    "projectCount": lambda row, info: len(row.projects) if row.type is RunnerType.PROJECT else None,
    "projects": _projects,
    "registerAdminUrl": _nothing,
    "runUntagged": lambda row, info: row.run_untagged,
    "runnerType": lambda row, info: row.type.upper(),
    "shortSha": lambda row, info: row.short_sha,
    "status": _status,
    "tagList": lambda row, info: list(row.tags),
    "tokenExpiresAt": lambda row, info: graph_time(row.token_expires_at),
    "userPermissions": _permissions,
    "upgradeStatus": lambda row, info: runner_upgrade_status(row.managers),
    "privateProjectsMinutesCostFactor": lambda row, info: 1.0 if row.type is RunnerType.INSTANCE else None,
    "publicProjectsMinutesCostFactor": lambda row, info: 0.0 if row.type is RunnerType.INSTANCE else None,
}


def _manager_status(manager: GitLabManager, info: Info) -> str:
    context = info.context
    return manager_liveness(context.site.world, manager, context.at).upper()


def _manager_contacted(manager: GitLabManager, info: Info) -> str | None:
    context = info.context
    return graph_time(contacted_at(context.site.world, manager, context.at))


def _manager_busy(manager: GitLabManager, info: Info) -> str:
    context = info.context
    running = jobs_running(context.site.world, f"gitlab/{manager.runner_id}", context.at, process=manager.system_id)
    return "ACTIVE" if running else "IDLE"


def _runner_of(manager: GitLabManager, info: Info) -> GitLabRunner | None:
    return info.context.site.world.gitlab_runners.get(manager.runner_id)


MANAGER: dict[str, Any] = {
    "architectureName": lambda manager, info: manager.architecture,
    "contactedAt": _manager_contacted,
    "createdAt": lambda manager, info: graph_time(manager.created_at),
    "executorName": lambda manager, info: manager.executor,
    "id": lambda manager, info: f"gid://gitlab/Ci::RunnerManager/{manager.id}",
    "ipAddress": lambda manager, info: manager.ip_address,
    "jobExecutionStatus": _manager_busy,
    "platformName": lambda manager, info: manager.platform,
    "revision": lambda manager, info: manager.revision,
    "runner": _runner_of,
    "status": _manager_status,
    "systemId": lambda manager, info: manager.system_id,
    "version": lambda manager, info: manager.version,
    "upgradeStatus": lambda manager, info: upgrade_status(manager.version),
}
