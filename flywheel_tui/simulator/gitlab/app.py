"""The simulated GitLab as an ASGI application."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flywheel_tui.simulator.gitlab import account as scopes
from flywheel_tui.simulator.gitlab.account import ADMINISTRATOR, OWNER, Account, accepted
from flywheel_tui.simulator.gitlab.answers import (
    RefusalError,
    insufficient_scope,
    json_answer,
    refusal_answer,
    unauthorized,
)
from flywheel_tui.simulator.gitlab.graph.endpoint import GraphEndpoint
from flywheel_tui.simulator.gitlab.rest import places, runners
from flywheel_tui.simulator.gitlab.rest.call import Call
from flywheel_tui.simulator.gitlab.site import Site
from flywheel_tui.simulator.world import World

Handler = Callable[[Call], Awaitable[Response]]
API = "/api/v4"

ENDPOINTS: dict[str, dict[str, tuple[Handler, frozenset[str]]]] = {
    "/version": {"GET": (places.version, scopes.READ_USER)},
    "/metadata": {"GET": (places.metadata, scopes.READ_USER)},
    "/user": {"GET": (places.user, scopes.READ_USER)},
    "/personal_access_tokens/self": {"GET": (places.token, scopes.ANY_SCOPE)},
    "/runners": {"GET": (runners.owned, scopes.READ_API)},
    "/runners/all": {"GET": (runners.everywhere, scopes.READ_API)},
    "/runners/{id}": {
        "GET": (runners.details, scopes.READ_RUNNER),
        "PUT": (runners.update, scopes.WRITE_RUNNER),
        "DELETE": (runners.delete, scopes.WRITE_RUNNER),
    },
    "/runners/{id}/managers": {"GET": (runners.managers, scopes.READ_RUNNER)},
    "/runners/{id}/jobs": {"GET": (runners.jobs, scopes.READ_RUNNER)},
    "/runners/{id}/reset_authentication_token": {"POST": (runners.reset_token, scopes.WRITE_RUNNER)},
    "/groups": {"GET": (places.groups, scopes.READ_API)},
    "/groups/{id}": {"GET": (places.group, scopes.READ_API)},
    "/groups/{id}/projects": {"GET": (places.group_projects, scopes.READ_API)},
    "/groups/{id}/runners": {"GET": (runners.of_group, scopes.READ_RUNNER)},
    "/projects": {"GET": (places.projects, scopes.READ_API)},
    "/projects/{id}": {"GET": (places.project, scopes.READ_API)},
    "/projects/{id}/runners": {"GET": (runners.of_project, scopes.READ_API)},
    "/projects/{id}/jobs": {"GET": (places.project_jobs, scopes.READ_API)},
    "/projects/{id}/jobs/{job_id}": {"GET": (places.project_job, scopes.READ_API)},
    "/projects/{id}/jobs/{job_id}/cancel": {"POST": (places.cancel_job, scopes.WRITE_API)},
}


def build_app(
    world: World,
    token: str,
    *,
    enterprise: bool = True,
    administrator: bool = True,
    token_scopes: frozenset[str] = frozenset({"api", "read_api"}),
) -> Starlette:
    """Return a GitLab that reports on a world.

    Args:
        world: The world.
        token: The one token that it accepts, as ``Authorization: Bearer`` or ``PRIVATE-TOKEN``; empty accepts all.
        enterprise: Whether it is the Enterprise Edition.
        administrator: Whether the token's owner is an administrator; else the owner of the root group.
        token_scopes: What the token may be used for.
    """
    user = ADMINISTRATOR if administrator else OWNER
    site = Site(world, token, Account(user, administrator, token_scopes), enterprise=enterprise)
    graph = GraphEndpoint(site)
    routes = [Route("/api/graphql", graph.answer, methods=["GET", "POST"])]
    routes += [_route(site, path, handlers) for path, handlers in ENDPOINTS.items()]
    app = Starlette(routes=routes, exception_handlers={404: _no_such_address, 405: _no_such_method})
    app.router.redirect_slashes = False
    app.add_middleware(Doorway, world=world)
    return app


def _route(site: Site, path: str, handlers: dict[str, tuple[Handler, frozenset[str]]]) -> Route:
    async def endpoint(request: Request) -> Response:
        at = site.world.now()
        handler, wanted = handlers["GET" if request.method == "HEAD" else request.method]
        try:
            if not accepted(request, site.token):
                unauthorized()
            if not site.account.may(wanted):
                insufficient_scope(wanted)
            return await handler(Call(request, site, at))
        except RefusalError as refusal:
            return refusal_answer(refusal)
        except ClientDisconnect:
            return Response(status_code=499)

    return Route(f"{API}{path}", endpoint, methods=list(handlers))


async def _no_such_address(request: Request, error: Exception) -> Response:
    return json_answer({"error": "404 Not Found"}, 404)


async def _no_such_method(request: Request, error: Exception) -> Response:
    return json_answer({"error": "405 Not Allowed"}, 405, dict(getattr(error, "headers", None) or {}))


class Doorway:
    """Routes by the path as it was sent, so that ``acme%2Finfra`` stays one part, and dates answers by the world.

    Args:
        app: What is behind it.
        world: Whose clock it is.
    """

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        inner: dict[str, Any] = {**scope, "path": raw.decode("ascii", "replace").partition("?")[0], "raw_path": raw}
        identity = uuid.uuid4().hex[:26].upper()

        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                meta = msgspec.json.encode({"correlation_id": identity, "version": "1"})
                message = {
                    **message,
                    "headers": [
                        *message.get("headers", ()),
                        (b"date", formatdate(self._world.time, usegmt=True).encode()),
                        (b"x-request-id", identity.encode()),
                        (b"x-gitlab-meta", meta),
                        (b"cache-control", b"max-age=0, private, must-revalidate"),
                        (b"vary", b"Origin"),
                    ],
                }
            await send(message)

        await self._app(inner, receive, send_dated)
