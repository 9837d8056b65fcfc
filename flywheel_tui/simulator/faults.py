"""Bad days of the upstreams: slowness, limits, errors, broken answers and cut connections, seeded and bounded.

The middleware stands in front of every simulated upstream, so none of them has a line about faults. What it says in an
upstream's place has that upstream's own form: GitLab refuses in plain text, Kubernetes by a Status, GitHub in JSON.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from enum import StrEnum

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flywheel_tui.simulator.world.chance import Chance


class Upstream(StrEnum):
    """The five upstreams."""

    GITLAB = "gitlab"
    GITHUB = "github"
    KUBERNETES = "kubernetes"
    PROMETHEUS = "prometheus"
    ALERTMANAGER = "alertmanager"


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often an upstream misbehaves. Shares are of all requests, 0 to 1; the faults after `slow` exclude each other.

    Attributes:
        slow: Share of requests that take longer.
        slow_seconds: How much longer, from and to.
        limited: Share that is refused for too many requests.
        retry_after: What a refusal says about when to come back, in seconds.
        broken: Share that gets a server error.
        half: Share whose body ends in the middle, in a complete HTTP response.
        garbage: Share whose body is no JSON at all.
        dropped: Share whose connection ends in the middle of the response.
        stream_seconds: When set, streams (watches, followed logs) are cut after so long, from and to.
        in_a_row: The most faults of the excluding sort that follow each other, so that no upstream is down for good.
        calm_requests: So many requests are spared at first: a storm hits consoles that have a picture already.
    """

    slow: float = 0.0
    slow_seconds: tuple[float, float] = (0.5, 3.0)
    limited: float = 0.0
    retry_after: int = 2
    broken: float = 0.0
    half: float = 0.0
    garbage: float = 0.0
    dropped: float = 0.0
    stream_seconds: tuple[float, float] | None = None
    in_a_row: int = 2
    calm_requests: int = 0


NONE = Faults()
STORM = Faults(
    slow=0.25, slow_seconds=(0.3, 4.0), limited=0.03, broken=0.02, half=0.005, garbage=0.005, dropped=0.01,
    stream_seconds=(15.0, 60.0), calm_requests=60,
)  # fmt: skip


def plan_of(scenario: str) -> dict[Upstream, Faults]:
    """Return what a scenario does to the upstreams: only `storm` does anything."""
    return dict.fromkeys(Upstream, STORM if scenario == "storm" else NONE)


class Weather:
    """The present faults of all upstreams.

    Args:
        seed: Chooses which requests are hit.
        plan: What happens to which upstream.
    """

    def __init__(self, seed: int, plan: dict[Upstream, Faults]) -> None:
        self._chance = Chance(seed)
        self.plan = plan
        self.requests = dict.fromkeys(Upstream, 0)
        self._row = dict.fromkeys(Upstream, 0)

    def delay(self, upstream: Upstream, number: int) -> float:
        """Return how many seconds longer a request takes."""
        faults = self.plan[upstream]
        if number < faults.calm_requests or not self._chance.happens(faults.slow, "slow", upstream, number):
            return 0.0
        return self._chance.between(*faults.slow_seconds, "delay", upstream, number)

    def fault(self, upstream: Upstream, number: int) -> str | None:
        """Return which fault hits a request, or None; remembers how many there were in a row."""
        faults = self.plan[upstream]
        roll = self._chance.fraction("fault", upstream, number)
        hit = None
        for name in ("limited", "broken", "half", "garbage", "dropped"):
            share: float = getattr(faults, name)
            if roll < share:
                hit = name
                break
            roll -= share
        if hit is None or number < faults.calm_requests or self._row[upstream] >= faults.in_a_row:
            self._row[upstream] = 0
            return None
        self._row[upstream] += 1
        return hit

    def stream_life(self, upstream: Upstream, number: int) -> float | None:
        """Return after how many seconds a stream is cut, None for never."""
        life = self.plan[upstream].stream_seconds
        return None if life is None else self._chance.between(*life, "stream", upstream, number)


def refusal(upstream: Upstream, retry_after: int) -> tuple[int, str, bytes, dict[str, str]]:
    """Return (status, content type, body, headers) of an upstream that has had too many requests."""
    headers = {"retry-after": str(retry_after)}
    if upstream is Upstream.GITLAB:
        headers |= {
            "ratelimit-limit": "2000",
            "ratelimit-name": "throttle_authenticated_api",
            "ratelimit-observed": "2001",
            "ratelimit-remaining": "0",
        }
        return 429, "text/plain", b"Retry later\n", headers
    if upstream is Upstream.GITHUB:
        body = {
            "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
            "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
        }
        return 403, "application/json; charset=utf-8", msgspec.json.encode(body), headers
    if upstream is Upstream.KUBERNETES:
        status = _status(429, "TooManyRequests", "too many requests, please try again later.")
        return 429, "application/json", msgspec.json.encode(status), headers
    return 429, "text/plain; charset=utf-8", b"too many requests\n", headers


def breakdown(upstream: Upstream) -> tuple[int, str, bytes, dict[str, str]]:
    """Return (status, content type, body, headers) of an upstream that is broken."""
    if upstream is Upstream.KUBERNETES:
        body = _status(500, "InternalError", "Internal error occurred: etcdserver: request timed out")
        return 500, "application/json", msgspec.json.encode(body), {}
    if upstream is Upstream.GITHUB:
        return 502, "application/json; charset=utf-8", b'{"message": "Server Error"}', {}
    if upstream is Upstream.GITLAB:
        page = (
            b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>GitLab is not responding</body>\r\n</html>"
        )
        return 502, "text/html", page, {}
    return 503, "text/plain; charset=utf-8", b"Service Unavailable\n", {}


def _status(code: int, reason: str, message: str) -> dict[str, object]:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }


class FaultGate:
    """ASGI middleware that lets the weather have its way with one upstream.

    A cut connection is an ASGI call that returns before its response is complete: the server then closes it.

    Args:
        app: The upstream.
        upstream: Which one it is.
        weather: The present faults.
        sleep: How to be slow, in seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        upstream: Upstream,
        weather: Weather,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._app = app
        self._upstream = upstream
        self._weather = weather
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        weather, upstream = self._weather, self._upstream
        number = weather.requests[upstream]
        weather.requests[upstream] += 1
        delay = weather.delay(upstream, number)
        if delay:
            await self._sleep(delay)
        fault = weather.fault(upstream, number)
        if fault == "limited":
            await _say(send, *refusal(upstream, weather.plan[upstream].retry_after))
        elif fault == "broken":
            await _say(send, *breakdown(upstream))
        elif fault == "garbage":
            await _say(send, 200, "application/json", b"<!DOCTYPE html>\x00\xff\xfe not what you asked for", {})
        elif fault in ("half", "dropped"):
            await self._spoil(scope, receive, send, cut=fault == "dropped")
        else:
            await self._stream(scope, receive, send, weather.stream_life(upstream, number))

    async def _stream(self, scope: Scope, receive: Receive, send: Send, life: float | None) -> None:
        if life is None:
            await self._app(scope, receive, send)
            return
        answer = asyncio.ensure_future(self._app(scope, receive, send))
        done, _ = await asyncio.wait({answer}, timeout=life)
        if not done:
            answer.cancel()
        await asyncio.gather(answer, return_exceptions=not done)

    async def _spoil(self, scope: Scope, receive: Receive, send: Send, *, cut: bool) -> None:
        """Pass a response on with the second half of its body missing: a stream ends at once."""
        messages: list[Message] = []
        enough = asyncio.Event()

        async def keep(message: Message) -> None:
            messages.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                enough.set()

        answer = asyncio.ensure_future(self._app(scope, receive, keep))
        waiting = asyncio.ensure_future(enough.wait())
        await asyncio.wait({answer, waiting}, timeout=5.0, return_when=asyncio.FIRST_COMPLETED)
        for task in (answer, waiting):
            task.cancel()
        await asyncio.gather(answer, waiting, return_exceptions=True)
        if not messages:
            return
        start = messages[0]
        body = b"".join(message.get("body", b"") for message in messages[1:])
        half = body[: len(body) // 2]
        if cut:
            await send(start)
            await send({"type": "http.response.body", "body": half, "more_body": True})
            return
        headers = [pair for pair in start.get("headers", []) if pair[0].lower() != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", str(len(half)).encode())]})
        await send({"type": "http.response.body", "body": half})


async def _say(send: Send, status: int, content_type: str, body: bytes, headers: dict[str, str]) -> None:
    pairs: Iterable[tuple[str, str]] = {
        "content-type": content_type,
        "content-length": str(len(body)),
        **headers,
    }.items()
    encoded = [(name.encode(), value.encode()) for name, value in pairs]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
