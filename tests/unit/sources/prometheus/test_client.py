from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from flywheel_tui.config.settings import PrometheusSettings
from flywheel_tui.domain.errors import (
    BadAnswerError,
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
from flywheel_tui.sources.prometheus.client import PrometheusClient
from flywheel_tui.sources.prometheus.windows import Window, grid
from tests.unit.sources.prometheus.answers import DATE, failed, form_of, respond, rules, success, vector

NOW = datetime(2026, 11, 21, 12, 0, 7, tzinfo=UTC)


def client(handler: Callable[[httpx.Request], httpx.Response], url: str = "http://prom:9090") -> PrometheusClient:
    settings = PrometheusSettings(url=url, headers=(("X-Scope-OrgID", Secret("ci")),), timeout_s=15.0)
    return PrometheusClient(settings, clock=lambda: NOW, transport=httpx.MockTransport(handler))


async def error_of(response: httpx.Response) -> SourceError:
    prometheus = client(lambda request: response)
    with pytest.raises(SourceError) as caught:
        await prometheus.query("up")
    await prometheus.aclose()
    return caught.value


async def test_a_query_is_a_form_with_limits_and_without_our_time() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return success(vector(), warnings=["w\x1b[31m"], infos=["i"])

    prometheus = client(handler, "https://mimir/prometheus")
    answer = await prometheus.query('up{job="a&b=c"}')
    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", "https://mimir/prometheus/api/v1/query")
    assert form_of(request) == {"query": 'up{job="a&b=c"}', "timeout": "14s", "limit": "50000"}
    assert request.headers["X-Scope-OrgID"] == "ci"
    assert (answer.warnings, answer.infos) == (("w",), ("i",))


async def test_a_range_query_is_a_form() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return success({"resultType": "matrix", "result": []})

    await client(handler).query_range("up", grid(Window.WEEK, NOW))
    form = form_of(seen[0])
    assert seen[0].url.path == "/api/v1/query_range"
    assert (form["step"], int(form["end"]) - int(form["start"])) == ("1800", 604_800)


async def test_rules_are_read_to_the_last_page() -> None:
    seen: list[httpx.URL] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.url)
        return success(rules([], groupNextToken="t2") if len(seen) == 1 else rules([], []))

    assert len(await client(handler).alert_rules()) == 3
    assert [dict(url.params) for url in seen] == [
        {"type": "alert", "group_limit": "200"},
        {"type": "alert", "group_limit": "200", "group_next_token": "t2"},
    ]


async def test_a_page_of_rules_that_fails_in_passing_is_asked_for_again() -> None:
    pages: list[str | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        pages.append(request.url.params.get("group_next_token"))
        if len(pages) == 2:
            return respond(502, b"<html>bad gateway")
        return success(rules([], groupNextToken="t2") if len(pages) == 1 else rules([], []))

    assert len(await client(handler).alert_rules()) == 3
    assert pages == [None, "t2", "t2"]


@pytest.mark.parametrize("answer", [failed(503, "unavailable", "starting"), respond(200, b'{"status":"succ')])
async def test_a_query_that_fails_in_passing_is_asked_up_to_three_times(answer: httpx.Response) -> None:
    answers = [success(vector()), answer, answer, success(vector()), answer, answer, answer]
    seen: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return answers.pop(0)

    prometheus = client(handler)
    await prometheus.query("up")
    await prometheus.query("up")
    with pytest.raises((UpstreamFailedError, BadAnswerError)):
        await prometheus.query("up")
    assert (len(seen), len(set(seen))) == (7, 1)


async def test_a_query_that_took_too_long_is_not_asked_again() -> None:
    answers = [success(vector()), failed(503, "timeout", "query timed out")]
    prometheus = client(lambda request: answers.pop(0))
    await prometheus.query("up")
    with pytest.raises(UpstreamTimeoutError):
        await prometheus.query("up")


async def test_pages_without_end_are_a_bad_answer() -> None:
    with pytest.raises(BadAnswerError, match="over 100 pages"):
        await client(lambda request: success(rules(groupNextToken="again"))).alert_rules()


@pytest.mark.parametrize(
    ("status", "error_type", "kind", "sentence"),
    [
        (400, "bad_data", RefusedError, "Prometheus does not accept the request: why."),
        (422, "execution", RefusedError, "Prometheus could not evaluate the query: why."),
        (503, "timeout", UpstreamTimeoutError, "Prometheus stopped the query at its time limit: why."),
        (503, "canceled", UpstreamFailedError, "Prometheus cancelled the query: why."),
        (500, "internal", UpstreamFailedError, "Prometheus failed inside: why."),
        (503, "unavailable", UpstreamFailedError, "Prometheus is not ready: why."),
        (404, "not_found", MissingError, "Prometheus does not have what was asked: why."),
        (429, "too_many_requests", RateLimitedError, "Prometheus asks to slow down: why."),
        (200, "execution", RefusedError, "Prometheus could not evaluate the query: why."),
    ],
)
async def test_named_errors(status: int, error_type: str, kind: type[SourceError], sentence: str) -> None:
    error = await error_of(failed(status, error_type, "why\x1b[2J"))
    assert isinstance(error, kind)
    assert error.message == sentence
    assert error.status == status


async def test_an_error_that_only_a_lookalike_names_goes_by_its_status() -> None:
    error = await error_of(failed(422, "odd", "why"))
    assert isinstance(error, RefusedError)
    assert error.message == "Prometheus answered HTTP 422 (why)."


async def test_the_wait_that_a_limit_asks_for_is_kept() -> None:
    assert (await error_of(failed(429, "too_many_requests", "", **{"Retry-After": "30"}))).retry_after == 30.0
    plain = await error_of(respond(429, b"Retry later\n", **{"Content-Type": "text/plain", "Retry-After": "7"}))
    assert isinstance(plain, RateLimitedError)
    assert (plain.message, plain.retry_after) == ("Prometheus asks to slow down (Retry later).", 7.0)


async def test_a_long_error_is_cut() -> None:
    assert len((await error_of(failed(400, "bad_data", "x" * 5000))).message) < 400


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (200, b'{"status":"success","data":{"resultType":"vec', BadAnswerError, "not JSON"),
        (200, b"", BadAnswerError, "not JSON"),
        (200, b"\xff\xfe\x00", BadAnswerError, "not JSON"),
        (200, b'["success"]', BadAnswerError, "unexpected form"),
        (200, b'{"status":"partial"}', BadAnswerError, "neither success nor an error"),
        (200, b"\n<!DOCTYPE html><html>Sign in", BadAnswerError, "a web page instead of JSON"),
        (302, b"", BadAnswerError, "sends us to another page"),
        (401, b"<html>no", UnauthorizedError, "does not accept the token."),
        (404, b"404 page not found", MissingError, "(404 page not found)"),
        (502, b"<html>bad gateway", UpstreamFailedError, "HTTP 502."),
        (503, b"Service Unavailable", UpstreamFailedError, "HTTP 503 (Service Unavailable)"),
        (405, b"", RefusedError, "HTTP 405"),
    ],
)
async def test_answers_of_somebody_else(status: int, body: bytes, kind: type[SourceError], words: str) -> None:
    error = await error_of(respond(status, body, Location="/login") if status == 302 else respond(status, body))
    assert isinstance(error, kind)
    assert words in error.message


async def test_a_wrong_path_comes_with_a_way_out() -> None:
    assert (await error_of(respond(404, b"404 page not found"))).next_step.startswith("Check the URL")


async def test_a_login_page_comes_with_a_way_out() -> None:
    for response in (respond(200, b"<html>"), respond(307, b"", Location="https://sso/")):
        assert "token or headers" in (await error_of(response)).next_step


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (httpx.RemoteProtocolError("peer closed connection without sending complete message body"), UnreachableError),
        (httpx.ConnectError("refused"), UnreachableError),
        (httpx.ReadTimeout("slow"), UpstreamTimeoutError),
    ],
)
async def test_a_broken_connection(raised: Exception, kind: type[SourceError]) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise raised

    with pytest.raises(kind):
        await client(handler).query("up")


async def test_build_info() -> None:
    info = await client(lambda request: success({"version": "2.42.0", "goVersion": "go1.19"})).build_info()
    assert (info.version, info.application) == ("2.42.0", "")


async def test_the_servers_clock_is_noted() -> None:
    prometheus = client(lambda request: success(vector()))
    await prometheus.query("up")
    assert prometheus.last_answer_at == datetime(2026, 11, 21, 12, 0, tzinfo=UTC), DATE
