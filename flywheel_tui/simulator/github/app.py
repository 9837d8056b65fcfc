"""The simulated GitHub as an ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from flywheel_tui.simulator.github import groups, places, runners, runs
from flywheel_tui.simulator.github.answers import RefusalError, refuse
from flywheel_tui.simulator.github.call import Call
from flywheel_tui.simulator.github.door import Door, RawPaths
from flywheel_tui.simulator.github.limits import HOURLY, POINTS_A_MINUTE
from flywheel_tui.simulator.github.rights import NOTHING, ORG_READ, ORG_WRITE, REPO_READ, REPO_WRITE, Right
from flywheel_tui.simulator.github.site import Site, Token
from flywheel_tui.simulator.world import World

Handler = Callable[[Call], Awaitable[Response]]
Endpoints = dict[str, dict[str, tuple[Handler, Right]]]


def _runner_endpoints(place: str, read: Right, write: Right) -> Endpoints:
    here = f"{place}/actions/runners"
    return {
        here: {"GET": (runners.listed, read)},
        f"{here}/downloads": {"GET": (runners.downloads, read)},
        f"{here}/registration-token": {"POST": (runners.new_token, write)},
        f"{here}/remove-token": {"POST": (runners.new_token, write)},
        f"{here}/{{runner_id}}": {"GET": (runners.details, read), "DELETE": (runners.delete, write)},
        f"{here}/{{runner_id}}/labels": {
            "GET": (runners.labels, read),
            "POST": (runners.add_labels, write),
            "PUT": (runners.set_labels, write),
            "DELETE": (runners.clear_labels, write),
        },
        f"{here}/{{runner_id}}/labels/{{name}}": {"DELETE": (runners.drop_label, write)},
    }


_GROUPS = "/orgs/{org}/actions/runner-groups"
_REPO = "/repos/{owner}/{repo}"
ENDPOINTS: Endpoints = {
    "/rate_limit": {"GET": (places.rate_limit, NOTHING)},
    "/user": {"GET": (places.user, NOTHING)},
    "/orgs/{org}": {"GET": (places.org, NOTHING)},
    "/orgs/{org}/repos": {"GET": (places.repositories, NOTHING)},
    **_runner_endpoints("/orgs/{org}", ORG_READ, ORG_WRITE),
    _GROUPS: {"GET": (groups.listed, ORG_READ)},
    f"{_GROUPS}/{{group_id}}": {"GET": (groups.details, ORG_READ)},
    f"{_GROUPS}/{{group_id}}/repositories": {"GET": (groups.repositories, ORG_READ)},
    f"{_GROUPS}/{{group_id}}/runners": {"GET": (groups.runners, ORG_READ), "PUT": (groups.set_runners, ORG_WRITE)},
    f"{_GROUPS}/{{group_id}}/runners/{{runner_id}}": {
        "PUT": (groups.add_runner, ORG_WRITE),
        "DELETE": (groups.remove_runner, ORG_WRITE),
    },
    _REPO: {"GET": (places.repository, NOTHING)},
    **_runner_endpoints(_REPO, REPO_READ, REPO_WRITE),
    f"{_REPO}/actions/runs": {"GET": (runs.listed, NOTHING)},
    f"{_REPO}/actions/runs/{{run_id}}": {"GET": (runs.details, NOTHING)},
    f"{_REPO}/actions/runs/{{run_id}}/jobs": {"GET": (runs.jobs, NOTHING)},
    f"{_REPO}/actions/runs/{{run_id}}/cancel": {"POST": (runs.cancel, REPO_WRITE)},
    f"{_REPO}/actions/jobs/{{job_id}}": {"GET": (runs.job, NOTHING)},
}


def build_app(
    world: World,
    token: str,
    *,
    token_scopes: frozenset[str] | None = frozenset({"admin:org", "repo"}),
    token_permissions: frozenset[str] = frozenset(),
    hourly_limit: int = HOURLY,
    points_a_minute: int = POINTS_A_MINUTE,
) -> Starlette:
    """Return a GitHub that reports on a world.

    Args:
        world: The world.
        token: The one token that it accepts; empty accepts everybody.
        token_scopes: Scopes of a classic token; None makes it a fine-grained one.
        token_permissions: Permissions of a fine-grained token.
        hourly_limit: Requests an hour that the token has.
        points_a_minute: Points a minute that one address has, the secondary limit.
    """
    site = Site(world, Token(token, token_scopes, token_permissions), hourly=hourly_limit, points=points_a_minute)
    door = Door(site)
    routes = [_route(door, site, path, handlers) for path, handlers in ENDPOINTS.items()]
    app = Starlette(routes=routes, exception_handlers={404: door.no_such_address, 405: door.no_such_address})
    app.router.redirect_slashes = False
    app.add_middleware(RawPaths)
    return app


def _route(door: Door, site: Site, path: str, handlers: dict[str, tuple[Handler, Right]]) -> Route:
    async def endpoint(request: Request) -> Response:
        handler, right = handlers["GET" if request.method == "HEAD" else request.method]

        async def work(at: float) -> Response:
            if not right.granted(site.token):
                refuse(403, right.refusal(site.token), headers=right.headers(site.token))
            answer = await handler(Call(request, site, at))
            answer.headers.update(right.headers(site.token))
            return answer

        try:
            return await door.let_in(request, work, address=path, free=path == "/rate_limit")
        except ClientDisconnect:
            return Response(status_code=499)

    return Route(path, endpoint, methods=list(handlers))


__all__ = ["ENDPOINTS", "RefusalError", "build_app"]
