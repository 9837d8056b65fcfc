"""Which function answers which field of the schema."""

from __future__ import annotations

from typing import Any

from flywheel_tui.simulator.gitlab.graph import resolve_jobs, resolve_lists, resolve_runners
from flywheel_tui.simulator.gitlab.graph.context import Info
from flywheel_tui.simulator.gitlab.site import REVISION
from flywheel_tui.simulator.world.model_forge import Group, Project, User


def _metadata(_: object, info: Info) -> dict[str, object] | None:
    site = info.context.site
    if info.context.account is None:
        return None
    return {"version": site.version, "revision": REVISION, "enterprise": site.enterprise}


def _complexity(_: object, info: Info) -> dict[str, int]:
    context = info.context
    return {"score": context.score, "limit": context.limit}


def _current_user(_: object, info: Info) -> User | None:
    account = info.context.account
    return None if account is None else info.context.site.world.users[account.user]


_USER = {
    "id": lambda user, info: f"gid://gitlab/User/{user.id}",
    "webUrl": lambda user, info: f"{info.context.base}/{user.username}",
    "webPath": lambda user, info: f"/{user.username}",
}


def _group(_: object, info: Info, *, fullPath: str) -> Group | None:  # noqa: N803 - GraphQL's own name
    site = info.context.site
    return None if fullPath.isdecimal() or info.context.account is None else site.group(fullPath)


def _project(_: object, info: Info, *, fullPath: str) -> Project | None:  # noqa: N803 - as above
    site = info.context.site
    return None if fullPath.isdecimal() or info.context.account is None else site.project(fullPath)


def _group_full_name(group: Group, info: Info) -> str:
    return " / ".join(group.full_path.split("/"))


def _group_of(project: Project, info: Info) -> Group | None:
    return info.context.site.group(project.namespace)


FIELDS: dict[str, dict[str, Any]] = {
    "Query": {
        "metadata": _metadata,
        "currentUser": _current_user,
        "group": _group,
        "project": _project,
        "queryComplexity": _complexity,
        "runner": resolve_runners.runner,
        "runners": resolve_lists.instance_runners,
        "jobs": resolve_jobs.instance_jobs,
    },
    "CurrentUser": {**_USER, "runners": resolve_lists.own_runners},
    "UserCore": _USER,
    "Group": {
        "id": lambda group, info: f"gid://gitlab/Group/{group.id}",
        "fullName": _group_full_name,
        "fullPath": lambda group, info: group.full_path,
        "path": lambda group, info: group.name,
        "webUrl": lambda group, info: f"{info.context.base}/groups/{group.full_path}",
        "runners": resolve_lists.group_runners,
    },
    "Project": {
        "id": lambda project, info: f"gid://gitlab/Project/{project.id}",
        "fullPath": lambda project, info: project.full_path,
        "path": lambda project, info: project.name,
        "webUrl": lambda project, info: f"{info.context.base}/{project.full_path}",
        "group": _group_of,
        "runners": resolve_lists.project_runners,
    },
    "CiRunner": resolve_runners.RUNNER,
    "CiRunnerEdge": {"webUrl": resolve_runners.edge_address},
    "CiRunnerManager": resolve_runners.MANAGER,
    "CiJob": resolve_jobs.JOB,
    "Pipeline": resolve_jobs.PIPELINE,
}
IMPLEMENTATIONS = {"CiJobInterface": "CiJob", "PipelineInterface": "Pipeline", "ProjectInterface": "Project"}
