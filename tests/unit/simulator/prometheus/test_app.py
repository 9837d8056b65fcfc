"""The HTTP face: envelope, refusals, limits. The answers' shapes are held against the contract elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from flywheel_tui.simulator.prometheus.app import build_app
from flywheel_tui.simulator.prometheus.server import Setup
from flywheel_tui.simulator.world import Clock, build_world
from flywheel_tui.simulator.world.world import World
from tests.unit.simulator.prometheus.worlds import EPOCH

Parameter = str | float | list[str]
_STEP = (
    'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer'
)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world("incident", runners=60, clock=Clock(frozen_at=EPOCH))


@pytest.fixture(scope="module")
def app(world: World) -> Starlette:
    return build_app(world)


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(app) as client:
        yield client


def open_client(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://prometheus:9090")


async def data(client: httpx.AsyncClient, path: str, **parameters: Parameter) -> Any:  # noqa: ANN401 - JSON of any shape
    response = await client.get(f"/api/v1{path}", params=parameters)
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["status"] == "success"
    return body["data"]


async def refused(client: httpx.AsyncClient, path: str, **parameters: Parameter) -> tuple[int, str, str]:
    response = await client.get(f"/api/v1{path}", params=parameters)
    body = response.json()
    assert body["status"] == "error"
    assert "data" not in body
    return response.status_code, body["errorType"], body["error"]


async def test_a_vector(client: httpx.AsyncClient) -> None:
    found = await data(client, "/query", query="count(up == 1)")
    assert found["resultType"] == "vector"
    (item,) = found["result"]
    assert item["metric"] == {}
    assert item["value"][0] == EPOCH
    assert isinstance(item["value"][1], str)


async def test_scalars_strings_and_special_numbers(client: httpx.AsyncClient) -> None:
    assert await data(client, "/query", query="1e-7") == {"resultType": "scalar", "result": [EPOCH, "1e-07"]}
    assert await data(client, "/query", query='"x"') == {"resultType": "string", "result": [EPOCH, "x"]}
    for query, text in (("vector(NaN)", "NaN"), ("vector(Inf)", "+Inf"), ("vector(-Inf)", "-Inf")):
        assert (await data(client, "/query", query=query))["result"][0]["value"][1] == text


async def test_a_form_in_the_body_is_as_good_as_a_url(client: httpx.AsyncClient) -> None:
    asked = {"query": "sum(gitlab_runner_jobs)", "time": str(EPOCH - 3_600)}
    posted = await client.post("/api/v1/query", data=asked)
    assert posted.json()["data"] == await data(client, "/query", **asked)
    in_url = await client.post("/api/v1/query", params=asked)
    assert in_url.json()["data"] == posted.json()["data"]
    as_json = await client.post("/api/v1/query", json=asked)
    assert as_json.status_code == 400


async def test_a_matrix(client: httpx.AsyncClient) -> None:
    found = await data(client, "/query_range", query="up", start=EPOCH - 60, end=EPOCH, step="30s")
    assert found["resultType"] == "matrix"
    assert all([at for at, _ in row["values"]] == [EPOCH - 60, EPOCH - 30, EPOCH] for row in found["result"])
    names = [sorted(row["metric"].items()) for row in found["result"]]
    assert names == sorted(names)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, (400, "bad_data", 'invalid parameter "query": 1:1: parse error: no expression found in input')),
        (
            {"query": "sum("},
            (400, "bad_data", 'invalid parameter "query": 1:5: parse error: unclosed left parenthesis'),
        ),
        (
            {"query": "up", "time": "soon"},
            (
                400,
                "bad_data",
                "invalid parameter \"time\": invalid time value for 'time': "
                'cannot parse "soon" to a valid timestamp',
            ),
        ),
        (
            {"query": "up", "timeout": "soon"},
            (400, "bad_data", 'invalid parameter "timeout": cannot parse "soon" to a valid duration'),
        ),
        ({"query": "up", "limit": "-1"}, (400, "bad_data", 'invalid parameter "limit": limit must be non-negative')),
        ({"query": "up * on (job) up"}, (422, "execution", None)),
        ({"query": "info(up)"}, (422, "execution", "this simulator does not evaluate the function info()")),
        ({"query": "up", "timeout": "0s"}, (503, "timeout", "query timed out in expression evaluation")),
    ],
)  # fmt: skip
async def test_refused_queries(
    client: httpx.AsyncClient, parameters: dict[str, str], expected: tuple[int, str, str | None]
) -> None:
    status, kind, message = await refused(client, "/query", **parameters)
    assert (status, kind) == expected[:2]
    assert expected[2] is None or message == expected[2]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"start": ""}, 'invalid parameter "start": cannot parse "" to a valid timestamp'),
        ({"end": "x"}, 'invalid parameter "end": cannot parse "x" to a valid timestamp'),
        ({"end": "0"}, 'invalid parameter "end": end timestamp must not be before start time'),
        ({"step": "0"}, _STEP),
        ({"step": "-15"}, _STEP),
        ({"step": "x"}, 'invalid parameter "step": cannot parse "x" to a valid duration'),
        (
            {"step": "0.01"},
            "exceeded maximum resolution of 11,000 points per timeseries. "
            "Try decreasing the query resolution (?step=XX)",
        ),
        (
            {"query": "up[5m]"},
            'invalid parameter "query": invalid expression type "range vector" for range query, '
            "must be Scalar or instant Vector",
        ),
    ],
)  # fmt: skip
async def test_refused_ranges(client: httpx.AsyncClient, changed: dict[str, str], message: str) -> None:
    asked = {"query": "up", "start": str(EPOCH - 120), "end": str(EPOCH), "step": "15", **changed}
    assert await refused(client, "/query_range", **asked) == (400, "bad_data", message)


async def test_eleven_thousand_points_are_the_most(client: httpx.AsyncClient) -> None:
    begin = EPOCH - 11_000 * 15
    found = await data(client, "/query_range", query="vector(1)", start=begin, end=EPOCH, step="15")
    assert len(found["result"][0]["values"]) == 11_001
    status, *_ = await refused(client, "/query_range", query="vector(1)", start=begin - 15, end=EPOCH, step="15")
    assert status == 400


async def test_a_limit_cuts_and_says_so(client: httpx.AsyncClient) -> None:
    questions: list[tuple[str, dict[str, Parameter]]] = [
        ("/query", {"query": "up"}),
        ("/query_range", {"query": "up", "start": EPOCH - 15, "end": EPOCH, "step": 15}),
        ("/series", {"match[]": "up"}),
        ("/labels", {}),
        ("/label/job/values", {}),
    ]
    for path, asked in questions:
        body = (await client.get(f"/api/v1{path}", params={**asked, "limit": 2})).json()
        listed = body["data"] if isinstance(body["data"], list) else body["data"]["result"]
        assert len(listed) == 2
        assert body["warnings"] == ["results truncated due to limit"]
        whole = (await client.get(f"/api/v1{path}", params=asked)).json()
        assert "warnings" not in whole


async def test_lookback_can_be_changed(client: httpx.AsyncClient) -> None:
    at = EPOCH + 120
    assert len((await data(client, "/query", query="up", time=at))["result"]) > 0
    assert (await data(client, "/query", query="up", time=at, lookback_delta="1m"))["result"] == []


async def test_names_and_labels(client: httpx.AsyncClient) -> None:
    names = await data(client, "/label/__name__/values")
    assert {"up", "gitlab_runner_jobs", "gha_busy_runners", "gha_job_startup_duration_seconds_bucket"} <= set(names)
    assert names == sorted(names)
    assert "__name__" in await data(client, "/labels")
    assert await data(client, "/label/job/values", **{"match[]": "gha_busy_runners"}) == ["arc-listener"]
    series = await data(client, "/series", **{"match[]": ["gha_busy_runners", "gitlab_runner_concurrent"]})
    assert {each["__name__"] for each in series} == {"gha_busy_runners", "gitlab_runner_concurrent"}
    assert await data(client, "/series", **{"match[]": "up", "end": "5", "start": "1"}) == []


async def test_refused_browsing(client: httpx.AsyncClient) -> None:
    assert await refused(client, "/series") == (400, "bad_data", "no match[] parameter provided")
    assert (await refused(client, "/series", **{"match[]": "up{"}))[2].startswith(
        'invalid parameter "match[]": 1:4: parse error'
    )
    assert await refused(client, "/label/a-b/values") == (400, "bad_data", 'invalid label name: "a-b"')
    assert (await refused(client, "/labels", start="x"))[0] == 400
    assert (await refused(client, "/labels", start="5", end="1"))[0] == 400


async def test_metadata(client: httpx.AsyncClient) -> None:
    everything = await data(client, "/metadata")
    assert everything["gitlab_runner_jobs"][0]["type"] == "gauge"
    assert list(await data(client, "/metadata", metric="gha_busy_runners")) == ["gha_busy_runners"]
    assert len(await data(client, "/metadata", limit=3)) == 3
    assert await refused(client, "/metadata", limit="x") == (400, "bad_data", "limit must be a number")


async def test_rules_are_paged(client: httpx.AsyncClient) -> None:
    everything = (await data(client, "/rules", type="alert"))["groups"]
    assert len(everything) > 1
    seen, token = [], None
    while True:
        asked: dict[str, Parameter] = {"type": "alert", "group_limit": 1}
        if token:
            asked["group_next_token"] = token
        found = await data(client, "/rules", **asked)
        seen += found["groups"]
        token = found.get("groupNextToken")
        if token is None:
            break
    assert seen == everything
    firing = [alert for group in everything for rule in group["rules"] for alert in rule["alerts"]]
    assert firing
    assert (await data(client, "/alerts"))["alerts"].__len__() == len(firing)
    assert await data(client, "/rules", type="record") == {"groups": []}
    bare = (await data(client, "/rules", exclude_alerts="true"))["groups"]
    assert all("alerts" not in rule for group in bare for rule in group["rules"])


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({"type": "x"}, 'invalid parameter "type": not supported value "x"'),
        ({"group_limit": "0"}, "greater than 0"),
        ({"group_limit": "x"}, "group_limit"),
        ({"group_limit": "1", "group_next_token": "x"}, "invalid group_next_token"),
        ({"group_next_token": "x"}, "group_limit needs to be set"),
        ({"exclude_alerts": "maybe"}, "exclude_alerts"),
        ({"match[]": "{"}, "match[]"),
    ],
)
async def test_refused_rules(client: httpx.AsyncClient, parameters: dict[str, str], word: str) -> None:
    status, kind, message = await refused(client, "/rules", **parameters)
    assert (status, kind) == (400, "bad_data")
    assert word in message


async def test_targets(client: httpx.AsyncClient) -> None:
    found = await data(client, "/targets")
    health = {each["labels"]["instance"]: each["health"] for each in found["activeTargets"]}
    up = await data(client, "/query", query="up")
    assert health == {each["metric"]["instance"]: "up" if each["value"][1] == "1" else "down" for each in up["result"]}
    assert "down" in health.values()
    assert (await data(client, "/targets", state="dropped"))["activeTargets"] == []
    pool = await data(client, "/targets", scrapePool="kubelet")
    assert {each["labels"]["job"] for each in pool["activeTargets"]} == {"kubelet"}


async def test_the_version_decides_the_dialect(world: World) -> None:
    asked: dict[str, Parameter] = {"query": "count_over_time(up{job='kubelet'}[1m])", "time": EPOCH}
    async with open_client(build_app(world, setup=Setup(version="2.42.0"))) as old:
        assert (await data(old, "/status/buildinfo"))["version"] == "2.42.0"
        assert {each["value"][1] for each in (await data(old, "/query", **asked))["result"]} == {"5"}
    async with open_client(build_app(world)) as new:
        assert {each["value"][1] for each in (await data(new, "/query", **asked))["result"]} == {"4"}


async def test_the_interval_can_be_chosen(world: World) -> None:
    async with open_client(build_app(world, setup=Setup(interval=60_000))) as client:
        found = await data(client, "/query", query="count_over_time(up{job='kubelet'}[10m])")
        assert {each["value"][1] for each in found["result"]} == {"10"}
        assert (await data(client, "/targets"))["activeTargets"][0]["scrapeInterval"] == "60s"


async def test_pages_and_discovery(client: httpx.AsyncClient) -> None:
    targets = (await client.get("/sd")).json()
    assert {target["targets"][0] for target in targets} == {"prometheus:9090"}
    answers = [await client.get(target["labels"]["__metrics_path__"]) for target in targets]
    assert {answer.status_code for answer in answers} == {200, 503}
    good = next(answer for answer in answers if answer.status_code == 200)
    assert good.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert (await client.get("/metrics")).status_code == 200
    assert (await client.get("/metrics/nobody/nowhere")).status_code == 503


async def test_what_is_not_there_and_what_is_not_allowed(client: httpx.AsyncClient) -> None:
    nothing = await client.get("/api/v1/nothing")
    assert (nothing.status_code, nothing.text) == (404, "404 page not found\n")
    wrong = await client.delete("/api/v1/query")
    assert wrong.status_code == 405
    assert (await client.get("/-/ready")).text == "Prometheus Server is Ready.\n"
    home = await client.get("/", follow_redirects=True)
    assert home.status_code == 200


async def test_answers_are_dated_by_the_world(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/status/buildinfo", "/api/v1/nothing", "/metrics", "/-/ready"):
        assert (await client.get(path)).headers.get_list("date") == ["Mon, 21 Sep 2026 14:13:30 GMT"]


async def test_a_token_is_asked_for_where_there_is_one(world: World) -> None:
    async with open_client(build_app(world, "secret")) as client:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "secret"}):
            for path in ("/api/v1/query?query=up", "/metrics", "/sd"):
                refusal = await client.get(path, headers=headers)
                assert refusal.status_code == 401
                assert "secret" not in refusal.text
        good = await client.get("/api/v1/query?query=up", headers={"Authorization": "Bearer secret"})
        assert good.status_code == 200
