from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.config.secrets import TokenSource
from flywheel_tui.config.settings import PrometheusSettings
from flywheel_tui.domain.alert import Alert, AlertState
from flywheel_tui.domain.errors import (
    BadAnswerError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    SourceError,
    UnauthorizedError,
    UnreachableError,
    UpstreamTimeoutError,
    UsageError,
)
from flywheel_tui.domain.feed import Observation, SourceKind
from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.ports import Source
from flywheel_tui.sources.prometheus.catalogue import CHARTS_ONLY, POLLED
from flywheel_tui.sources.prometheus.promql import Selection
from flywheel_tui.sources.prometheus.query import Family, Parameters
from flywheel_tui.sources.prometheus.source import ALL_FAMILIES, PrometheusSource
from flywheel_tui.sources.prometheus.windows import Window
from tests.unit.sources.prometheus.answers import (
    FakePrometheus,
    Row,
    alert_rule,
    failed,
    form_of,
    matrix,
    respond,
    rules,
    success,
    vector,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
END = int(NOW.timestamp())
POD = {"namespace": "ci", "pod": "p-1", "container": "build"}


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def server() -> FakePrometheus:
    return FakePrometheus()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def source(
    server: FakePrometheus,
    *,
    with_rules: bool = False,
    namespaces: tuple[str, ...] = (),
    families: frozenset[Family] = ALL_FAMILIES,
    clock: Clock | None = None,
) -> PrometheusSource:
    return PrometheusSource(
        "prod",
        PrometheusSettings(url="http://prom:9090", requests_per_minute=10_000),
        with_rules=with_rules,
        namespaces=namespaces,
        families=families,
        clock=clock or Clock(),
        transport=httpx.MockTransport(server),
    )


def samples(observation: Observation) -> dict[str, Sample]:
    return {key: row for key, row in observation.tables.get(Sample, {}).items() if isinstance(row, Sample)}


def alerts(observation: Observation) -> list[Alert]:
    return [row for row in observation.tables.get(Alert, {}).values() if isinstance(row, Alert)]


def texts(observation: Observation, code: str) -> list[str]:
    return [finding.text for finding in observation.findings if finding.code == code]


def test_it_is_a_source(server: FakePrometheus) -> None:
    prometheus: Source = source(server)
    assert (prometheus.name, prometheus.context, prometheus.kind) == ("prod/prometheus", "prod", SourceKind.PROMETHEUS)
    assert prometheus.interval_s == 30.0


async def test_a_cycle_asks_every_question_once(server: FakePrometheus) -> None:
    server.rows["pod_cpu_cores"] = [(POD, "0.5")]
    observation = await source(server).fetch()
    assert sorted(server.asked()) == sorted([*(query.name for query in POLLED), "presence", "buildinfo"])
    assert [row.value for row in samples(observation).values()] == [0.5]
    assert observation.complete
    assert texts(observation, "version") == ["Prometheus 3.14.0"]
    assert [finding.code for finding in observation.findings] == ["version"]
    assert observation.server_time == NOW
    assert observation.budget.last_cycle == len(POLLED) + 2
    assert observation.budget.limit == 10_000


async def test_a_second_cycle_keeps_the_rows_that_did_not_change(server: FakePrometheus) -> None:
    prometheus = source(server)
    server.rows["pod_cpu_cores"] = [({**POD, "pod": "same"}, "0.5"), ({**POD, "pod": "other"}, "0.5")]
    first = samples(await prometheus.fetch())
    server.rows["pod_cpu_cores"] = [({**POD, "pod": "same"}, "0.5"), ({**POD, "pod": "other"}, "0.75")]
    second = samples(await prometheus.fetch())
    assert {row.label("pod"): second[key] is first[key] for key, row in first.items()} == {"same": True, "other": False}
    assert sorted(row.value or 0 for row in second.values()) == [0.5, 0.75]


async def test_what_only_charts_show_is_not_asked_every_cycle(server: FakePrometheus) -> None:
    await source(server).fetch()
    assert not CHARTS_ONLY & set(server.asked())


async def test_rows_come_in_the_order_of_the_catalogue(server: FakePrometheus) -> None:
    for query in POLLED:
        server.rows[query.name] = [({label: label for label in query.labels}, "1")]
    found = samples(await source(server).fetch())
    assert [row.query for row in found.values()] == [query.name for query in POLLED]


async def test_an_empty_prometheus_is_unknown_and_not_zero(server: FakePrometheus) -> None:
    server.present = []
    observation = await source(server).fetch()
    assert observation.tables == {}
    assert observation.complete
    assert len(texts(observation, "metrics_absent")) == len(Family)


async def test_nan_and_infinity_are_rows_without_a_value(server: FakePrometheus) -> None:
    server.rows["gitlab_jobs_running"] = [({"runner": "a"}, "NaN"), ({"runner": "b"}, "+Inf")]
    assert [row.value for row in samples(await source(server).fetch()).values()] == [None, None]


async def test_a_failing_query_costs_its_own_rows_only(server: FakePrometheus) -> None:
    server.rows["pod_cpu_cores"] = [(POD, "0.5")]
    server.rows["pod_memory_bytes"] = [(POD, "1")]
    server.replies["pod_memory_bytes"] = failed(422, "execution", "too many samples")
    observation = await source(server).fetch()
    assert [row.query for row in samples(observation).values()] == ["pod_cpu_cores"]
    assert not observation.complete
    assert texts(observation, "query_failed") == [
        "pod_memory_bytes unknown: Prometheus could not evaluate the query: too many samples."
    ]


@pytest.mark.parametrize(
    "reply",
    [
        success({"resultType": "matrix", "result": []}),
        success({"resultType": "vector", "result": [{"metric": [], "value": [1, "1"]}]}),
        success({"resultType": "vector"}),
        success(vector((POD, "much"))),
        respond(200, b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{"pod'),
        respond(200, b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{"pod":"\xff"}}]}}'),
        respond(200, b"<html>Sign in"),
    ],
)
async def test_one_bad_answer_of_many(server: FakePrometheus, reply: httpx.Response) -> None:
    server.rows["pod_memory_bytes"] = [(POD, "1")]
    server.replies["pod_cpu_cores"] = reply
    observation = await source(server).fetch()
    assert [row.query for row in samples(observation).values()] == ["pod_memory_bytes"]
    assert texts(observation, "query_failed")[0].startswith("pod_cpu_cores unknown: Prometheus ")


def every_reply(reply: httpx.Response | Exception) -> dict[str, httpx.Response | Exception]:
    return dict.fromkeys((*(query.name for query in POLLED), "presence", "buildinfo", "rules"), reply)


@pytest.mark.parametrize(
    ("reply", "kind", "most_requests"),
    [
        (failed(400, "bad_data", "no"), RefusedError, len(POLLED) + 2),
        (respond(200, b"<html>Sign in"), BadAnswerError, len(POLLED) + 2),
        (respond(401, b"no"), UnauthorizedError, 4),
        (failed(429, "too_many_requests", "slow down", **{"Retry-After": "20"}), RateLimitedError, 4),
        (httpx.ConnectError("refused"), UnreachableError, 4),
        (httpx.ReadTimeout("slow"), UpstreamTimeoutError, 7),
    ],
)
async def test_nothing_read_is_an_error_and_a_dead_server_is_not_asked_on(
    server: FakePrometheus, reply: httpx.Response | Exception, kind: type[SourceError], most_requests: int
) -> None:
    server.replies = every_reply(reply)
    with pytest.raises(kind) as caught:
        await source(server).fetch()
    assert len(server.requests) <= most_requests
    if kind is RateLimitedError:
        assert caught.value.retry_after == 20.0


async def test_a_server_that_dies_midway_leaves_what_was_read_as_partial(server: FakePrometheus) -> None:
    server.rows["pod_cpu_cores"] = [(POD, "0.5")]
    server.replies["gitlab_jobs_running"] = httpx.ConnectError("refused")
    observation = await source(server).fetch()
    assert [row.query for row in samples(observation).values()] == ["pod_cpu_cores"]
    assert not observation.complete
    (finding,) = texts(observation, "query_failed")
    assert "more unknown: Prometheus cannot be reached" in finding


async def test_it_recovers_by_itself(server: FakePrometheus) -> None:
    prometheus = source(server)
    server.replies = every_reply(httpx.ConnectError("refused"))
    with pytest.raises(UnreachableError):
        await prometheus.fetch()
    server.replies = {}
    server.rows["pod_cpu_cores"] = [(POD, "0.5")]
    observation = await prometheus.fetch()
    assert len(samples(observation)) == 1
    assert texts(observation, "version") == ["Prometheus 3.14.0"]


async def test_warnings_are_shown_once_and_mean_that_something_may_be_missing(server: FakePrometheus) -> None:
    warning = "results truncated due to limit"
    for name in ("pod_cpu_cores", "pod_memory_bytes"):
        server.replies[name] = success(vector((POD, "1")), warnings=[warning, warning + "\x1b[31m"], infos=["hint"])
    observation = await source(server).fetch()
    assert len(samples(observation)) == 2
    assert not observation.complete
    assert texts(observation, "upstream_warning") == [
        "Prometheus remarks on pod_cpu_cores, pod_memory_bytes: results truncated due to limit"
    ]
    assert texts(observation, "upstream_info") == ["Prometheus remarks on pod_cpu_cores, pod_memory_bytes: hint"]


@pytest.mark.parametrize("data", [{"resultType": "vector", "result": None}, {"resultType": "vector", "result": []}])
async def test_a_list_written_as_null_is_empty(server: FakePrometheus, data: dict[str, object]) -> None:
    server.replies["pod_cpu_cores"] = success(data)
    server.replies["rules"] = success({"groups": [{"name": "g", "rules": None}, {"rules": [{"alerts": None}]}]})
    observation = await source(server, with_rules=True).fetch()
    assert observation.complete
    server.replies["rules"] = success({"groups": None})
    assert (await source(server, with_rules=True).fetch()).complete


async def test_infos_alone_take_nothing_from_the_picture(server: FakePrometheus) -> None:
    server.replies["pod_cpu_cores"] = success(vector(), infos=["hint"])
    assert (await source(server).fetch()).complete


async def test_a_refused_probe_takes_nothing_from_the_picture(server: FakePrometheus) -> None:
    server.rows["pod_cpu_cores"] = [(POD, "0.5")]
    server.replies["presence"] = failed(422, "execution", "no __name__ regexes here")
    observation = await source(server).fetch()
    assert observation.complete
    assert texts(observation, "probe_failed") == [
        "Which metrics are scraped is unknown: Prometheus could not evaluate the query: no __name__ regexes here."
    ]
    assert texts(observation, "metrics_absent") == []


@pytest.mark.parametrize("reply", [respond(404, b"404 page not found"), respond(403, b""), success(["odd"])])
async def test_a_lookalike_without_build_info_is_tolerated(server: FakePrometheus, reply: httpx.Response) -> None:
    server.replies["buildinfo"] = reply
    observation = await source(server).fetch()
    assert observation.complete
    assert "does not tell its version" in texts(observation, "version")[0]


async def test_the_version_is_asked_again_only_after_a_while(server: FakePrometheus, clock: Clock) -> None:
    prometheus = source(server, clock=clock)
    for minutes, asked in ((0, 1), (5, 1), (10, 2)):
        clock.now = NOW + timedelta(minutes=minutes)
        observation = await prometheus.fetch()
        assert server.asked().count("buildinfo") == asked
        assert texts(observation, "version") == ["Prometheus 3.14.0"]


async def test_a_version_not_told_for_a_passing_fault_is_asked_again(server: FakePrometheus) -> None:
    prometheus = source(server)
    server.replies["buildinfo"] = respond(503, b"")
    assert texts(await prometheus.fetch(), "version") == []
    del server.replies["buildinfo"]
    assert texts(await prometheus.fetch(), "version") == ["Prometheus 3.14.0"]


async def test_a_context_without_github_is_neither_asked_nor_told_of_arc(server: FakePrometheus) -> None:
    server.present = ["gitlab_runner_jobs"]
    observation = await source(server, families=frozenset({Family.GITLAB_RUNNER})).fetch()
    asked = set(server.asked())
    assert "gitlab_jobs_running" in asked
    assert "fleet_failure_rate_1h" in asked
    assert not {"arc_busy_runners", "pod_cpu_cores"} & asked
    assert texts(observation, "metrics_absent") == []


async def test_alerts_can_be_all_that_is_expected(server: FakePrometheus) -> None:
    firing = {"state": "firing", "labels": {"alertname": "A"}}
    server.replies["rules"] = success(rules([alert_rule("A", firing)]))
    observation = await source(server, with_rules=True, families=frozenset()).fetch()
    assert sorted(server.asked()) == ["buildinfo", "rules"]
    assert len(alerts(observation)) == 1


async def test_a_server_without_a_clock_is_believed_without_one(server: FakePrometheus, clock: Clock) -> None:
    def undated(request: httpx.Request) -> httpx.Response:
        response = server(request)
        del response.headers["Date"]
        return response

    settings = PrometheusSettings(url="http://prom", requests_per_minute=10_000)
    prometheus = PrometheusSource(
        "prod", settings, with_rules=False, clock=clock, transport=httpx.MockTransport(undated)
    )
    assert (await prometheus.fetch()).server_time is None
    server.requests.clear()
    await prometheus.range("arc_busy_runners", window=Window.HOUR)
    assert form_of(server.requests[0])["end"] == str(END)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
half_right = st.fixed_dictionaries(
    {"status": st.sampled_from(["success", "error"]) | json_values},
    optional={
        "data": st.fixed_dictionaries(
            {"resultType": st.sampled_from(["vector", "matrix"]) | json_values},
            optional={
                "result": json_values | st.lists(st.fixed_dictionaries({"metric": json_values, "value": json_values}))
            },
        )
        | json_values,
        "warnings": json_values,
        "errorType": st.sampled_from(["timeout", "bad_data"]) | json_values,
        "error": json_values,
    },
)


@given(half_right.map(msgspec.json.encode) | st.binary(max_size=30), st.sampled_from([200, 400, 503]))
def test_whatever_a_server_says_is_rows_or_a_finding(body: bytes, status: int) -> None:
    server = FakePrometheus()
    server.rows["pod_memory_bytes"] = [(POD, "1")]
    server.replies |= {name: respond(status, body) for name in ("pod_cpu_cores", "presence", "buildinfo", "rules")}
    observation = asyncio.run(source(server, with_rules=True).fetch())
    assert any(row.query == "pod_memory_bytes" for row in samples(observation).values())
    assert observation.complete is (not texts(observation, "query_failed") + texts(observation, "upstream_warning"))


async def test_only_the_fleets_namespaces_are_read(server: FakePrometheus) -> None:
    server.parameters = Parameters(selection=Selection(namespaces=("ci",)))
    server.rows["pod_cpu_cores"] = [(POD, "1"), ({**POD, "exported_namespace": "web"}, "2")]
    observation = await source(server, namespaces=("ci",)).fetch()
    assert [row.value for row in samples(observation).values()] == [1.0]


async def test_no_more_than_four_queries_run_at_once() -> None:
    server = FakePrometheus()
    running = most = 0

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(3):
            await asyncio.sleep(0)
        running -= 1
        return server(request)

    settings = PrometheusSettings(url="http://prom", requests_per_minute=10_000)
    prometheus = PrometheusSource("prod", settings, with_rules=True, transport=httpx.MockTransport(handler))
    await prometheus.fetch()
    assert most == 4


async def test_thousands_of_rows_are_all_there(server: FakePrometheus) -> None:
    rows: list[Row] = [({**POD, "pod": f"runner-{index}"}, f"{index}e-3") for index in range(12_000)]
    server.rows["pod_cpu_cores"] = rows
    found = list(samples(await source(server).fetch()).values())
    assert len(found) == 12_000
    assert found[11_999].value == pytest.approx(11.999)


async def test_a_rotated_token_is_read_again(server: FakePrometheus, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return server(request) if seen[-1] == "Bearer new" else respond(401, b"expired")

    settings = PrometheusSettings(url="http://prom", token=TokenSource(file=file), requests_per_minute=10_000)
    prometheus = PrometheusSource("prod", settings, with_rules=False, transport=httpx.MockTransport(handler))
    with pytest.raises(UnauthorizedError):
        await prometheus.fetch()
    file.write_text("new\n")
    assert (await prometheus.fetch()).complete
    assert seen[0] == "Bearer old"
    assert seen[-1] == "Bearer new"


# --- Alerts from rules ----------------------------------------------------------------------------------------------


async def test_without_an_alertmanager_the_rules_alerts_are_read(server: FakePrometheus) -> None:
    firing = {"state": "firing", "labels": {"alertname": "A", "severity": "warning"}}
    server.replies["rules"] = success(rules([alert_rule("A", firing), alert_rule("B")]))
    observation = await source(server, with_rules=True).fetch()
    (alert,) = alerts(observation)
    assert (alert.name, alert.state, alert.severity) == ("A", AlertState.FIRING, "warning")
    assert alert.starts_at == datetime(2026, 11, 21, 11, 0, 0, 123457, tzinfo=UTC)


async def test_no_active_alert_is_an_empty_table(server: FakePrometheus) -> None:
    server.replies["rules"] = success(rules([alert_rule("B")]))
    assert (await source(server, with_rules=True).fetch()).tables[Alert] == {}


async def test_with_an_alertmanager_rules_are_not_asked_for(server: FakePrometheus) -> None:
    observation = await source(server, with_rules=False).fetch()
    assert "rules" not in server.asked()
    assert Alert not in observation.tables


async def test_rules_that_cannot_be_read_leave_the_numbers(server: FakePrometheus) -> None:
    server.rows["pod_cpu_cores"] = [(POD, "0.5")]
    server.replies["rules"] = respond(404, b"404 page not found")
    observation = await source(server, with_rules=True).fetch()
    assert len(samples(observation)) == 1
    assert Alert not in observation.tables, "nobody told, which is not the same as none"
    assert not observation.complete
    assert texts(observation, "query_failed")[0].startswith("alerts unknown: Prometheus does not have what was asked")


async def test_broken_rules_are_told(server: FakePrometheus) -> None:
    server.replies["rules"] = success(rules([alert_rule("A", health="err", lastError="boom")]))
    observation = await source(server, with_rules=True).fetch()
    assert texts(observation, "rule_broken") == ["One alert rule cannot be evaluated and so cannot fire (A: boom)."]


async def test_alerts_alone_are_a_picture(server: FakePrometheus) -> None:
    server.replies = {query.name: failed(422, "execution", "no") for query in POLLED}
    firing = {"state": "firing", "labels": {"alertname": "A"}}
    server.replies["rules"] = success(rules([alert_rule("A", firing)]))
    observation = await source(server, with_rules=True).fetch()
    assert len(alerts(observation)) == 1
    assert not observation.complete


# --- Series ---------------------------------------------------------------------------------------------------------


async def test_a_series_over_an_hour(server: FakePrometheus) -> None:
    server.replies["range"] = success(matrix((POD, [(END - 3600, "1"), (END - 15, "NaN"), (END, "2")])))
    (series,) = await source(server).range(
        "pod_cpu_cores", window=Window.HOUR, labels={"namespace": "ci", "pod": "p-1"}
    )
    assert (len(series.points), series.step_s) == (241, 15)
    assert [point.value for point in series.points if point.value is not None] == [1.0, 2.0]
    assert series.points[-1].at == NOW
    form = form_of(server.requests[0])
    assert (form["start"], form["end"], form["step"]) == (str(END - 3600), str(END), "15")
    assert 'pod="p-1"' in form["query"]


@pytest.mark.parametrize(("window", "rate"), [("1h", "[5m]"), ("24h", "[5m]"), ("7d", "[30m]")])
async def test_a_rate_covers_the_whole_step(server: FakePrometheus, window: str, rate: str) -> None:
    await source(server).range("pod_cpu_cores", window=Window(window))
    assert rate in form_of(server.requests[0])["query"]


async def test_rows_that_share_a_label_with_the_scraped_pod_are_left_out(server: FakePrometheus) -> None:
    other = {"pod": "p-1", "exported_pod": "q", "namespace": "ci", "container": "c"}
    server.replies["range"] = success(matrix((POD, [(END, "1")]), (other, [(END, "2")])))
    found = await source(server).range("pod_cpu_request", window=Window.DAY, labels={"pod": "p-1"})
    assert [series.points[-1].value for series in found] == [1.0]


async def test_nothing_measured_is_no_series(server: FakePrometheus) -> None:
    assert await source(server).range("arc_busy_runners", window=Window.WEEK) == ()


async def test_the_window_ends_by_the_servers_clock(server: FakePrometheus, clock: Clock) -> None:
    clock.now = NOW - timedelta(hours=2)
    prometheus = source(server, clock=clock)
    await prometheus.fetch()
    server.requests.clear()
    await prometheus.range("arc_busy_runners", window=Window.HOUR)
    assert form_of(server.requests[0])["end"] == str(END)


async def test_warnings_on_a_series_are_shown_with_the_next_reading(server: FakePrometheus) -> None:
    prometheus = source(server)
    server.replies["range"] = success(matrix(), warnings=["a store is down"])
    await prometheus.range("arc_busy_runners", window=Window.HOUR)
    assert texts(await prometheus.fetch(), "upstream_warning") == [
        "Prometheus remarks on arc_busy_runners: a store is down"
    ]
    assert texts(await prometheus.fetch(), "upstream_warning") == []


async def test_a_series_that_cannot_be_asked_for(server: FakePrometheus) -> None:
    prometheus = source(server)
    with pytest.raises(NotFoundError, match="no nonsense"):
        await prometheus.range("nonsense", window=Window.HOUR)
    with pytest.raises(UsageError, match="fleet_queue_p95_s has no label pod; it has none"):
        await prometheus.range("fleet_queue_p95_s", window=Window.HOUR, labels={"pod": "p"})
    with pytest.raises(UsageError, match="not valid Unicode"):
        await prometheus.range("pod_cpu_cores", window=Window.HOUR, labels={"pod": "\ud800"})
    assert server.requests == []


async def test_a_refused_series_is_an_error(server: FakePrometheus) -> None:
    server.replies["range"] = failed(400, "bad_data", "exceeded maximum resolution of 11,000 points per timeseries")
    with pytest.raises(RefusedError, match="11,000 points"):
        await source(server).range("pod_cpu_cores", window=Window.HOUR)


@pytest.fixture
async def closed(server: FakePrometheus) -> AsyncIterator[PrometheusSource]:
    prometheus = source(server)
    yield prometheus
    await prometheus.aclose()


async def test_it_closes(closed: PrometheusSource) -> None:
    await closed.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await closed.range("pod_cpu_cores", window=Window.HOUR)
