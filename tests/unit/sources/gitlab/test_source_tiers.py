"""Which fields are asked for, how many rows at once, and when less is asked."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest

from flywheel_tui.domain.errors import (
    UpstreamTimeoutError,
)
from tests.conftest import NOW
from tests.unit.sources.gitlab.fake_gitlab import FakeGitLab, runner
from tests.unit.sources.gitlab.reading import refused, runners, said
from tests.unit.sources.gitlab.schema import CE_17, CE_18, EE_18


async def test_enterprise_fields_are_read_where_gitlab_is_enterprise(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(1)]
    observation = await gitlab.source().fetch()
    assert runners(observation)["1"].upgrade_status == "recommended"
    assert said(observation, "tier") == ["Runners are read by GraphQL with the enterprise fields."]
    assert said(observation, "edition") == ["GitLab Enterprise Edition."]
    assert said(observation, "version") == ["GitLab 18.5.1-ee."]
    assert said(observation, "scopes") == ["The token console has the scopes read_api."]


async def test_community_fields_are_read_where_gitlab_is_community(gitlab: FakeGitLab) -> None:
    gitlab.schema, gitlab.enterprise = CE_17, False
    gitlab.groups["infra"] = [runner(1)]
    observation = await gitlab.source().fetch()
    assert runners(observation)["1"].upgrade_status is None
    assert runners(observation)["1"].running_jobs == 2
    assert said(observation, "fallback") == []
    assert said(observation, "edition") == ["GitLab Community Edition."]


async def test_an_unknown_field_steps_down_a_tier_and_says_so(gitlab: FakeGitLab) -> None:
    gitlab.schema = CE_18  # calls itself Enterprise, but lacks its fields
    gitlab.groups["infra"] = [runner(1)]
    source = gitlab.source()
    for requests in (4, 1):
        before = len(gitlab.requests)
        observation = await source.fetch()
        assert list(runners(observation)) == ["1"]
        assert said(observation, "fallback") == [
            "Runners are read with the community fields: Field 'upgradeStatus' doesn't exist on type 'CiRunner'."
        ]
        assert said(observation, "tier") == []
        assert observation.complete
        assert len(gitlab.requests) - before == requests, "it steps down once, not in every cycle"


async def test_the_better_tier_is_tried_again_after_an_upgrade(gitlab: FakeGitLab) -> None:
    gitlab.schema = CE_18
    gitlab.groups["infra"] = [runner(1)]
    now = [NOW]
    source = gitlab.source(lambda: now[0])
    await source.fetch()
    gitlab.schema = EE_18
    now[0] += timedelta(minutes=9)
    assert runners(await source.fetch())["1"].upgrade_status is None
    now[0] += timedelta(minutes=1)
    observation = await source.fetch()
    assert runners(observation)["1"].upgrade_status == "recommended"
    assert said(observation, "fallback") == []


async def test_pages_shrink_when_they_cost_too_much(gitlab: FakeGitLab) -> None:
    gitlab.complexity_limit = 95  # a full page costs 106
    gitlab.groups["infra"] = [runner(number) for number in range(1, 121)]
    source = gitlab.source()
    observation = await source.fetch()
    assert len(runners(observation)) == 120
    sizes = [json.loads(request.content)["variables"].get("first") for request in gitlab.requests[2:]]
    assert sizes == [100, 50, 50, 50]
    assert said(observation, "fallback") == []


async def test_pages_shrink_before_the_limit_is_reached(gitlab: FakeGitLab) -> None:
    gitlab.complexity_limit = 110
    gitlab.groups["infra"] = [runner(number) for number in range(1, 181)]
    await gitlab.source().fetch()
    sizes = [json.loads(request.content)["variables"].get("first") for request in gitlab.requests[2:]]
    assert sizes == [100, 50, 50]


async def test_a_query_that_is_always_too_costly_ends_in_rest(gitlab: FakeGitLab) -> None:
    gitlab.complexity_limit = 40
    gitlab.groups["infra"] = [runner(1)]
    observation = await gitlab.source().fetch()
    assert list(runners(observation)) == ["1"]
    assert "exceeds max complexity of 40" in said(observation, "fallback")[0]


async def test_the_page_shrinks_after_a_query_that_took_too_long(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(1)]
    slow = True

    def late(request: httpx.Request, number: int) -> httpx.Response | None:
        if slow and b"FlywheelFleet" in request.content:
            raise httpx.ReadTimeout("late", request=request)
        return None

    gitlab.intercept = late
    source = gitlab.source()
    assert isinstance(await refused(source), UpstreamTimeoutError)
    slow = False
    await source.fetch()
    assert json.loads(gitlab.requests[-1].content)["variables"]["first"] == 50


@pytest.mark.parametrize("status", [405, 410])
async def test_graphql_that_is_switched_off(gitlab: FakeGitLab, status: int) -> None:
    gitlab.groups["infra"] = [runner(1)]
    gitlab.intercept = lambda request, number: httpx.Response(status) if request.url.path == "/api/graphql" else None
    observation = await gitlab.source().fetch()
    assert list(runners(observation)) == ["1"]
    assert f"GraphQL is switched off (HTTP {status})" in said(observation, "fallback")[0]
