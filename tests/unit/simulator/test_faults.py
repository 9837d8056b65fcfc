"""The fault gate: each fault in its upstream's own form, seeded, and never too many in a row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message

from flywheel_tui.simulator.faults import NONE, STORM, FaultGate, Faults, Upstream, Weather, plan_of

ANSWER = {"rows": list(range(50))}


async def _json(_: Request) -> Response:
    return JSONResponse(ANSWER)


async def _stream(_: Request) -> Response:
    async def forever() -> AsyncIterator[bytes]:
        while True:
            yield b"line\n"
            await asyncio.sleep(3_600)

    return StreamingResponse(forever())


APP = Starlette(routes=[Route("/json", _json), Route("/stream", _stream)])


class Slept:
    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def gate(upstream: Upstream, faults: Faults, slept: Slept | None = None, seed: int = 1) -> FaultGate:
    weather = Weather(seed, dict.fromkeys(Upstream, NONE) | {upstream: faults})
    return FaultGate(APP, upstream, weather, sleep=slept or Slept())


async def answers(tested: FaultGate, count: int) -> list[httpx.Response]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(tested), base_url="http://x") as client:
        return [await client.get("/json") for _ in range(count)]


async def sent(tested: FaultGate, path: str) -> list[Message]:
    """Return what the gate says at the level of ASGI, where a cut connection can be seen."""
    messages: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(3_600)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        messages.append(message)

    asked = {"type": "http", "method": "GET", "path": path}
    scope = {**asked, "headers": [], "query_string": b"", "asgi": {"version": "3.0"}}
    await tested(scope, receive, send)
    return messages


async def test_fair_weather_changes_nothing() -> None:
    assert [answer.json() for answer in await answers(gate(Upstream.GITLAB, NONE), 20)] == [ANSWER] * 20
    assert plan_of("calm") == dict.fromkeys(Upstream, NONE)
    assert set(plan_of("storm").values()) == {STORM}


@pytest.mark.parametrize(
    ("upstream", "status", "content_type", "said"),
    [
        (Upstream.GITLAB, 429, "text/plain", "Retry later\n"),
        (Upstream.GITHUB, 403, "application/json", "secondary rate limit"),
        (Upstream.KUBERNETES, 429, "application/json", "TooManyRequests"),
        (Upstream.PROMETHEUS, 429, "text/plain", "too many requests"),
    ],
)
async def test_a_limit_is_said_in_the_upstreams_own_way(
    upstream: Upstream, status: int, content_type: str, said: str
) -> None:
    answer = (await answers(gate(upstream, Faults(limited=1.0, retry_after=7)), 1))[0]
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith(content_type)
    assert answer.headers["retry-after"] == "7"
    assert said in answer.text


@pytest.mark.parametrize("upstream", list(Upstream))
async def test_a_breakdown_is_a_server_error(upstream: Upstream) -> None:
    answer = (await answers(gate(upstream, Faults(broken=1.0)), 1))[0]
    assert answer.status_code >= 500
    assert answer.content


async def test_half_and_garbage_are_complete_answers_that_cannot_be_read() -> None:
    half = (await answers(gate(Upstream.GITLAB, Faults(half=1.0)), 1))[0]
    assert half.status_code == 200
    assert 0 < len(half.content) == int(half.headers["content-length"])
    garbage = (await answers(gate(Upstream.GITLAB, Faults(garbage=1.0)), 1))[0]
    assert garbage.headers["content-type"] == "application/json"
    for answer in (half, garbage):
        with pytest.raises(ValueError, match=r"."):
            answer.json()


async def test_a_dropped_connection_ends_in_the_middle_of_the_body() -> None:
    messages = await sent(gate(Upstream.GITLAB, Faults(dropped=1.0)), "/json")
    assert [message["type"] for message in messages] == ["http.response.start", "http.response.body"]
    assert messages[1]["more_body"] is True
    length = next(value for name, value in messages[0]["headers"] if name == b"content-length")
    assert 0 < len(messages[1]["body"]) < int(length)


async def test_a_stream_is_cut_after_its_time() -> None:
    messages = await sent(gate(Upstream.KUBERNETES, Faults(stream_seconds=(0.01, 0.02))), "/stream")
    assert [message.get("body") for message in messages] == [None, b"line\n"]
    assert messages[-1]["more_body"] is True


async def test_slowness_is_between_its_bounds_and_hits_its_share() -> None:
    slept = Slept()
    faults = Faults(slow=0.5, slow_seconds=(1.0, 2.0))
    assert all(answer.status_code == 200 for answer in await answers(gate(Upstream.GITLAB, faults, slept), 200))
    assert 70 < len(slept.seconds) < 130
    assert all(1.0 <= seconds < 2.0 for seconds in slept.seconds)


async def test_faults_are_the_same_for_the_same_seed() -> None:
    faults = Faults(limited=0.3, broken=0.2)

    async def codes(seed: int) -> list[int]:
        return [answer.status_code for answer in await answers(gate(Upstream.GITLAB, faults, seed=seed), 60)]

    assert await codes(1) == await codes(1)
    assert await codes(1) != await codes(2)


async def test_never_more_faults_in_a_row_than_allowed() -> None:
    codes = [answer.status_code for answer in await answers(gate(Upstream.GITLAB, Faults(broken=1.0, in_a_row=3)), 40)]
    assert codes == [502, 502, 502, 200] * 10


async def test_the_first_requests_of_a_storm_are_spared() -> None:
    tested = gate(Upstream.GITLAB, Faults(broken=1.0, calm_requests=5))
    codes = [answer.status_code for answer in await answers(tested, 7)]
    assert codes == [200] * 5 + [502] * 2
