from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.config.secrets import TokenSource
from flywheel_tui.config.settings import AlertmanagerSettings
from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.errors import (
    BadAnswerError,
    ForbiddenError,
    RateLimitedError,
    RefusedError,
    SourceError,
    UnauthorizedError,
    UnreachableError,
    UpstreamFailedError,
)
from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.ports import Source
from flywheel_tui.domain.secret import Secret
from flywheel_tui.sources.alertmanager.source import AlertmanagerSource
from tests.unit.sources.alertmanager.answers import STATUS, alert, respond

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class FakeAlertmanager:
    """Answers what a test puts in."""

    def __init__(self) -> None:
        self.alerts: httpx.Response | Exception = respond(200, [])
        self.status: httpx.Response | Exception = respond(200, STATUS)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.status if request.url.path.endswith("/api/v2/status") else self.alerts
        if isinstance(answer, Exception):
            raise answer
        return answer

    def asked(self) -> list[str]:
        return [request.url.path for request in self.requests]


@pytest.fixture
def server() -> FakeAlertmanager:
    return FakeAlertmanager()


def source(
    server: Callable[[httpx.Request], httpx.Response],
    *,
    clock: Callable[[], datetime] = lambda: NOW,
    token: TokenSource | None = None,
    headers: tuple[tuple[str, Secret], ...] = (),
) -> AlertmanagerSource:
    settings = AlertmanagerSettings(url="http://am:9093/alertmanager", token=token, headers=headers)
    return AlertmanagerSource("prod", settings, clock=clock, transport=httpx.MockTransport(server))


def test_it_is_a_source(server: FakeAlertmanager) -> None:
    alertmanager: Source = source(server)
    assert (alertmanager.name, alertmanager.context) == ("prod/alertmanager", "prod")
    assert (alertmanager.kind, alertmanager.interval_s) == (SourceKind.ALERTMANAGER, 15.0)


async def test_all_alerts_are_asked_for_and_read(server: FakeAlertmanager) -> None:
    server.alerts = respond(200, [alert("a"), alert("b", state="suppressed", silenced_by=["s"]), alert("a")])
    observation = await source(server, headers=(("X-Scope-OrgID", Secret("ci")),)).fetch()
    assert list(observation.tables[Alert]) == ["prod/alert/a", "prod/alert/b"]
    assert observation.complete
    assert (observation.server_time, observation.budget.last_cycle, observation.budget.limit) == (NOW, 2, 60)
    request = server.requests[0]
    assert (request.method, request.url.path) == ("GET", "/alertmanager/api/v2/alerts")
    assert dict(request.url.params) == dict.fromkeys(("active", "silenced", "inhibited", "unprocessed"), "true")
    assert request.headers["X-Scope-OrgID"] == "ci"


async def test_no_alert_is_an_empty_table_and_not_no_table(server: FakeAlertmanager) -> None:
    observation = await source(server).fetch()
    assert observation.tables == {Alert: {}}
    assert [finding.text for finding in observation.findings] == ["Alertmanager 0.34.0"]


async def test_thousands_of_alerts_are_all_there(server: FakeAlertmanager) -> None:
    server.alerts = respond(200, [alert(f"{index:016x}") for index in range(5000)])
    assert len((await source(server).fetch()).tables[Alert]) == 5000


async def test_a_cluster_that_settles_is_told(server: FakeAlertmanager) -> None:
    server.status = respond(200, {**STATUS, "cluster": {"status": "settling", "peers": []}})
    finding = (await source(server).fetch()).findings[1]
    assert (finding.code, finding.limits) == ("cluster_settling", True)


@pytest.mark.parametrize("status", [respond(403, "no"), respond(404, b"404 page not found"), respond(200, b"<html>")])
async def test_a_hidden_status_page_takes_nothing_from_the_alerts(
    server: FakeAlertmanager, status: httpx.Response
) -> None:
    server.status = status
    server.alerts = respond(200, [alert()])
    observation = await source(server).fetch()
    assert len(observation.tables[Alert]) == 1
    assert observation.complete
    assert observation.findings[0].text.startswith("Alertmanager's version is unknown: ")


async def test_the_status_is_asked_for_again_only_after_a_while(server: FakeAlertmanager) -> None:
    times = iter([NOW, NOW + timedelta(minutes=9), NOW + timedelta(minutes=10)])
    alertmanager = source(server, clock=lambda: next(times))
    for asked in (1, 1, 2):
        await alertmanager.fetch()
        assert server.asked().count("/alertmanager/api/v2/status") == asked


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (respond(400, "bad matcher\x1b[2J format: {"), RefusedError, "HTTP 400 (bad matcher format: {)"),
        (respond(500, "boom"), UpstreamFailedError, "HTTP 500 (boom)"),
        (respond(503, b""), UpstreamFailedError, "HTTP 503."),
        (respond(502, b"<html>bad gateway"), UpstreamFailedError, "HTTP 502."),
        (respond(403, {"message": "no tenant"}), ForbiddenError, "refuses access (no tenant)"),
        (respond(429, b"slow down", **{"Retry-After": "9"}), RateLimitedError, "asks to slow down (slow down)"),
        (respond(302, b"", Location="/login"), BadAnswerError, "sends us to another page"),
        (respond(200, b"<!DOCTYPE html>"), BadAnswerError, "a web page instead of JSON"),
        (respond(200, b'[{"labels":{"alertname":"A'), BadAnswerError, "not JSON"),
        (respond(200, b"garbage"), BadAnswerError, "not JSON"),
        (respond(200, {"status": "success", "data": []}), BadAnswerError, "unexpected form"),
        (respond(200, [{"labels": {}}]), BadAnswerError, "unexpected form"),
        (httpx.ConnectError("refused"), UnreachableError, "cannot be reached at http://am:9093/alertmanager"),
    ],
)
async def test_what_can_go_wrong(
    server: FakeAlertmanager, reply: httpx.Response | Exception, kind: type[SourceError], words: str
) -> None:
    server.alerts = reply
    with pytest.raises(SourceError) as caught:
        await source(server).fetch()
    assert isinstance(caught.value, kind)
    assert words in caught.value.message
    assert caught.value.retry_after == (9.0 if kind is RateLimitedError else None)
    assert len(server.requests) == 1


times = st.builds(
    lambda at, zone: at.isoformat() + zone, st.datetimes(), st.sampled_from(["", "Z", "+14:00", "-14:00"])
)
half_right = st.lists(
    st.fixed_dictionaries(
        {"labels": st.dictionaries(st.text(), st.text()), "fingerprint": st.text()},
        optional={
            "status": st.fixed_dictionaries({"state": st.text() | st.none()}),
            "annotations": st.none() | st.dictionaries(st.sampled_from(["summary", "message"]), st.text()),
            "startsAt": st.text() | times,
        },
    )
)


@given(half_right.map(msgspec.json.encode) | st.binary(max_size=30))
def test_whatever_a_server_says_is_alerts_or_a_source_error(body: bytes) -> None:
    server = FakeAlertmanager()
    server.alerts = respond(200, body)
    try:
        observation = asyncio.run(source(server).fetch())
    except BadAnswerError:
        return
    found = list(observation.tables.get(Alert, {}).values())
    assert len(found) <= len(msgspec.json.decode(body))


async def test_it_recovers_by_itself(server: FakeAlertmanager) -> None:
    alertmanager = source(server)
    server.alerts = httpx.ConnectError("refused")
    with pytest.raises(UnreachableError):
        await alertmanager.fetch()
    server.alerts = respond(200, [alert()])
    assert len((await alertmanager.fetch()).tables[Alert]) == 1


async def test_a_rotated_token_is_read_again(server: FakeAlertmanager, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")

    def guarded(request: httpx.Request) -> httpx.Response:
        return server(request) if request.headers["Authorization"] == "Bearer new" else respond(401, b"expired")

    alertmanager = source(guarded, token=TokenSource(file=file))
    with pytest.raises(UnauthorizedError):
        await alertmanager.fetch()
    file.write_text("new")
    assert (await alertmanager.fetch()).complete


async def test_it_closes(server: FakeAlertmanager) -> None:
    alertmanager = source(server)
    await alertmanager.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await alertmanager.fetch()
