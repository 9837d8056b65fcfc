"""Alertmanager's answers as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

DATE = "Sat, 21 Nov 2026 12:00:00 GMT"

STATUS = {
    "cluster": {"status": "ready", "peers": []},
    "config": {"original": "route: {}"},
    "uptime": "2026-11-21T10:00:00.000Z",
    "versionInfo": {
        "version": "0.34.0",
        "revision": "abc",
        "branch": "HEAD",
        "buildUser": "root@host",
        "buildDate": "20260801-12:00:00",
        "goVersion": "go1.25",
    },
}


def alert(
    fingerprint: str = "b71f9f4f35004682",
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    state: str = "active",
    silenced_by: Sequence[str] = (),
    inhibited_by: Sequence[str] = (),
    **fields: object,
) -> dict[str, Any]:
    """Return one alert as ``/alerts`` lists it."""
    return {
        "labels": {"alertname": "ListenerDown", "severity": "critical"} if labels is None else dict(labels),
        "annotations": dict(annotations or {}),
        "fingerprint": fingerprint,
        "receivers": [{"name": "on-call"}],
        "startsAt": "2026-11-21T11:00:00.123456789+01:00",
        "updatedAt": "2026-11-21T11:59:00.000Z",
        "endsAt": "2026-11-21T12:04:00.000Z",
        "generatorURL": "http://prom/graph?g0.expr=vector%281%29",
        "status": {
            "state": state,
            "silencedBy": list(silenced_by),
            "inhibitedBy": list(inhibited_by),
            "mutedBy": [],
        },
        **fields,
    }


def respond(status: int, body: object, **headers: str) -> httpx.Response:
    """Return an answer; what is not bytes is written as JSON, as Alertmanager writes its errors too."""
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return httpx.Response(
        status, content=content, headers={"Date": DATE, "Content-Type": "application/json", **headers}
    )
