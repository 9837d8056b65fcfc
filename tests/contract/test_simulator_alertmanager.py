"""The simulated Alertmanager's answers, held against Alertmanager's own Swagger 2.0 document."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from flywheel_tui.config.settings import AlertmanagerSettings
from flywheel_tui.domain.alert import Alert, AlertState
from flywheel_tui.simulator.alertmanager.app import build_app
from flywheel_tui.simulator.world import Clock, World, build_world
from flywheel_tui.simulator.world.alerts import active_alerts
from flywheel_tui.sources.alertmanager.source import AlertmanagerSource

pytestmark = pytest.mark.contract

NOW = 1_790_000_010.0
UNKNOWN = "4c5d0f5e-0000-4000-8000-000000000000"
SILENCE = {
    "matchers": [{"name": "alertname", "value": "Arc.*", "isRegex": True}],
    "startsAt": "2026-09-21T14:13:30Z",
    "endsAt": "2026-09-21T18:00:00Z",
    "createdBy": "mira",
    "comment": "known",
}


@pytest.fixture(params=["calm", "incident"])
def world(request: pytest.FixtureRequest) -> World:
    return build_world(request.param, runners=60, clock=Clock(frozen_at=NOW))


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build_app(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://am:9093") as client:
        yield client


class Contract:
    """The Swagger document and what it says of an answer."""

    def __init__(self, path: Path) -> None:
        self._document = yaml.safe_load(path.read_text())

    def check(self, template: str, response: httpx.Response) -> None:
        operation = self._document["paths"][template][response.request.method.lower()]
        said: dict[str, Any] = operation["responses"][str(response.status_code)]
        if "$ref" in said:
            said = self._document["responses"][said["$ref"].removeprefix("#/responses/")]
        if "schema" not in said:
            assert response.content == b""
            return
        whole = {"definitions": self._document["definitions"], "allOf": [said["schema"]]}
        jsonschema.Draft4Validator(whole, format_checker=jsonschema.FormatChecker()).validate(response.json())


@pytest.fixture(scope="module")
def contract(contracts: Path) -> Contract:
    return Contract(contracts / "alertmanager-0.34-openapi2.yaml")


@pytest.mark.parametrize(
    ("template", "query"),
    [
        ("/status", ""),
        ("/receivers", ""),
        ("/receivers", "receiver_matchers=a"),
        ("/alerts", ""),
        ("/alerts", "active=true&silenced=true&inhibited=true&unprocessed=true"),
        ("/alerts", "filter=a"),
        ("/alerts", "receiver=("),
        ("/alerts/groups", ""),
        ("/alerts/groups", "filter=a"),
        ("/silences", ""),
        ("/silences", "filter=a"),
    ],
)
async def test_what_is_read(client: httpx.AsyncClient, contract: Contract, template: str, query: str) -> None:
    contract.check(template, await client.get(f"/api/v2{template}?{query}"))


async def test_the_life_of_a_silence(client: httpx.AsyncClient, contract: Contract) -> None:
    made = await client.post("/api/v2/silences", json=SILENCE)
    contract.check("/silences", made)
    ident = made.json()["silenceID"]
    contract.check("/silence/{silenceID}", await client.get(f"/api/v2/silence/{ident}"))
    contract.check("/silences", await client.get("/api/v2/silences"))
    contract.check("/alerts", await client.get("/api/v2/alerts"))
    contract.check("/silence/{silenceID}", await client.delete(f"/api/v2/silence/{ident}"))
    for method in ("GET", "DELETE"):
        contract.check("/silence/{silenceID}", await client.request(method, f"/api/v2/silence/{UNKNOWN}"))
    contract.check("/silences", await client.post("/api/v2/silences", json={**SILENCE, "endsAt": SILENCE["startsAt"]}))
    contract.check("/silences", await client.post("/api/v2/silences", json={**SILENCE, "id": UNKNOWN}))


async def test_posted_alerts(client: httpx.AsyncClient, contract: Contract) -> None:
    contract.check("/alerts", await client.post("/api/v2/alerts", json=[{"labels": {"alertname": "Mine"}}]))
    contract.check("/alerts", await client.post("/api/v2/alerts", json=[{"labels": {}}]))
    contract.check("/alerts", await client.get("/api/v2/alerts", params={"filter": "alertname=Mine"}))


async def test_the_source_reads_it(world: World) -> None:
    settings = AlertmanagerSettings(url="http://am:9093")
    source = AlertmanagerSource(
        "prod",
        settings,
        clock=lambda: datetime.fromtimestamp(NOW, UTC),
        transport=httpx.ASGITransport(build_app(world)),
    )
    observation = await source.fetch()
    assert observation.complete, observation
    alerts = [row for row in observation.tables.get(Alert, {}).values() if isinstance(row, Alert)]
    firing = [each for each in active_alerts(world, NOW) if each.state == "firing"]
    assert sorted(alert.name for alert in alerts) == sorted(each.name for each in firing)
    suppressed = {alert.name for alert in alerts if alert.state is AlertState.SUPPRESSED}
    assert suppressed == ({"RunnerResourceQuotaExhausted"} if world.scenario == "incident" else set())
    await source.aclose()
