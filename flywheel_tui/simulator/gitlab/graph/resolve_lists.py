"""The lists of runners: of the instance, a group, a project, the token's owner."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError

from flywheel_tui.simulator.gitlab.account import number_in
from flywheel_tui.simulator.gitlab.graph.context import DENIED, Info
from flywheel_tui.simulator.gitlab.graph.paging import connection
from flywheel_tui.simulator.gitlab.liveness import Liveness
from flywheel_tui.simulator.gitlab.roster import Membership, Order, Selection
from flywheel_tui.simulator.world.model_forge import Group, Project, RunnerType

Json = dict[str, Any]


def instance_runners(_: object, info: Info, **arguments: Any) -> Json:  # noqa: ANN401 - of many types
    """Answer ``Query.runners``: for administrators only."""
    if not info.context.administrator:
        raise GraphQLError(DENIED)
    return _page(info, arguments)


def group_runners(group: Group, info: Info, **arguments: Any) -> Json:  # noqa: ANN401 - of many types
    """Answer ``Group.runners``."""
    membership = Membership(arguments.get("membership") or Membership.DESCENDANTS)
    return _page(info, arguments, group=group.full_path, membership=membership)


def project_runners(project: Project, info: Info, **arguments: Any) -> Json:  # noqa: ANN401 - as above
    """Answer ``Project.runners``."""
    return _page(info, arguments, project=project.id)


def own_runners(_: object, info: Info, **arguments: Any) -> Json:  # noqa: ANN401 - of many types
    """Answer ``CurrentUser.runners``: what the token's owner manages."""
    return _page(info, arguments, owned=not info.context.administrator)


def number_of(gid: str, kind: str) -> int:
    """Return the number of a global id such as ``gid://gitlab/User/1``.

    Raises:
        GraphQLError: It is not one of this kind.
    """
    prefix = f"gid://gitlab/{kind}/"
    number = number_in(gid.removeprefix(prefix)) if gid.startswith(prefix) else None
    if number is None:
        raise GraphQLError(f'"{gid}" does not represent an instance of {kind}')
    return number


def _page(info: Info, arguments: Json, **where: Any) -> Json:  # noqa: ANN401 - fields of Selection
    context = info.context
    paused, active = arguments.get("paused"), arguments.get("active")
    kind, status, creator = arguments.get("type"), arguments.get("status"), arguments.get("creatorId")
    selection = Selection(
        type=RunnerType(kind.lower()) if kind else None,
        paused=(None if active is None else not active) if paused is None else paused,
        status=Liveness(status.lower()) if status else None,
        tags=tuple(arguments.get("tagList") or ()),
        search=arguments.get("search"),
        version_prefix=arguments.get("versionPrefix"),
        upgrade_status=arguments.get("upgradeStatus"),
        creator=number_of(creator, "User") if creator else None,
        creator_name=arguments.get("creatorUsername"),
        **where,
    )
    ranked = context.site.roster.ranked(selection, Order(arguments.get("sort") or Order.CREATED_DESC), context.at)
    return connection(ranked.rows, arguments, key=ranked.keys.__getitem__, after=ranked.after, before=ranked.before)
