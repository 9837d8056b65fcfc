"""Prometheus's answers as bytes, and a Prometheus of a few lines that gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec

from flywheel_tui.sources.prometheus.catalogue import CATALOGUE
from flywheel_tui.sources.prometheus.query import Parameters

DATE = "Sat, 21 Nov 2026 12:00:00 GMT"
AT = 1795262400.123
"""The instant of that date, with the fraction that Prometheus adds."""

Row = tuple[Mapping[str, str], str]
"""Labels and value of one element."""

BUILD_INFO = {
    "version": "3.14.0",
    "revision": "abc",
    "branch": "HEAD",
    "buildUser": "root@host",
    "buildDate": "20260801-12:00:00",
    "goVersion": "go1.25",
}

PRESENT = [
    "container_memory_working_set_bytes",
    "kube_pod_container_resource_limits",
    "gitlab_runner_jobs",
    "gha_assigned_jobs",
    "gha_controller_running_listeners",
]
"""One metric of each family."""


def vector(*rows: Row) -> dict[str, Any]:
    """Return the data of an instant query."""
    return {
        "resultType": "vector",
        "result": [{"metric": dict(labels), "value": [AT, value]} for labels, value in rows],
    }


def matrix(*lines: tuple[Mapping[str, str], Sequence[tuple[float, str]]]) -> dict[str, Any]:
    """Return the data of a range query."""
    return {
        "resultType": "matrix",
        "result": [{"metric": dict(labels), "values": [list(pair) for pair in values]} for labels, values in lines],
    }


def success(data: object, **remarks: list[str]) -> httpx.Response:
    """Return an answer."""
    return respond(200, msgspec.json.encode({"status": "success", "data": data, **remarks}))


def failed(status: int, error_type: str, error: str, **headers: str) -> httpx.Response:
    """Return an error as Prometheus writes it."""
    body = msgspec.json.encode({"status": "error", "errorType": error_type, "error": error})
    return respond(status, body, **headers)


def respond(status: int, body: bytes, **headers: str) -> httpx.Response:
    """Return any answer."""
    return httpx.Response(status, content=body, headers={"Date": DATE, "Content-Type": "application/json", **headers})


def alert_rule(name: str, *alerts: Mapping[str, Any], **fields: object) -> dict[str, Any]:
    """Return one alerting rule as ``/rules`` lists it."""
    return {
        "type": "alerting",
        "name": name,
        "query": "vector(1)",
        "duration": 300,
        "keepFiringFor": 0,
        "labels": {},
        "annotations": {},
        "alerts": [
            {"annotations": {}, "activeAt": "2026-11-21T11:00:00.123456789Z", "value": "1e+00", **alert}
            for alert in alerts
        ],
        "health": "ok",
        "evaluationTime": 0.0003,
        "lastEvaluation": "2026-11-21T11:59:58.1Z",
        "state": alerts[0]["state"] if alerts else "inactive",
        **fields,
    }


def rules(*groups: Sequence[Mapping[str, Any]], **fields: object) -> dict[str, Any]:
    """Return the data of ``/rules``."""
    return {
        "groups": [
            {
                "name": f"group-{index}",
                "file": "/etc/prometheus/rules.yml",
                "rules": list(group),
                "interval": 15,
                "limit": 0,
                "evaluationTime": 0.0005,
                "lastEvaluation": "2026-11-21T11:59:58.1Z",
            }
            for index, group in enumerate(groups)
        ],
        **fields,
    }


def form_of(request: httpx.Request) -> dict[str, str]:
    """Return the fields of a form."""
    return dict(parse_qsl(request.content.decode(), keep_blank_values=True))


@dataclass
class FakePrometheus:
    """Answers what a test puts in, by the name of the catalogue query; anything else is empty, as for a new server.

    Attributes:
        rows: Elements by query name.
        replies: Whole answers by query name, or by ``presence``, ``rules``, ``buildinfo``, ``range``.
        parameters: With which the source asks.
        requests: Everything that came in.
    """

    rows: dict[str, list[Row]] = field(default_factory=dict)
    replies: dict[str, httpx.Response | Exception] = field(default_factory=dict)
    present: list[str] = field(default_factory=lambda: list(PRESENT))
    parameters: Parameters = field(default_factory=Parameters)
    requests: list[httpx.Request] = field(default_factory=list)
    responses: list[httpx.Response] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self.requests.append(request)
        answer = self._answer(request)
        if isinstance(answer, Exception):
            raise answer
        self.responses.append(answer)
        return answer

    def asked(self) -> list[str]:
        """Return what was asked, in the order in which it came."""
        return [self._name(request) for request in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response | Exception:
        name = self._name(request)
        if name in self.replies:
            return self.replies[name]
        if name == "buildinfo":
            return success(BUILD_INFO)
        if name == "rules":
            return success(rules())
        if name == "range":
            return success(matrix())
        if name == "presence":
            return success(vector(*(({"__name__": metric}, "1") for metric in self.present)))
        return success(vector(*self.rows.get(name, [])))

    def _name(self, request: httpx.Request) -> str:
        path = request.url.path
        if path.endswith("/api/v1/status/buildinfo"):
            return "buildinfo"
        if path.endswith("/api/v1/rules"):
            return "rules"
        if path.endswith("/api/v1/query_range"):
            return "range"
        assert path.endswith("/api/v1/query"), path
        text = form_of(request)["query"]
        if text.startswith("count by (__name__)"):
            return "presence"
        return next(query.name for query in CATALOGUE if query.instant(self.parameters) == text)
