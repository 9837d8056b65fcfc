from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from flywheel_tui.simulator.alertmanager.alerts import fingerprint
from flywheel_tui.simulator.alertmanager.app import build_app
from flywheel_tui.simulator.world import Clock, build_world
from flywheel_tui.simulator.world.alerts import active_alerts
from flywheel_tui.simulator.world.world import World

NOW = 1_790_000_010.0
HERE = "2026-09-21T14:13:30.000Z"
BODY = {
    "matchers": [{"name": "alertname", "value": "ArcListenerDown", "isRegex": False}],
    "startsAt": HERE,
    "endsAt": "2026-09-21T18:00:00Z",
    "createdBy": "mira",
    "comment": "known",
}


@pytest.fixture
def world() -> World:
    return build_world("incident", runners=60, clock=Clock(frozen_at=NOW))


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(world) as client:
        yield client


def open_client(world: World, token: str = "") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(build_app(world, token))
    return httpx.AsyncClient(transport=transport, base_url="http://alertmanager:9093/api/v2")


async def get(client: httpx.AsyncClient, path: str, **parameters: str | list[str]) -> Any:  # noqa: ANN401 - JSON
    response = await client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


def names(alerts: list[dict[str, Any]]) -> set[str]:
    return {alert["labels"]["alertname"] for alert in alerts}


async def test_what_fires_in_the_world_fires_here(world: World, client: httpx.AsyncClient) -> None:
    alerts = await get(client, "/alerts")
    firing = [each for each in active_alerts(world, world.time) if each.state == "firing"]
    pending = [each for each in active_alerts(world, world.time) if each.state == "pending"]
    assert firing
    expected = {fingerprint({"alertname": each.name, **each.labels}) for each in firing}
    assert [alert["fingerprint"] for alert in alerts] == sorted(expected)
    assert not expected & {fingerprint({"alertname": each.name, **each.labels}) for each in pending}
    for alert in alerts:
        assert alert["startsAt"] <= alert["updatedAt"] <= HERE < alert["endsAt"]
        assert alert["generatorURL"].startswith("http://")


async def test_states_and_their_switches(client: httpx.AsyncClient) -> None:
    everything = await get(client, "/alerts", active="true", silenced="true", inhibited="true", unprocessed="true")
    by_state = {state: [a for a in everything if a["status"]["state"] == state] for state in ("active", "suppressed")}
    assert by_state["active"]
    assert names(by_state["suppressed"]) == {"RunnerResourceQuotaExhausted"}
    assert await get(client, "/alerts", silenced="false") == by_state["active"]
    assert await get(client, "/alerts", active="false") == by_state["suppressed"]
    assert await get(client, "/alerts", inhibited="false") == everything


async def test_filters_and_receivers(client: httpx.AsyncClient) -> None:
    assert names(await get(client, "/alerts", filter='alertname="ArcListenerDown"')) == {"ArcListenerDown"}
    both = await get(client, "/alerts", filter=['severity="critical"', 'namespace=~"arc-.*"'])
    assert names(both) == {"ArcListenerDown"}
    arc = await get(client, "/alerts", receiver="arc")
    assert {alert["labels"]["namespace"] for alert in arc} == {"arc-runners"}
    assert await get(client, "/alerts", receiver="ar") == []
    labelled = await get(client, "/alerts", receiver_matchers='name="arc"')
    assert labelled == arc
    assert [each["name"] for each in await get(client, "/receivers")] == ["platform-oncall", "arc", "gitlab-runners"]
    assert len(await get(client, "/receivers", receiver_matchers='name=~"a.*"')) == 1


async def test_groups_hold_every_alert_once(client: httpx.AsyncClient) -> None:
    groups = await get(client, "/alerts/groups")
    assert sorted(a["fingerprint"] for group in groups for a in group["alerts"]) == [
        a["fingerprint"] for a in await get(client, "/alerts")
    ]
    for group in groups:
        for alert in group["alerts"]:
            assert group["labels"].items() <= alert["labels"].items()
            assert alert["receivers"] == [group["receiver"]]
    assert await get(client, "/alerts/groups", receiver="nobody") == []


async def test_critical_alerts_keep_warnings_of_the_same_object_quiet(client: httpx.AsyncClient) -> None:
    (down,) = await get(client, "/alerts", filter='alertname="ArcListenerDown"')
    labels = {"namespace": down["labels"]["namespace"], "name": down["labels"]["name"]}
    same = {"labels": {"alertname": "Slow", "severity": "warning", **labels}}
    other = {"labels": {"alertname": "Slow", "severity": "warning", **labels, "name": "elsewhere"}}
    loud = {"labels": {"alertname": "Loud", "severity": "critical", **labels}}
    assert (await client.post("/alerts", json=[same, other, loud])).status_code == 200
    found = {
        (a["labels"]["alertname"], a["labels"]["name"]): a["status"]
        for a in await get(client, "/alerts", filter='alertname=~"Slow|Loud"')
    }
    quiet = found["Slow", labels["name"]]
    assert quiet["state"] == "suppressed"
    assert down["fingerprint"] in quiet["inhibitedBy"]
    assert found["Slow", "elsewhere"]["state"] == found["Loud", labels["name"]]["state"] == "active"
    assert len(await get(client, "/alerts", filter="alertname=Slow", inhibited="false")) == 1


async def test_a_silence_from_its_making_to_its_end(world: World, client: httpx.AsyncClient) -> None:
    made = await client.post("/silences", json=BODY)
    assert made.status_code == 200
    ident = made.json()["silenceID"]
    shown = await get(client, f"/silence/{ident}")
    assert shown["status"] == {"state": "active"}
    assert shown["matchers"] == [{"name": "alertname", "value": "ArcListenerDown", "isRegex": False, "isEqual": True}]
    (alert,) = await get(client, "/alerts", filter="alertname=ArcListenerDown")
    assert alert["status"] == {"state": "suppressed", "silencedBy": [ident], "inhibitedBy": [], "mutedBy": []}

    longer = {**BODY, "id": ident, "startsAt": shown["startsAt"], "endsAt": "2026-09-21T20:00:00Z"}
    assert (await client.post("/silences", json=longer)).json() == {"silenceID": ident}
    other = {**longer, "matchers": [{"name": "alertname", "value": "Arc.*", "isRegex": True}]}
    fresh = (await client.post("/silences", json=other)).json()["silenceID"]
    assert fresh != ident
    world.clock.advance(1)
    assert (await get(client, f"/silence/{ident}"))["status"] == {"state": "expired"}

    assert (await client.delete(f"/silence/{fresh}")).status_code == 200
    world.clock.advance(1)
    states = {each["id"]: each["status"]["state"] for each in await get(client, "/silences")}
    assert (states[ident], states[fresh]) == ("expired", "expired")
    (alert,) = await get(client, "/alerts", filter="alertname=ArcListenerDown")
    assert alert["status"]["state"] == "active"
    assert {each["id"] for each in await get(client, "/silences", expired="false")} == states.keys() - {ident, fresh}
    assert len(await get(client, "/silences", filter='alertname=~"Arc.*"')) == 1
    assert await get(client, "/silences", filter="alertname=ArcListener") == []


@pytest.mark.parametrize(
    ("changed", "status", "answer"),
    [
        ({"endsAt": HERE}, 400, "Failed to create silence: start time must be before end time"),
        (
            {"startsAt": "2026-09-20T00:00:00Z", "endsAt": "2026-09-21T00:00:00Z"},
            400,
            "Failed to create silence: end time can't be in the past",
        ),
        ({"id": "4c5d0f5e-0000-4000-8000-000000000000"}, 404, "silence not found"),
        (
            {"matchers": [{"name": "a", "value": "", "isRegex": False}]},
            400,
            "invalid silence: matcher set 0: at least one matcher must not match the empty string",
        ),
        ({"matchers": []}, 422, {"code": 612, "message": "matchers in body should have at least 1 items"}),
        ({"comment": None}, 422, {"code": 602, "message": "comment in body is required"}),
        (
            {"matchers": [{"name": "a", "value": "b"}]},
            422,
            {"code": 602, "message": "matchers.0.isRegex in body is required"},
        ),
    ],
)  # fmt: skip
async def test_refused_silences(
    client: httpx.AsyncClient, changed: dict[str, object], status: int, answer: object
) -> None:
    before = await get(client, "/silences")
    response = await client.post("/silences", json={**BODY, **changed})
    assert (response.status_code, response.json()) == (status, answer)
    assert await get(client, "/silences") == before


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/silences", b"{", 400),
        ("/silences", b'{"startsAt": 5}', 400),
        ("/silences", b'{"startsAt": "soon"}', 400),
        ("/silences", b"", 422),
        ("/alerts", b"{}", 400),
        ("/alerts", b'[{"labels": {"a": 1}}]', 400),
        ("/alerts", b"[{}]", 422),
        ("/alerts", b"", 422),
    ],
)
async def test_bodies_that_are_none(client: httpx.AsyncClient, path: str, body: bytes, status: int) -> None:
    response = await client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    assert response.json().keys() == {"code", "message"}


async def test_posted_alerts(world: World, client: httpx.AsyncClient) -> None:
    posted = [
        {"labels": {"alertname": "Mine", "empty": ""}, "annotations": {"summary": "s"}},
        {"labels": {}},
        {"labels": {"alertname": "Backwards"}, "startsAt": "2026-09-22T00:00:00Z", "endsAt": "2026-09-21T15:00:00Z"},
    ]
    response = await client.post("/alerts", json=posted)
    assert response.status_code == 400
    assert response.json() == "at least one label pair required\nstart time must be before end time"
    (mine,) = await get(client, "/alerts", filter="alertname=Mine")
    assert mine["labels"] == {"alertname": "Mine"}
    assert (mine["startsAt"], mine["endsAt"]) == (HERE, "2026-09-21T14:18:30.000Z")
    assert mine["receivers"] == [{"name": "platform-oncall"}]
    world.clock.advance(301)
    assert await get(client, "/alerts", filter="alertname=Mine") == []


@pytest.mark.parametrize(
    ("path", "parameters", "word"),
    [
        ("/alerts", {"filter": "a"}, "bad matcher format: a"),
        ("/alerts", {"receiver": "("}, "failed to parse receiver param: "),
        ("/alerts", {"receiver_matchers": "a"}, "failed to parse receiver_matchers param: "),
        ("/alerts/groups", {"filter": "a=~("}, "error parsing regexp"),
        ("/silences", {"filter": "{}"}, "unexpected open or close brace"),
    ],
)
async def test_bad_parameters_are_answered_by_a_string(
    client: httpx.AsyncClient, path: str, parameters: dict[str, str], word: str
) -> None:
    response = await client.get(path, params=parameters)
    assert response.status_code == 400
    assert isinstance(response.json(), str)
    assert word in response.json()


async def test_what_is_not_there(client: httpx.AsyncClient) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    assert (await client.get(f"/silence/{unknown}")).status_code == 404
    assert (await client.delete(f"/silence/{unknown}")).status_code == 404
    no_id = await client.get("/silence/x")
    assert (no_id.status_code, no_id.json()["code"]) == (422, 601)
    assert (await client.get("/nothing")).json() == {"code": 404, "message": "path /api/v2/nothing was not found"}
    wrong = await client.put("/alerts")
    assert (wrong.status_code, wrong.json()["message"]) == (405, "method PUT is not allowed, but [GET,POST] are")
    other = await client.post("/alerts", content=b"x", headers={"Content-Type": "text/plain"})
    assert other.status_code == 415


async def test_answers_are_dated_by_the_world(client: httpx.AsyncClient) -> None:
    assert (await client.get("/alerts")).headers.get_list("date") == ["Mon, 21 Sep 2026 14:13:30 GMT"]


async def test_status(client: httpx.AsyncClient) -> None:
    status = await get(client, "/status")
    assert "platform-oncall" in status["config"]["original"]
    assert status["cluster"]["status"] == "disabled"


async def test_a_token_is_asked_for_where_there_is_one(world: World) -> None:
    async with open_client(world, "secret") as client:
        assert (await client.get("/alerts")).status_code == 401
        assert (await client.get("/alerts", headers={"Authorization": "Bearer secret"})).status_code == 200


def test_fingerprints_are_those_of_alertmanager() -> None:
    # As Alertmanager 0.34.2 answers after this alert is posted to it.
    assert fingerprint({"alertname": "x"}) == "d240efc3896bf266"
