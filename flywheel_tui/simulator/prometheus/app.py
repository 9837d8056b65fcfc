"""The simulated Prometheus as an ASGI app: its API, and the pages of the world for a real one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from flywheel_tui.simulator.dated import Dated
from flywheel_tui.simulator.prometheus import browsing, queries, rules, status
from flywheel_tui.simulator.prometheus.answers import ApiError, failure
from flywheel_tui.simulator.prometheus.bearer import Bearer
from flywheel_tui.simulator.prometheus.exposition import CONTENT_TYPE, discovered, page, whole
from flywheel_tui.simulator.prometheus.parameters import Form, read_form
from flywheel_tui.simulator.prometheus.server import Server, Setup
from flywheel_tui.simulator.world.world import World

_Handler = Callable[[Server, Form], Response]
_Endpoint = Callable[[Request], Awaitable[Response]]
_BOTH = ["GET", "POST"]


def build_app(world: World, token: str = "", setup: Setup | None = None) -> Starlette:
    """Return the Prometheus that watches a world.

    Args:
        world: The world.
        token: The bearer token that every request must carry; empty: none is asked for.
        setup: How it is set up.
    """
    server = Server(world, setup or Setup())
    api = "/api/v1"
    routes = [
        Route(f"{api}/query", _api(server, queries.query), methods=_BOTH),
        Route(f"{api}/query_range", _api(server, queries.query_range), methods=_BOTH),
        Route(f"{api}/series", _api(server, browsing.series), methods=_BOTH),
        Route(f"{api}/labels", _api(server, browsing.labels), methods=_BOTH),
        Route(f"{api}/label/{{name}}/values", _label_values(server), methods=["GET"]),
        Route(f"{api}/metadata", _api(server, browsing.metadata), methods=["GET"]),
        Route(f"{api}/rules", _api(server, rules.rules), methods=["GET"]),
        Route(f"{api}/alerts", _api(server, rules.alerts), methods=["GET"]),
        Route(f"{api}/targets", _api(server, status.targets), methods=["GET"]),
        Route(f"{api}/status/buildinfo", _api(server, status.build_info), methods=["GET"]),
        Route("/-/ready", _text("Prometheus Server is Ready.\n"), methods=["GET", "HEAD"]),
        Route("/-/healthy", _text("Prometheus Server is Healthy.\n"), methods=["GET", "HEAD"]),
        Route("/", _redirect, methods=["GET"]),
        Route("/query", _text("The page of a Prometheus would be here: this is a simulated one.\n"), methods=["GET"]),
        Route("/sd", _discovery(server), methods=["GET"]),
        Route("/metrics", _whole(server), methods=["GET"]),
        Route("/metrics/{job}/{instance:path}", _page(server), methods=["GET"]),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Dated, world=world), Middleware(Bearer, token=token)],
        exception_handlers={404: _not_found, 405: _wrong_method},
    )


def _api(server: Server, handler: _Handler) -> _Endpoint:
    async def answer(request: Request) -> Response:
        form = await read_form(request)
        try:
            return handler(server, form)
        except ApiError as error:
            return failure(error)

    return answer


def _label_values(server: Server) -> _Endpoint:
    async def answer(request: Request) -> Response:
        form = await read_form(request)
        try:
            return browsing.label_values(server, form, request.path_params["name"])
        except ApiError as error:
            return failure(error)

    return answer


def _discovery(server: Server) -> _Endpoint:
    async def answer(request: Request) -> Response:
        now = server.now()
        address = request.headers.get("host", "127.0.0.1")
        return Response(
            msgspec.json.encode(discovered(server.series, address, now)), media_type="application/json"
        )  # fmt: skip

    return answer


def _whole(server: Server) -> _Endpoint:
    async def answer(_: Request) -> Response:
        return Response(whole(server.series, server.now()), media_type=CONTENT_TYPE)

    return answer


def _page(server: Server) -> _Endpoint:
    async def answer(request: Request) -> Response:
        job, instance = request.path_params["job"], request.path_params["instance"]
        found = page(server.series, server.scrapes, job, instance, server.now())
        if found is None:
            return PlainTextResponse("no such target, or it is down\n", 503)
        return Response(found, media_type=CONTENT_TYPE)

    return answer


def _text(words: str) -> _Endpoint:
    async def answer(_: Request) -> Response:
        return PlainTextResponse(words)

    return answer


async def _redirect(_: Request) -> Response:
    return RedirectResponse("/query", 302)


async def _not_found(_: Request, __: Exception) -> Response:
    return PlainTextResponse("404 page not found\n", 404, {"X-Content-Type-Options": "nosniff"})


async def _wrong_method(_: Request, error: Exception) -> Response:
    headers = getattr(error, "headers", None) or {}
    return PlainTextResponse("Method Not Allowed\n", 405, dict(headers))
