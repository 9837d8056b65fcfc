"""The fleet by REST, where GraphQL is not to be had."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from flywheel_tui.domain.errors import BadAnswerError, MissingError, RateLimitedError, UnauthorizedError
from flywheel_tui.domain.feed import Observation
from flywheel_tui.domain.job import Job
from flywheel_tui.domain.runner import RunnerState
from tests.conftest import NOW
from tests.unit.sources.gitlab.fake_gitlab import FakeGitLab, Json, runner
from tests.unit.sources.gitlab.reading import refused, runners, said


def details(number: int, **changes: object) -> Json:
    """Return what GitLab adds in the details of a runner."""
    return {
        "id": number,
        "tag_list": ["nix"],
        "run_untagged": False,
        "locked": True,
        "maximum_timeout": 3600,
        "access_level": "ref_protected",
        "contacted_at": "2026-11-21T11:59:00.000Z",
        "maintenance_note": "watch\nit",
        "projects": [],
        "groups": [{"id": 3, "web_url": "https://gitlab.example.com/groups/infra/ci", "name": "ci"}],
        **changes,
    }


MANAGER = {
    "id": 1,
    "system_id": "s_9",
    "version": "19.3.0",
    "revision": "abcdef12",
    "platform": "linux",
    "architecture": "arm64",
    "created_at": "2026-11-01T00:00:00.000Z",
    "contacted_at": "2026-11-21T11:59:00.000Z",
    "ip_address": "10.0.0.9",
    "status": "online",
    "job_execution_status": "active",
}


@pytest.fixture
def rest(gitlab: FakeGitLab) -> FakeGitLab:
    gitlab.schema = ()
    return gitlab


def fill(gitlab: FakeGitLab, count: int) -> None:
    gitlab.groups["infra"] = [runner(number) for number in range(1, count + 1)]
    gitlab.details = {number: details(number) for number in range(1, count + 1)}
    gitlab.managers = {number: [MANAGER] for number in range(1, count + 1)}


def untagged(observation: Observation) -> int:
    return sum(1 for row in runners(observation).values() if row.tags is None)


async def test_rows_come_from_lists_details_and_managers(rest: FakeGitLab) -> None:
    fill(rest, 1)
    observation = await rest.source().fetch()
    row = runners(observation)["1"]
    assert (row.name, row.state, row.paused, row.busy, row.tags) == (
        "runner-1",
        RunnerState.ONLINE,
        False,
        True,
        ("nix",),
    )
    assert (row.scope, row.groups, row.protected, row.locked) == ("infra/ci", ("infra/ci",), True, True)
    assert (row.maintenance_note, row.created_by) == ("watch it", "mira")
    assert row.web_url == "https://gitlab.example.com/groups/infra/ci/-/runners/1"
    assert row.managers is not None
    assert (row.managers[0].system_id, row.managers[0].executor, row.managers[0].busy) == ("s_9", None, True)
    assert row.manager_count == 1
    assert (row.running_jobs, row.short_token) == (None, None), "REST does not tell these"
    assert Job not in observation.tables


async def test_it_says_why_and_what_is_missing(rest: FakeGitLab) -> None:
    fill(rest, 1)
    observation = await rest.source().fetch()
    assert said(observation, "fallback") == [
        "Runners are read by REST, page by page and one by one: there is no GraphQL at this address."
    ]
    assert said(observation, "partial") == ["REST lists no runners of projects and subgroups of the group infra."]
    assert not observation.complete


async def test_a_live_stub_with_over_a_hundred_runners_and_no_tag_list_shows_all(rest: FakeGitLab) -> None:
    fill(rest, 230)
    observation = await rest.source().fetch()
    assert len(runners(observation)) == 230
    assert 0 < untagged(observation) < 230
    assert "Details of " in said(observation, "partial")[1]


async def test_details_arrive_a_slice_at_a_time_and_within_the_budget(rest: FakeGitLab) -> None:
    fill(rest, 60)
    now = [NOW]
    source = rest.source(lambda: now[0])
    left = []
    for _ in range(4):
        before = len(rest.requests)
        observation = await source.fetch()
        left.append(untagged(observation))
        assert len(rest.requests) - before <= 50, "half of the 100 requests of 20 seconds"
        now[0] += timedelta(seconds=20)
    assert left == [38, 14, 0, 0]
    assert said(observation, "partial") == ["REST lists no runners of projects and subgroups of the group infra."]


async def test_the_oldest_details_are_read_anew_first(rest: FakeGitLab) -> None:
    fill(rest, 30)
    now = [NOW]
    source = rest.source(lambda: now[0])
    for _ in range(2):
        await source.fetch()
        now[0] += timedelta(seconds=20)
    for number in rest.details:
        rest.details[number] = details(number, tag_list=["new"])
    first = [row.id for row in runners(await source.fetch()).values() if row.tags == ("new",)]
    assert len(first) == 24
    now[0] += timedelta(seconds=20)
    assert all(row.tags == ("new",) for row in runners(await source.fetch()).values())


async def test_details_that_may_not_be_read_are_told_and_not_asked_in_a_row(rest: FakeGitLab) -> None:
    fill(rest, 3)
    del rest.details[2]
    observation = await rest.source().fetch()
    assert runners(observation)["2"].tags is None
    assert said(observation, "missing_right") == ["The token may not read the details of 1 of 3 runners."]


async def test_a_failing_detail_costs_no_row(rest: FakeGitLab) -> None:
    fill(rest, 3)
    rest.intercept = lambda request, number: httpx.Response(500) if request.url.path == "/api/v4/runners/2" else None
    observation = await rest.source().fetch()
    assert sorted(runners(observation)) == ["1", "2", "3"]
    assert runners(observation)["1"].tags == ("nix",)
    assert said(observation, "partial")[1] == (
        "Details of 1 of 3 runners are read, the others follow. GitLab failed with HTTP 500."
    )


async def test_a_limit_while_details_are_read_is_heeded(rest: FakeGitLab) -> None:
    fill(rest, 3)
    rest.intercept = lambda request, number: (
        httpx.Response(429, text="Retry later", headers={"Retry-After": "9"})
        if request.url.path == "/api/v4/runners/2"
        else None
    )
    error = await refused(rest.source())
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 9.0


async def test_runners_that_went_are_forgotten(rest: FakeGitLab) -> None:
    fill(rest, 3)
    source = rest.source()
    await source.fetch()
    rest.groups["infra"] = [runner(1)]
    assert list(runners(await source.fetch())) == ["1"]
    rest.groups["infra"] = [runner(1), runner(2)]
    rest.intercept = lambda request, number: httpx.Response(500) if "/runners/2" in request.url.path else None
    assert runners(await source.fetch())["2"].tags is None


@pytest.mark.parametrize("told", [True, False])
async def test_a_cap_is_measured_and_told(rest: FakeGitLab, told: bool) -> None:
    fill(rest, 250)
    rest.totals_told = told
    observation = await rest.source(most_runners=200).fetch()
    assert len(runners(observation)) == 200
    exist = "250" if told else "More than 200"
    assert said(observation, "truncated") == [f"{exist} runners exist in the group infra, 200 are shown."]


async def test_a_runner_that_comes_twice_is_one_row(rest: FakeGitLab) -> None:
    fill(rest, 150)

    def shift(request: httpx.Request, number: int) -> None:
        if request.url.params.get("page") == "2":
            rest.groups["infra"].insert(0, runner(999))

    rest.intercept = shift
    observation = await rest.source().fetch()
    assert len(runners(observation)) == 150
    assert "GitLab counts 151 runners in the group infra but gave 150." in said(observation, "partial")


async def test_pages_behind_a_proxy_that_keeps_only_links(rest: FakeGitLab) -> None:
    rest.groups["infra"] = []
    pages = {
        "1": httpx.Response(
            200,
            json=[{"id": 1, "status": "online", "online": True}],
            headers={"Link": '<http://inner.invalid/api/v4/groups/infra/runners?page=2>; rel="next"'},
        ),
        "2": httpx.Response(200, json=[{"id": 2, "status": "paused", "online": False}]),
    }
    rest.intercept = lambda request, number: (
        pages[request.url.params["page"]] if request.url.path.endswith("/groups/infra/runners") else None
    )
    observation = await rest.source().fetch()
    assert {row.id: row.state for row in runners(observation).values()} == {
        "1": RunnerState.ONLINE,
        "2": RunnerState.OFFLINE,
    }
    assert {request.url.host for request in rest.requests} == {"gitlab.example.com"}


async def test_pages_that_do_not_go_on_end_in_a_clear_word(rest: FakeGitLab) -> None:
    rest.intercept = lambda request, number: (
        httpx.Response(200, json=[{"id": 1}], headers={"x-next-page": "1"})
        if request.url.path.endswith("/groups/infra/runners")
        else None
    )
    error = await refused(rest.source())
    assert isinstance(error, BadAnswerError)
    assert error.message == "GitLab's pages of the group infra do not go on: after 1 comes 1."


async def test_a_path_with_a_slash_reaches_gitlab_in_one_piece(rest: FakeGitLab) -> None:
    rest.groups["infra/ci"] = [runner(1)]
    observation = await rest.source(groups=("infra/ci",)).fetch()
    assert list(runners(observation)) == ["1"]


async def test_a_missing_group_of_two_is_partial(rest: FakeGitLab) -> None:
    fill(rest, 1)
    observation = await rest.source(groups=("infra", "lost")).fetch()
    assert list(runners(observation)) == ["1"]
    assert said(observation, "missing") == [
        "Reading the group lost: GitLab does not have what was asked (404 Group Not Found)."
    ]


async def test_administrators_see_the_whole_instance(rest: FakeGitLab) -> None:
    rest.administrator = True
    rest.instance = [runner(1, runnerType="INSTANCE_TYPE"), runner(2)]
    observation = await rest.source(groups=()).fetch()
    assert {row.id: row.scope for row in runners(observation).values()} == {"1": "instance", "2": ""}
    assert runners(observation)["2"].web_url is None


async def test_others_see_what_they_own(rest: FakeGitLab) -> None:
    rest.mine = [runner(5)]
    observation = await rest.source(groups=()).fetch()
    assert list(runners(observation)) == ["5"]


async def test_before_18_3_what_one_owns_comes_by_rest(gitlab: FakeGitLab) -> None:
    gitlab.schema = ("common", "jobs-17", "enterprise")
    gitlab.mine = [runner(5)]
    observation = await gitlab.source(groups=()).fetch()
    assert list(runners(observation)) == ["5"]
    assert "Field 'runners' doesn't exist on type 'CurrentUser'" in said(observation, "fallback")[0]


async def test_a_token_that_graphql_does_not_take_goes_by_rest(gitlab: FakeGitLab) -> None:
    fill(gitlab, 1)
    gitlab.token_self = {"name": "runners", "scopes": ["manage_runner"], "expires_at": None}
    gitlab.intercept = lambda request, number: (
        httpx.Response(401, json={"errors": [{"message": "Invalid token"}]})
        if request.url.path == "/api/graphql"
        else None
    )
    observation = await gitlab.source().fetch()
    assert list(runners(observation)) == ["1"]
    assert said(observation, "missing_right") == ["The token runners lacks the scope read_api."]
    assert "neither of the scopes read_api and api" in said(observation, "fallback")[0]


async def test_a_token_that_should_do_but_is_refused_is_an_error(gitlab: FakeGitLab) -> None:
    gitlab.intercept = lambda request, number: (
        httpx.Response(401, json={"errors": [{"message": "Invalid token"}]})
        if request.url.path == "/api/graphql"
        else None
    )
    assert isinstance(await refused(gitlab.source()), UnauthorizedError)


async def test_something_else_than_a_gitlab(gitlab: FakeGitLab) -> None:
    gitlab.intercept = lambda request, number: httpx.Response(404, text="<html>nginx</html>")
    error = await refused(gitlab.source())
    assert isinstance(error, MissingError)
    assert error.message == "There is no GitLab at https://gitlab.example.com."


async def test_graphql_that_comes_back_is_used_again(rest: FakeGitLab) -> None:
    fill(rest, 1)
    now = [NOW]
    source = rest.source(lambda: now[0])
    await source.fetch()
    rest.schema = ("common", "jobs-17", "enterprise", "since-18.3")
    now[0] += timedelta(minutes=10)
    observation = await source.fetch()
    assert said(observation, "fallback") == []
    assert runners(observation)["1"].running_jobs == 2
    assert observation.complete


async def test_details_that_are_not_read_anew_are_told(rest: FakeGitLab) -> None:
    fill(rest, 2)
    source = rest.source()
    await source.fetch()
    rest.intercept = lambda request, number: (
        httpx.Response(200, text="{") if request.url.path.startswith("/api/v4/runners/") else None
    )
    observation = await source.fetch()
    assert untagged(observation) == 0, "what was read before stays"
    assert said(observation, "partial")[1] == (
        "Details of runners are not read anew. GitLab answered something that is not JSON."
    )


async def test_a_cap_amid_a_page(rest: FakeGitLab) -> None:
    fill(rest, 120)
    observation = await rest.source(most_runners=110).fetch()
    assert said(observation, "truncated") == ["120 runners exist in the group infra, 110 are shown."]
