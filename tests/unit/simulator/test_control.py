"""The controls: stopping an upstream, the weather, the clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from flywheel_tui.simulator.control import build_control
from flywheel_tui.simulator.faults import NONE, Upstream, Weather
from flywheel_tui.simulator.server import Service
from flywheel_tui.simulator.world import Clock, World, build_world


async def _hello(_: Request) -> Response:
    return PlainTextResponse("hello")


class Control:
    def __init__(self, client: httpx.AsyncClient, world: World, weather: Weather, gitlab: Service) -> None:
        self.client, self.world, self.weather, self.gitlab = client, world, weather, gitlab

    async def send(self, method: str, path: str, body: object = None) -> httpx.Response:
        return await self.client.request(method, f"/simulator/{path}", json=body)


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    world = build_world("calm", 5, 7, Clock(frozen_at=1.79e9))
    weather = Weather(1, dict.fromkeys(Upstream, NONE))
    gitlab = Service(Starlette(routes=[Route("/", _hello)]))
    async with AsyncExitStack() as stack:
        await gitlab.start()
        stack.push_async_callback(gitlab.stop)
        app = build_control(world, weather, {Upstream.GITLAB: gitlab}, "key")
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://x", headers={"authorization": "Bearer key"}
        )
        yield Control(await stack.enter_async_context(client), world, weather, gitlab)


async def _reached(url: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text


async def test_a_stopped_upstream_refuses_connections_and_comes_back_on_the_same_port(control: Control) -> None:
    url = control.gitlab.url
    assert await _reached(url) == "hello"
    async with httpx.AsyncClient() as kept:
        assert (await kept.get(url)).text == "hello"
        stopped = await control.send("POST", "upstreams/gitlab/stop")
        assert stopped.json()["upstreams"]["gitlab"]["running"] is False
        with pytest.raises(httpx.TransportError):
            await kept.get(url)
    with pytest.raises(httpx.ConnectError):
        await _reached(url)
    assert (await control.send("POST", "upstreams/gitlab/stop")).status_code == 200
    resumed = await control.send("POST", "upstreams/gitlab/resume")
    assert resumed.json()["upstreams"]["gitlab"] == {"url": url, "running": True, "requests": 0} | {
        "faults": resumed.json()["upstreams"]["gitlab"]["faults"]
    }
    assert await _reached(url) == "hello"


async def test_the_weather_changes(control: Control) -> None:
    await control.send("PUT", "faults", {"all": {"broken": 0.5}, "gitlab": {"limited": 1.0}})
    assert control.weather.plan[Upstream.GITHUB].broken == 0.5
    assert control.weather.plan[Upstream.GITLAB].limited == 1.0
    await control.send("DELETE", "faults")
    assert control.weather.plan == dict.fromkeys(Upstream, NONE)


async def test_the_clock_is_held_and_moved(control: Control) -> None:
    assert (await control.send("POST", "clock/advance", {"seconds": 60})).json()["now"] == 1.79e9 + 60
    assert control.world.time == 1.79e9 + 60
    assert (await control.send("POST", "clock/resume")).json()["frozen"] is False
    assert (await control.send("POST", "clock/freeze")).json()["frozen"] is True


async def test_a_compaction_forgets_the_history(control: Control) -> None:
    await control.send("POST", "clock/advance", {"seconds": 3_600})
    before = control.world.history.oldest
    await control.send("POST", "compact")
    assert control.world.history.oldest == control.world.history.revision > before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "upstreams/gitea/stop", None),
        ("POST", "upstreams/gitlab/burn", None),
        ("PUT", "faults", {"gitlab": {"typo": 1}}),
        ("PUT", "faults", {"gitea": {}}),
        ("PUT", "faults", []),
        ("POST", "clock/advance", {"seconds": -1}),
        ("POST", "clock/rewind", None),
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_word(
    control: Control, method: str, path: str, body: object
) -> None:
    answer = await control.send(method, path, body)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_the_controls_need_their_token(control: Control) -> None:
    answer = await control.client.get("/simulator/state", headers={"authorization": "Bearer wrong"})
    assert answer.status_code == 401
