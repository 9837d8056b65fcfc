from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.errors import (
    BadAnswerError,
    ConfigError,
    ForbiddenError,
    MissingError,
    RateLimitedError,
    RefusedError,
    SourceError,
    UnauthorizedError,
    UnreachableError,
    UpstreamFailedError,
    UpstreamTimeoutError,
)
from flywheel_tui.domain.secret import Secret
from flywheel_tui.sources import http
from flywheel_tui.sources.budget import RequestBudget
from flywheel_tui.sources.http import UpstreamClient, answer_time, retry_after_seconds, tls_for

Handler = Callable[[httpx.Request], httpx.Response]


class Token:
    """A token that can be rotated, or lost."""

    def __init__(self, *values: str) -> None:
        self.values = list(values)

    def read(self) -> Secret:
        if not self.values:
            raise ConfigError("The token file is gone.", next_step="Write it.")
        return Secret(self.values.pop(0) if len(self.values) > 1 else self.values[0])


def client(handler: Handler, token: Token | None = None, timeout_s: float = 5.0) -> UpstreamClient:
    return UpstreamClient(
        label="GitLab",
        base_url="https://me:pw@gitlab.example.com/api?x=1",
        token=token,
        timeout_s=timeout_s,
        transport=httpx.MockTransport(handler),
    )


async def failure(response: httpx.Response) -> SourceError:
    upstream = client(lambda request: response, Token("t"))
    with pytest.raises(SourceError) as caught:
        await upstream.request("GET", "/x")
    await upstream.aclose()
    return caught.value


@pytest.mark.parametrize(
    ("response", "kind", "says"),
    [
        (httpx.Response(401), UnauthorizedError, "does not accept the token"),
        (
            httpx.Response(403, json={"message": "403 Forbidden - No access"}),
            ForbiddenError,
            "(403 Forbidden - No access)",
        ),
        (httpx.Response(404, html="<html>no</html>"), MissingError, "does not have what was asked."),
        (httpx.Response(429, text="Retry later\n"), RateLimitedError, "asks to slow down (Retry later)"),
        (httpx.Response(500, text="x" * 5000), UpstreamFailedError, "failed with HTTP 500 (xxx"),
        (httpx.Response(503, json={"message": {"base": ["bad"]}}), UpstreamFailedError, '({"base":["bad"]})'),
        (httpx.Response(302, headers={"Location": "https://login"}), RefusedError, "redirects to another address"),
        (httpx.Response(418, text="\x1b[31mteapot\x1b[0m"), RefusedError, "HTTP 418 (teapot)"),
        (httpx.Response(400, json=[1]), RefusedError, "HTTP 400 ([1])"),
    ],
)
async def test_an_unwanted_answer_is_one_clear_error(
    response: httpx.Response, kind: type[SourceError], says: str
) -> None:
    error = await failure(response)
    assert type(error) is kind
    assert says in error.message
    assert error.status == response.status_code
    assert len(error.message) < 300


async def test_the_wait_that_is_asked_for_is_passed_on() -> None:
    error = await failure(httpx.Response(429, headers={"Retry-After": "37"}))
    assert error.retry_after == 37.0
    error = await failure(httpx.Response(503, headers={"Retry-After": "5"}))
    assert error.retry_after == 5.0


async def test_a_rotated_token_is_read_again_after_a_refusal() -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200 if seen[-1] == "Bearer new" else 401)

    upstream = client(handler, Token("old", "new"))
    assert (await upstream.request("GET", "/x")).status_code == 200
    assert seen == ["Bearer old", "Bearer new"]
    assert upstream.token_changes == 1


async def test_a_wrong_token_that_stays_the_same_is_sent_once_a_try() -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(401)

    upstream = client(handler, Token("wrong"))
    for tries in (1, 2):
        with pytest.raises(UnauthorizedError) as caught:
            await upstream.request("GET", "/x")
        assert len(seen) == tries
        assert "wrong" not in str(caught.value)


async def test_a_token_that_cannot_be_had_is_a_failure_of_the_source() -> None:
    upstream = client(lambda request: httpx.Response(200), Token())
    with pytest.raises(UnauthorizedError, match="token file is gone"):
        await upstream.request("GET", "/x")


async def test_a_token_command_that_fails_is_asked_once_for_requests_that_follow_each_other() -> None:
    asked = 0

    class Broken(Token):
        def read(self) -> Secret:
            nonlocal asked
            asked += 1
            raise ConfigError("The token command took over 20 s.")

    upstream = client(lambda request: httpx.Response(200), Broken())
    for _ in range(3):
        with pytest.raises(UnauthorizedError, match="took over 20 s"):
            await upstream.request("GET", "/x")
    assert asked == 1


def refused(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("[Errno 111] \x1b[31mrefused")


def cut(request: httpx.Request) -> httpx.Response:
    raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


@pytest.mark.parametrize("handler", [refused, cut])
async def test_no_connection_names_the_address_without_its_password(handler: Handler) -> None:
    with pytest.raises(UnreachableError) as caught:
        await client(handler).request("GET", "/x")
    assert "https://gitlab.example.com/api" in str(caught.value)
    assert "pw" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


class Drip(httpx.AsyncByteStream):
    """A body that never ends but keeps every read timeout happy."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.001)


async def test_a_body_that_drips_forever_runs_into_the_limit_of_the_whole_request() -> None:
    with pytest.raises(UpstreamTimeoutError, match=r"did not answer within 0\.05 s"):
        await client(lambda request: httpx.Response(200, stream=Drip()), timeout_s=0.05).request("GET", "/x")


async def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_ANSWER_BYTES", 1000)
    with pytest.raises(BadAnswerError, match="sent an answer of over"):
        await client(lambda request: httpx.Response(200, stream=Drip())).request("GET", "/x")


class Shape(msgspec.Struct):
    a: int


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"a": "x"}', "unexpected form: Expected `int`, got `str` - at `$.a`"),
        (b"{}", "missing required field"),
        (b'{"a": ', "not JSON"),
        (b"<html>", "not JSON"),
        (b"", "not JSON"),
        (b'\xff\xfe{"a": 1}', "not JSON"),
    ],
)
async def test_garbage_is_a_bad_answer(content: bytes, says: str) -> None:
    upstream = client(lambda request: httpx.Response(200))
    with pytest.raises(BadAnswerError, match=says.replace("$", r"\$")):
        upstream.decode(content, Shape)
    assert upstream.decode(b'{"a": 1}', Shape) == Shape(1)


def test_retry_after_as_seconds_date_or_nonsense(now: datetime) -> None:
    assert retry_after_seconds({}, now) is None
    assert retry_after_seconds({"retry-after": "12"}, now) == 12.0
    assert retry_after_seconds({"retry-after": "Sat, 21 Nov 2026 12:01:00 GMT"}, now) == 60.0
    assert retry_after_seconds({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT"}, now) == 0.0
    assert retry_after_seconds({"retry-after": "soon"}, now) is None


@given(st.text(max_size=20))
def test_any_header_text_is_survived(text: str) -> None:
    moment = datetime.fromisoformat("2026-11-21T12:00:00+00:00")
    wait = retry_after_seconds({"retry-after": text}, moment)
    assert wait is None or wait >= 0
    at = answer_time({"date": text})
    assert at is None or at.tzinfo is not None


def test_the_upstreams_clock(now: datetime) -> None:
    assert answer_time({"date": "Sat, 21 Nov 2026 12:00:00 GMT"}) == now
    assert answer_time({"date": "Sat, 21 Nov 2026 12:00:00"}) == now
    assert answer_time({}) is None


class Meter:
    """A budget on a clock that only sleeping moves."""

    def __init__(self, per_minute: int) -> None:
        self.at = 0.0
        self.slept: list[float] = []
        self.budget = RequestBudget(per_minute, monotonic=lambda: self.at, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


async def test_a_full_budget_lets_a_burst_through_and_then_spaces_requests() -> None:
    meter = Meter(60)
    for _ in range(60):
        await meter.budget.take()
    assert (meter.slept, meter.budget.remaining) == ([], 0)
    await meter.budget.take()
    assert meter.slept == [pytest.approx(1.0)]
    meter.at += 30
    assert meter.budget.remaining == 30
    assert meter.budget.taken == 61


@given(st.lists(st.floats(min_value=0, max_value=30), max_size=200))
async def test_no_minute_sees_more_than_a_bucket_and_its_refill(pauses: list[float]) -> None:
    meter = Meter(20)
    sent: list[float] = []
    for pause in pauses:
        meter.at += pause
        await meter.budget.take()
        sent.append(meter.at)
    for start in sent:
        assert sum(start <= at < start + timedelta(minutes=1).total_seconds() for at in sent) <= 41


ENDLESS = b"[" * 100_000
TOO_LARGE_A_DATE = "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(500, content=b"zz", headers={"content-type": "text/plain; charset=hex"}),
        httpx.Response(500, content=b"+2AA-", headers={"content-type": "text/plain; charset=utf-7"}),
        httpx.Response(500, content=b"\xff..", headers={"content-type": "text/plain; charset=idna"}),
        httpx.Response(500, content=ENDLESS[:1999]),
        httpx.Response(500, headers={"date": TOO_LARGE_A_DATE, "retry-after": TOO_LARGE_A_DATE}),
    ],
    ids=["charset-hex", "charset-utf7", "charset-idna", "endless-nesting", "date"],
)
async def test_a_rude_refusal_is_still_an_error_of_the_tree(response: httpx.Response) -> None:
    error = await failure(response)

    assert isinstance(error, UpstreamFailedError)
    assert error.retry_after is None


def test_endless_nesting_is_a_bad_answer() -> None:
    upstream = client(lambda request: httpx.Response(200))

    with pytest.raises(BadAnswerError, match="not JSON"):
        upstream.decode(b'[{"a":' + ENDLESS, list[dict[str, Any]])


async def test_requests_refused_at_once_share_one_reading_of_the_rotated_token() -> None:
    readings: list[str] = []
    both_refused = asyncio.Barrier(2)

    class Rotated:
        def read(self) -> Secret:
            readings.append("old" if not readings else "new")
            return Secret(readings[-1])

    async def handler(request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] == "Bearer new":
            return httpx.Response(200)
        await both_refused.wait()
        return httpx.Response(401)

    upstream = UpstreamClient(
        label="GitLab", base_url="https://x", token=Rotated(), transport=httpx.MockTransport(handler)
    )
    answers = await asyncio.gather(upstream.request("GET", "/a"), upstream.request("GET", "/b"))

    assert [answer.status_code for answer in answers] == [200, 200]
    assert readings == ["old", "new"]
    assert upstream.token_changes == 1
    await upstream.aclose()


def test_all_clients_of_public_authorities_share_what_was_read_of_them() -> None:
    public = tls_for(httpx.URL("https://gitlab.test"))
    assert public is tls_for(httpx.URL("https://github.test"))
    assert public.verify_mode is ssl.CERT_REQUIRED
    assert public.check_hostname
    assert public.get_ca_certs()


def test_a_plain_server_has_no_authorities_read() -> None:
    assert not tls_for(httpx.URL("http://gitlab.test")).get_ca_certs()


def test_the_command_line_of_the_client_library_is_not_imported() -> None:
    code = (
        "import sys, flywheel_tui.sources.http\n"
        "heavy = {'httpx._main', 'pygments', 'rich', 'click'} & {n for n, m in sys.modules.items() if m is not None}\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
