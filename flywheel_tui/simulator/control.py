"""The simulator's own controls: stop an upstream, change the weather, hold the clock. For tests and training."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flywheel_tui.simulator.faults import NONE, Faults, Upstream, Weather
from flywheel_tui.simulator.server import Service
from flywheel_tui.simulator.world.world import World

Handler = Callable[[Request], Awaitable[Response]]


class _RefusedError(Exception):
    """A control request that makes no sense: why."""


def build_control(world: World, weather: Weather, services: Mapping[Upstream, Service], token: str) -> Starlette:
    """Return the app of the controls, all under /simulator and behind the bearer token.

    `GET /simulator/state` tells everything; `POST …/upstreams/NAME/stop` and `…/resume`; `PUT …/faults` with
    `{"gitlab": {"limited": 0.5}, …}` (or `{"all": {…}}`) and `DELETE …/faults`; `POST …/clock/freeze`, `…/resume`,
    `…/advance` with `{"seconds": 60}`; `POST …/compact` lets every older watch and page token expire.
    """
    control = _Control(world, weather, services, token)
    return Starlette(
        routes=[
            Route("/simulator/state", control.guard(control.state), methods=["GET"]),
            Route("/simulator/upstreams/{name}/{verb}", control.guard(control.switch), methods=["POST"]),
            Route("/simulator/faults", control.guard(control.faults), methods=["PUT", "DELETE"]),
            Route("/simulator/clock/{verb}", control.guard(control.clock), methods=["POST"]),
            Route("/simulator/compact", control.guard(control.compact), methods=["POST"]),
        ]
    )


class _Control:
    def __init__(self, world: World, weather: Weather, services: Mapping[Upstream, Service], token: str) -> None:
        self._world, self._weather, self._services, self._token = world, weather, services, token

    def guard(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            given = request.headers.get("authorization", "").removeprefix("Bearer ")
            if not secrets.compare_digest(given.encode(), self._token.encode()):
                return _json({"error": "the control token is missing or wrong"}, 401)
            try:
                return await handler(request)
            except (_RefusedError, msgspec.DecodeError) as error:
                return _json({"error": str(error)}, 400)

        return guarded

    async def state(self, _: Request) -> Response:
        world = self._world
        now = world.now()
        return _json(
            {
                "scenario": world.scenario,
                "seed": world.seed,
                "runners": world.size,
                "now": now,
                "frozen": world.clock.frozen,
                "revision": world.history.revision,
                "upstreams": {
                    upstream.value: {
                        "url": service.url,
                        "running": service.running,
                        "requests": self._weather.requests[upstream],
                        "faults": self._weather.plan[upstream],
                    }
                    for upstream, service in self._services.items()
                },
            }
        )

    async def switch(self, request: Request) -> Response:
        service = self._services[_upstream(request.path_params["name"])]
        if request.path_params["verb"] == "stop":
            await service.stop()
        elif request.path_params["verb"] == "resume":
            await service.start()
        else:
            raise _RefusedError("an upstream can be stopped and resumed: use stop or resume")
        return await self.state(request)

    async def faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._weather.plan = dict.fromkeys(Upstream, NONE)
            return await self.state(request)
        asked = msgspec.json.decode(await request.body(), type=dict[str, Faults])
        for name, faults in asked.items():
            for upstream in tuple(Upstream) if name == "all" else (_upstream(name),):
                self._weather.plan[upstream] = faults
        return await self.state(request)

    async def clock(self, request: Request) -> Response:
        clock, verb = self._world.clock, request.path_params["verb"]
        if verb == "freeze":
            clock.freeze()
        elif verb == "resume":
            clock.resume()
        elif verb == "advance":
            seconds = msgspec.json.decode(await request.body(), type=dict[str, float]).get("seconds", 0.0)
            if seconds < 0:
                raise _RefusedError("the clock of the world only moves forward")
            clock.advance(seconds)
        else:
            raise _RefusedError("the clock can freeze, resume and advance")
        return await self.state(request)

    async def compact(self, request: Request) -> Response:
        self._world.history.forget()
        return await self.state(request)


def _upstream(name: str) -> Upstream:
    if name not in tuple(Upstream):
        raise _RefusedError(f"no upstream {name!r}; there are {', '.join(Upstream)}")
    return Upstream(name)


def _json(body: Any, status: int = 200) -> Response:  # noqa: ANN401 - any JSON
    return Response(msgspec.json.encode(body), status, media_type="application/json")
