"""The endpoints of runner groups, which organizations have."""

from __future__ import annotations

from functools import partial

from starlette.responses import Response

from flywheel_tui.simulator.github import entities
from flywheel_tui.simulator.github.answers import json_answer, not_found, unprocessable
from flywheel_tui.simulator.github.call import Call
from flywheel_tui.simulator.world import actions
from flywheel_tui.simulator.world.model_forge import RunnerGroup


def _of(call: Call, org: str) -> list[RunnerGroup]:
    return [group for group in call.world.runner_groups.values() if group.org == org]


async def listed(call: Call) -> Response:
    """Answer ``GET /orgs/{org}/actions/runner-groups``."""
    org = call.org()
    groups = _of(call, org)
    visible = call.query.get("visible_to_repository")
    if visible:
        repository = call.site.repository(org, visible)
        number = repository.id if repository is not None else 0
        groups = [group for group in groups if group.visibility != "selected" or number in group.repositories]
    return call.page("runner_groups", groups, partial(entities.group, call))


async def details(call: Call) -> Response:
    """Answer ``GET …/runner-groups/{group_id}``."""
    return json_answer(entities.group(call, call.group()))


async def runners(call: Call) -> Response:
    """Answer ``GET …/runner-groups/{group_id}/runners``."""
    group = call.group()
    entries = [entry for entry in call.site.roster.of(group.org) if entry.runner.group_id == group.id]
    return call.page("runners", entries, partial(entities.runner, call))


async def repositories(call: Call) -> Response:
    """Answer ``GET …/runner-groups/{group_id}/repositories``."""
    group = call.group()
    rows = [call.world.repositories[each] for each in group.repositories if each in call.world.repositories]
    return call.page("repositories", rows, partial(entities.repository, call))


async def add_runner(call: Call) -> Response:
    """Answer ``PUT …/runner-groups/{group_id}/runners/{runner_id}``: the runner leaves the group that it was in."""
    _move(call, call.number("runner_id"), call.group())
    return Response(status_code=204)


async def remove_runner(call: Call) -> Response:
    """Answer ``DELETE …/runner-groups/{group_id}/runners/{runner_id}``: it falls back into the default group."""
    group, ident = call.group(), call.number("runner_id")
    entry = call.site.roster.find(group.org, ident)
    if entry is None or entry.runner.group_id != group.id:
        not_found()
    _move(call, ident, _default(call, group.org))
    return Response(status_code=204)


async def set_runners(call: Call) -> Response:
    """Answer ``PUT …/runner-groups/{group_id}/runners``: exactly these are in it from now on."""
    group = call.group()
    wanted = await call.numbers("runners")
    known = {entry.runner.id: entry for entry in call.site.roster.of(group.org)}
    if any(ident not in known for ident in wanted):
        unprocessable("Invalid request.\n\nA runner does not exist in this organization.")
    for ident, entry in known.items():
        if ident in wanted:
            _move(call, ident, group)
        elif entry.runner.group_id == group.id and entry.ephemeral is None and not group.default:
            _move(call, ident, _default(call, group.org))
    return Response(status_code=204)


def _default(call: Call, org: str) -> RunnerGroup:
    return next(group for group in _of(call, org) if group.default)


def _move(call: Call, ident: int, group: RunnerGroup) -> None:
    entry = call.site.roster.find(group.org, ident)
    if entry is None:
        not_found()
    if entry.ephemeral is not None:
        unprocessable("Runners that belong to a runner scale set cannot be moved")
    actions.move_github_runner(call.world, ident, group.id)
