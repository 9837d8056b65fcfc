"""What the source sends, and what its tests answer, held against Prometheus's own OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import openapi_core
import pytest
import yaml
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from flywheel_tui.config.settings import PrometheusSettings
from flywheel_tui.domain.errors import RefusedError
from flywheel_tui.sources.prometheus.catalogue import POLLED
from flywheel_tui.sources.prometheus.source import PrometheusSource
from flywheel_tui.sources.prometheus.windows import Window
from tests.unit.sources.prometheus.answers import (
    FakePrometheus,
    alert_rule,
    failed,
    form_of,
    matrix,
    respond,
    rules,
    success,
    vector,
)

pytestmark = pytest.mark.contract

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POD = {"namespace": "ci", "pod": "p-1", "container": "build"}
FIRING = {"state": "firing", "labels": {"alertname": "A", "severity": "warning"}}


class Contract:
    """The OpenAPI document and what it says of a request and its answer."""

    def __init__(self, path: Path) -> None:
        self.document = yaml.safe_load(path.read_text())
        self._openapi = openapi_core.OpenAPI.from_dict(self.document)

    def check_request(self, request: httpx.Request) -> None:
        asked = self._asked(request)
        self._openapi.validate_request(asked)
        operation = self.document["paths"][request.url.path.removeprefix("/api/v1")][request.method.lower()]
        declared = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert set(request.url.params) <= declared
        assert not set(request.url.params) or request.method == "GET"

    def check_answer(self, request: httpx.Request, response: httpx.Response) -> None:
        answer = MockResponse(response.content, status_code=response.status_code)
        self._openapi.validate_response(self._asked(request), answer)

    def _asked(self, request: httpx.Request) -> MockRequest:
        return MockRequest(
            "http://prom:9090",
            request.method,
            request.url.path,
            args=dict(request.url.params),
            data=request.content,
            content_type=request.headers.get("Content-Type", "application/json"),
        )


@pytest.fixture(scope="module")
def contract(contracts: Path) -> Contract:
    return Contract(contracts / "prometheus-3.14-openapi31.yaml")


@pytest.fixture
def server(contract: Contract) -> Iterator[FakePrometheus]:
    """Return a server; whatever passed between it and a source is checked when the test has ended."""
    server = FakePrometheus()
    yield server
    assert server.requests
    for request, response in zip(server.requests, server.responses, strict=True):
        contract.check_request(request)
        contract.check_answer(request, response)


def source(server: FakePrometheus) -> PrometheusSource:
    settings = PrometheusSettings(url="http://prom:9090", requests_per_minute=10_000)
    return PrometheusSource("prod", settings, with_rules=True, clock=lambda: NOW, transport=httpx.MockTransport(server))


async def test_a_whole_cycle(server: FakePrometheus) -> None:
    for query in POLLED:
        server.rows[query.name] = [({label: label for label in query.labels}, "0.5")]
    server.replies["rules"] = success(rules([alert_rule("A", FIRING), alert_rule("B", health="err", lastError="x")]))
    observation = await source(server).fetch()
    assert observation.complete
    assert len(server.requests) == len(POLLED) + 3


async def test_nothing_measured_and_not_a_number(server: FakePrometheus) -> None:
    server.rows["pod_cpu_cores"] = [(POD, "NaN"), ({**POD, "pod": "p-2"}, "+Inf")]
    assert (await source(server).fetch()).complete


async def test_remarks(server: FakePrometheus) -> None:
    server.replies["pod_cpu_cores"] = success(vector((POD, "1")), warnings=["w"], infos=["i"])
    assert not (await source(server).fetch()).complete


@pytest.mark.parametrize("window", Window)
async def test_a_series(server: FakePrometheus, window: Window) -> None:
    server.replies["range"] = success(matrix((POD, [(NOW.timestamp(), "1.5")])))
    (series,) = await source(server).range("pod_cpu_cores", window=window, labels={"pod": "p-1"})
    assert series.points[-1].value == 1.5


@pytest.mark.parametrize(
    ("status", "error_type"),
    [
        (400, "bad_data"),
        (422, "execution"),
        (503, "timeout"),
        (503, "canceled"),
        (500, "internal"),
        (503, "unavailable"),
    ],
)
async def test_errors(server: FakePrometheus, status: int, error_type: str) -> None:
    server.replies["pod_cpu_cores"] = failed(status, error_type, "why")
    assert not (await source(server).fetch()).complete


async def test_a_refused_series(server: FakePrometheus) -> None:
    server.replies["range"] = failed(400, "bad_data", "exceeded maximum resolution of 11,000 points per timeseries")
    with pytest.raises(RefusedError):
        await source(server).range("pod_cpu_cores", window=Window.HOUR)


@pytest.mark.parametrize(
    "answer",
    [
        success({"resultType": "vector", "result": [{"metric": POD, "value": "1"}]}),
        respond(200, b'{"status":"fine"}'),
    ],
)
def test_the_contract_would_notice(contract: Contract, answer: httpx.Response) -> None:
    """The checks above mean something: a wrong answer and a wrong request do not pass them."""
    request = httpx.Request("POST", "http://prom:9090/api/v1/query", data={"query": "up"})
    assert form_of(request) == {"query": "up"}
    contract.check_request(request)
    with pytest.raises(OpenAPIError):
        contract.check_answer(request, answer)
    with pytest.raises(OpenAPIError):
        contract.check_request(httpx.Request("POST", "http://prom:9090/api/v1/query", data={"expr": "up"}))
