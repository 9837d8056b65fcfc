"""The endpoints of GitHub itself, its organizations and its repositories."""

from __future__ import annotations

from functools import partial

from starlette.responses import Response

from flywheel_tui.simulator.github import entities
from flywheel_tui.simulator.github.answers import json_answer, moment
from flywheel_tui.simulator.github.call import Call
from flywheel_tui.simulator.github.limits import HOUR

ME = 1
"""Id of the user whose token it is."""
_FIRST_ORG = 90_000


async def rate_limit(call: Call) -> Response:
    """Answer ``GET /rate_limit``, which costs nothing."""
    core = call.site.hourly.state(call.at)
    search = {"limit": 30, "used": 0, "remaining": 30, "reset": int(call.at + 60)}
    graphql = {"limit": 5_000, "used": 0, "remaining": 5_000, "reset": int(call.at + HOUR)}
    told: dict[str, object] = {"resources": {"core": core, "search": search, "graphql": graphql}}
    if call.request.headers.get("x-github-api-version") != "2026-03-10":
        told["rate"] = core
    return json_answer(told)


async def user(call: Call) -> Response:
    """Answer ``GET /user``."""
    row = call.world.users[ME]
    told = entities.account(call, row.username, row.id)
    return json_answer({**told, "name": row.name, "email": None, "created_at": moment(call.world.birth)})


async def org(call: Call) -> Response:
    """Answer ``GET /orgs/{org}``."""
    name = call.org()
    number = _FIRST_ORG + call.world.orgs.index(name)
    address = f"{call.base}/orgs/{name}"
    return json_answer(
        {
            "login": name,
            "id": number,
            "node_id": entities.node_id("O", number),
            "url": address,
            "repos_url": f"{address}/repos",
            "events_url": f"{address}/events",
            "hooks_url": f"{address}/hooks",
            "issues_url": f"{address}/issues",
            "members_url": f"{address}/members{{/member}}",
            "public_members_url": f"{address}/public_members{{/member}}",
            "avatar_url": f"{call.base}/avatars/u/{number}?v=4",
            "description": None,
            "name": name,
            "type": "Organization",
            "created_at": moment(call.world.birth),
            "updated_at": moment(call.world.birth),
        }
    )


async def repositories(call: Call) -> Response:
    """Answer ``GET /orgs/{org}/repos``."""
    name = call.org()
    rows = [row for row in call.world.repositories.values() if row.namespace == name]
    return call.page("", rows, partial(entities.repository_full, call))


async def repository(call: Call) -> Response:
    """Answer ``GET /repos/{owner}/{repo}``."""
    return json_answer(entities.repository_full(call, call.repository()))
