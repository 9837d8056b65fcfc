"""The queries that our own GitLab source sends, executed by the simulated GitLab."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from flywheel_tui.simulator.gitlab.app import build_app
from flywheel_tui.simulator.world import Clock, World, build_world
from flywheel_tui.simulator.world.model_forge import RunnerType
from flywheel_tui.sources.gitlab import queries
from flywheel_tui.sources.gitlab.queries import Root, Tier
from tests.unit.sources.gitlab.schema import EE_19, complexity, schema_of

pytestmark = pytest.mark.contract

TOKEN = "glpat-simulated"
AT = 1_795_262_400.0
Json = dict[str, Any]


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(runners=400, seed=3, clock=Clock(frozen_at=AT))


async def ask(
    world: World, query: str, variables: Json, *, enterprise: bool = True, administrator: bool = True
) -> Json:
    transport = httpx.ASGITransport(build_app(world, TOKEN, enterprise=enterprise, administrator=administrator))
    async with httpx.AsyncClient(transport=transport, base_url="http://gitlab.test") as client:
        answer = await client.post(
            "/api/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
    assert answer.status_code == 200
    found: Json = answer.json()
    return found


def page_of(data: Json) -> Json:
    page: Json = data["owner"]["runners"] if "owner" in data else data["runners"]
    return page


@pytest.mark.parametrize("root", list(Root))
@pytest.mark.parametrize(
    ("tier", "enterprise"), [(Tier.ENTERPRISE, True), (Tier.COMMUNITY, True), (Tier.COMMUNITY, False)]
)
async def test_fleet_queries_execute_and_pages_hold_every_runner_once(
    world: World, root: Root, tier: Tier, enterprise: bool
) -> None:
    query = queries.fleet_query(root, tier)
    variables: Json = {"first": 100, "after": None, **({"path": "acme"} if root is Root.GROUP else {})}
    read: list[str] = []
    while True:
        answer = await ask(world, query, variables, enterprise=enterprise)
        assert "errors" not in answer
        page = page_of(answer["data"])
        score = answer["data"]["queryComplexity"]
        assert 0 < score["score"] <= score["limit"] == 300
        read += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        assert len(page["nodes"]) == 100
        variables["after"] = page["pageInfo"]["endCursor"]
    shared = {row.id for row in world.gitlab_runners.values() if row.type is RunnerType.INSTANCE}
    wanted = {
        Root.INSTANCE: set(world.gitlab_runners),
        Root.MINE: set(world.gitlab_runners),
        Root.GROUP: set(world.gitlab_runners) - shared,
        Root.SHARED: shared,
    }[root]
    assert len(read) == len(set(read)) == page["count"]
    assert {int(gid.rsplit("/", 1)[1]) for gid in read} == wanted


async def test_the_enterprise_query_does_not_fit_the_community_edition(world: World) -> None:
    query = queries.fleet_query(Root.INSTANCE, Tier.ENTERPRISE)
    answer = await ask(world, query, {"first": 100}, enterprise=False)
    assert "data" not in answer
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["undefinedField"]


@pytest.mark.parametrize("root", list(Root))
async def test_both_reckonings_of_what_a_query_costs_agree(world: World, root: Root) -> None:
    query = queries.fleet_query(root, Tier.ENTERPRISE)
    for first in (1, 10, 55, 100):
        variables: Json = {"first": first, "after": None, **({"path": "acme"} if root is Root.GROUP else {})}
        answer = await ask(world, query, variables)
        assert answer["data"]["queryComplexity"]["score"] == complexity(schema_of(EE_19), query, variables)


async def test_probe_and_jobs(world: World) -> None:
    told = await ask(world, queries.PROBE, {})
    assert told["data"]["metadata"]["enterprise"] is True
    assert told["data"]["runners"]["count"] == len(world.gitlab_runners)
    refused = await ask(world, queries.PROBE, {}, administrator=False)
    assert refused["data"]["runners"] is None
    assert refused["errors"]
    jobs = (await ask(world, queries.JOBS, {"first": 100, "after": None}))["data"]["jobs"]
    assert len(jobs["nodes"]) == 100
    following = {"first": 100, "after": jobs["pageInfo"]["endCursor"]}
    more = (await ask(world, queries.JOBS, following))["data"]["jobs"]
    assert not {job["id"] for job in jobs["nodes"]} & {job["id"] for job in more["nodes"]}
