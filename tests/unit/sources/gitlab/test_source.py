"""The fleet by GraphQL, read from a GitLab that executes the queries."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx

from flywheel_tui.domain.errors import (
    ForbiddenError,
    MissingError,
)
from flywheel_tui.domain.feed import Observation, SourceKind
from flywheel_tui.domain.ports import GradualSource, Source
from flywheel_tui.domain.runner import ForgeRunner
from tests.unit.sources.gitlab.fake_gitlab import FakeGitLab, runner
from tests.unit.sources.gitlab.reading import refused, runners, said


async def test_it_is_a_source(gitlab: FakeGitLab) -> None:
    source: Source = gitlab.source(interval_s=42.0)
    assert (source.name, source.context, source.kind, source.interval_s) == (
        "prod/gitlab",
        "prod",
        SourceKind.GITLAB,
        42,
    )
    await source.aclose()


async def test_a_thousand_runners_take_at_most_25_requests_a_cycle(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(number) for number in range(1, 1001)]
    source = gitlab.source()
    first = await source.fetch()
    taken = len(gitlab.requests)
    second = await source.fetch()
    assert len(runners(first)) == len(runners(second)) == 1000
    assert (taken, len(gitlab.requests) - taken) == (12, 10), "a probe of two, then ten pages"
    assert (first.budget.last_cycle, second.budget.last_cycle) == (12, 10)
    assert first.budget.limit == 300
    assert first.complete
    assert first.server_time == datetime(2026, 11, 21, 12, 0, 3, tzinfo=UTC)


async def test_the_token_is_sent_as_a_bearer(gitlab: FakeGitLab) -> None:
    gitlab.tokens = {"glpat-right"}
    gitlab.groups["infra"] = [runner(1)]
    await gitlab.source().fetch()
    assert {request.headers["authorization"] for request in gitlab.requests} == {"Bearer glpat-right"}
    assert not any("private-token" in request.headers for request in gitlab.requests)


async def test_a_runner_of_two_groups_is_one_row(gitlab: FakeGitLab) -> None:
    shared = runner(7, groups={"nodes": []})
    gitlab.groups = {"infra": [runner(1), shared], "web": [shared, runner(2)]}
    observation = await gitlab.source(groups=("infra", "web", "infra")).fetch()
    assert sorted(runners(observation)) == ["1", "2", "7"]
    assert runners(observation)["7"].scope == "infra"
    assert len(gitlab.requests) == 4, "a group that is named twice is read once"


async def test_a_missing_group_of_two_is_partial(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(1)]
    observation = await gitlab.source(groups=("infra", "web/lost")).fetch()
    assert list(runners(observation)) == ["1"]
    assert not observation.complete
    assert said(observation, "missing") == ["The group web/lost does not exist, or the token may not see it."]


async def test_no_group_at_all_is_a_failure(gitlab: FakeGitLab) -> None:
    error = await refused(gitlab.source(groups=("gone", "lost")))
    assert isinstance(error, MissingError)
    assert error.message == "The group gone does not exist, or the token may not see it."
    assert "must be a member" in error.next_step


async def test_a_group_whose_runners_may_not_be_listed(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(1)]
    gitlab.unlisted = {"infra"}
    error = await refused(gitlab.source())
    assert isinstance(error, ForbiddenError)
    assert error.message == "The token may not list the runners of the group infra."
    assert "Maintainer or Owner" in error.next_step


async def test_hidden_runners_are_counted_and_told(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(1), None, runner(2), None]
    observation = await gitlab.source().fetch()
    assert sorted(runners(observation)) == ["1", "2"]
    assert not observation.complete
    assert said(observation, "missing_right") == ["The token may not see 2 of 4 runners in the group infra."]


async def test_a_cap_is_measured_and_told(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(number) for number in range(1, 251)]
    observation = await gitlab.source(most_runners=200).fetch()
    assert len(runners(observation)) == 200
    assert not observation.complete
    assert said(observation, "truncated") == ["250 runners exist in the group infra, 200 are shown."]
    assert len(gitlab.requests) == 4, "nothing is read beyond the cap"


async def test_a_fleet_of_just_the_cap_is_whole(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(number) for number in range(1, 201)]
    observation = await gitlab.source(most_runners=200).fetch()
    assert observation.complete
    assert said(observation, "truncated") == []


async def test_rows_that_move_while_pages_are_read_are_neither_lost_nor_doubled(gitlab: FakeGitLab) -> None:
    rows: list[dict[str, object] | None] = [runner(number) for number in range(1, 251)]
    gitlab.groups["infra"] = rows

    def change(request: httpx.Request, number: int) -> None:
        if number == 4:  # between the first and the second page
            rows.remove(runner(3))
            rows.append(runner(251))
            rows.insert(150, runner(2))  # GitLab shows one again that it showed before

    gitlab.intercept = change
    observation = await gitlab.source().fetch()
    assert sorted(map(int, runners(observation))) == [*range(1, 252)]


async def test_shared_runners_beside_groups_need_an_administrator(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(1)]
    gitlab.instance = [runner(1), runner(9, runnerType="INSTANCE_TYPE")]
    observation = await gitlab.source(instance=True).fetch()
    assert list(runners(observation)) == ["1"]
    assert said(observation, "missing_right") == ["The token may not list the instance's shared runners."]
    assert not observation.complete
    gitlab.administrator = True
    observation = await gitlab.source(instance=True).fetch()
    assert list(runners(observation)) == ["1", "9"]
    assert observation.complete


async def test_without_groups_it_is_what_the_owner_of_the_token_manages(gitlab: FakeGitLab) -> None:
    gitlab.mine = [runner(3, groups={"nodes": []})]
    observation = await gitlab.source(groups=()).fetch()
    assert list(runners(observation)) == ["3"]
    assert runners(observation)["3"].scope == ""
    assert runners(observation)["3"].web_url is None
    assert observation.complete


async def test_no_runner_at_all(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = []
    observation = await gitlab.source().fetch()
    assert observation.tables == {ForgeRunner: {}}
    assert observation.complete


async def test_gitlab_under_a_path_of_its_own(gitlab: FakeGitLab) -> None:
    gitlab.intercept = lambda request, number: httpx.Response(404)
    await refused(gitlab.source(url="https://example.com/gitlab/"))
    assert gitlab.paths()[0] == "/gitlab/api/graphql"


async def test_a_cap_amid_a_page(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(number) for number in range(1, 121)]
    observation = await gitlab.source(most_runners=110).fetch()
    assert len(runners(observation)) == 110
    assert said(observation, "truncated") == ["120 runners exist in the group infra, 110 are shown."]


async def test_the_cap_holds_over_all_groups(gitlab: FakeGitLab) -> None:
    gitlab.groups = {"infra": [runner(1), runner(2)], "web": [runner(3)]}
    observation = await gitlab.source(groups=("infra", "web"), most_runners=2).fetch()
    assert sorted(runners(observation)) == ["1", "2"]
    assert said(observation, "truncated") == ["1 runners exist in the group web, 0 are shown."]


async def test_runners_are_shown_while_the_others_and_the_jobs_are_read(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(number) for number in range(1, 251)]
    source: GradualSource = gitlab.source()
    parts: list[Observation] = []

    async def show(part: Observation) -> None:
        parts.append(part)

    whole = await source.read(show)
    assert [len(runners(part)) for part in parts] == [100], "two parts are a second apart"
    assert not any(part.whole or part.complete for part in parts)
    assert said(parts[0], "partial") == ["GitLab is still being read: 100 runners so far."]
    assert set(parts[0].tables) == {ForgeRunner}, "nothing is said of jobs that nobody asked for yet"
    assert (whole.whole, len(runners(whole))) == (True, 250)
    await source.read(show)
    assert len(parts) == 1, "later readings come as a whole"
