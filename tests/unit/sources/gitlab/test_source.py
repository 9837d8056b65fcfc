"""The fleet by GraphQL, read from a GitLab that executes the queries."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from flywheel_tui.domain.errors import (
    BadAnswerError,
    ForbiddenError,
    MissingError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
    UnreachableError,
    UpstreamFailedError,
    UpstreamTimeoutError,
)
from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.job import Job, JobState
from flywheel_tui.domain.ports import Source
from flywheel_tui.domain.runner import ForgeRunner, RunnerKind
from tests.conftest import NOW
from tests.unit.sources.gitlab.fake_gitlab import FakeGitLab, job, runner
from tests.unit.sources.gitlab.reading import refused, runners, said
from tests.unit.sources.gitlab.schema import CE_17, CE_18, EE_18


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


async def test_a_thousand_jobs_still_fit_the_25_requests(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(number) for number in range(1, 1001)]
    gitlab.jobs = [job(number) for number in range(1, 3001)]
    observation = await gitlab.source().fetch()
    assert len(gitlab.requests) == 22
    assert len(observation.tables[Job]) == 1000
    assert said(observation, "truncated") == ["Over 1,000 jobs wait or run, 1,000 are shown."]
    assert not observation.complete


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


async def test_pages_that_do_not_go_on_end_in_a_clear_word(gitlab: FakeGitLab) -> None:
    def stuck(request: httpx.Request, number: int) -> httpx.Response | None:
        if b"FlywheelFleet" not in request.content:
            return None
        page = {"count": 9, "pageInfo": {"hasNextPage": True, "endCursor": "x"}, "nodes": []}
        return httpx.Response(200, json={"data": {"owner": {"runners": page}}})

    gitlab.intercept = stuck
    error = await refused(gitlab.source())
    assert isinstance(error, BadAnswerError)
    assert error.message == "GitLab announces more pages of the group infra but does not say where they start."
    assert len(gitlab.requests) == 4


async def test_fewer_rows_than_counted_are_told(gitlab: FakeGitLab) -> None:
    def short(request: httpx.Request, number: int) -> httpx.Response | None:
        if b"FlywheelFleet" not in request.content:
            return None
        page = {"count": 9, "pageInfo": {"hasNextPage": False}, "nodes": [{"id": "gid://gitlab/Ci::Runner/5"}]}
        return httpx.Response(200, json={"data": {"owner": {"runners": page}}})

    gitlab.intercept = short
    observation = await gitlab.source().fetch()
    assert list(runners(observation)) == ["5"]
    assert said(observation, "partial") == ["GitLab counts 9 runners in the group infra but gave 1."]
    assert not observation.complete


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (
            b'{"data": {"owner": {"runners": {"nodes": [{"id": "gid',
            "Reading the group infra: GitLab answered something",
        ),
        (b"<html>proxy</html>", "Reading the group infra: GitLab answered something that is not JSON."),
        (
            b'{"data": {"owner": {"runners": {"nodes": 7}}}}',
            "Reading the group infra: GitLab answered in an unexpected",
        ),
        (b'{"data": null}', "GitLab answered nothing when asked for the group infra."),
        (
            b'{"errors": [{"message": "Internal \\u001b[31mserver error"}]}',
            "GitLab answered an error instead of the group infra (Internal server error).",
        ),
        (b'{"errors": [{"message": "Timeout on validation"}]}', "GitLab gave up on listing the group infra"),
    ],
)
async def test_bad_answers_name_the_group(gitlab: FakeGitLab, content: bytes, wanted: str) -> None:
    gitlab.intercept = lambda request, number: (
        httpx.Response(200, content=content) if b"FlywheelFleet" in request.content else None
    )
    error = await refused(gitlab.source())
    assert wanted in error.message
    assert "the group infra" in error.message
    assert "\x1b" not in error.message


async def test_a_part_that_failed_costs_only_that_part(gitlab: FakeGitLab) -> None:
    def half(request: httpx.Request, number: int) -> httpx.Response | None:
        if b"FlywheelFleet" not in request.content:
            return None
        body = {
            "data": {"owner": {"runners": {"count": 1, "nodes": [{**runner(1), "managers": None}]}}},
            "errors": [{"message": "managers failed", "path": ["owner", "runners", "nodes", 0, "managers"]}],
        }
        return httpx.Response(200, json=body)

    gitlab.intercept = half
    observation = await gitlab.source().fetch()
    assert runners(observation)["1"].managers is None
    assert said(observation, "partial") == ["GitLab left out a part of the group infra (managers failed)."]
    assert not observation.complete


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


async def test_administrators_see_the_whole_instance_and_its_jobs(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.instance = [
        runner(1, runnerType="INSTANCE_TYPE", adminUrl="https://gitlab.example.com/admin/runners/1"),
        runner(2),
    ]
    gitlab.jobs = [
        job(10),
        job(11, status="RUNNING", startedAt="2026-11-21T11:59:00Z", runner={"id": "gid://gitlab/Ci::Runner/2"}),
    ]
    observation = await gitlab.source(groups=()).fetch()
    assert {row.id: row.kind for row in runners(observation).values()} == {
        "1": RunnerKind.INSTANCE,
        "2": RunnerKind.GROUP,
    }
    assert runners(observation)["1"].scope == "instance"
    jobs = [row for row in observation.tables[Job].values() if isinstance(row, Job)]
    assert [(row.key, row.state, row.runner_id) for row in jobs] == [
        ("prod/gitlab/job/10", JobState.PENDING, None),
        ("prod/gitlab/job/11", JobState.RUNNING, "2"),
    ]
    assert observation.complete


async def test_jobs_are_those_of_the_configured_groups(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(1)]
    gitlab.jobs = [job(10), job(11, project={"fullPath": "infrared/app"}), job(12, project={"fullPath": "infra/a/b"})]
    observation = await gitlab.source().fetch()
    assert list(observation.tables[Job]) == ["prod/gitlab/job/10", "prod/gitlab/job/12"]


async def test_jobs_that_nobody_may_see_are_unknown_not_none(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(1)]
    observation = await gitlab.source().fetch()
    assert Job not in observation.tables
    gitlab.administrator = True
    observation = await gitlab.source().fetch()
    assert observation.tables[Job] == {}


async def test_jobs_that_cannot_be_read_cost_no_runner(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(1)]
    gitlab.intercept = lambda request, number: (
        httpx.Response(503, json={"errors": [{"message": "Request timed out."}]})
        if b"FlywheelJobs" in request.content
        else None
    )
    observation = await gitlab.source().fetch()
    assert list(runners(observation)) == ["1"]
    assert Job not in observation.tables
    assert said(observation, "jobs_unknown") == [
        "The pending and running jobs could not be read: GitLab failed with HTTP 503."
    ]


async def test_a_gitlab_without_that_job_list_is_asked_once(gitlab: FakeGitLab) -> None:
    gitlab.schema = ("common", "enterprise")
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(1)]
    source = gitlab.source()
    await source.fetch()
    before = len(gitlab.requests)
    observation = await source.fetch()
    assert len(gitlab.requests) - before == 1
    assert "Field 'jobs' doesn't exist on type 'Query'" in said(observation, "jobs_unknown")[0]


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


async def test_a_rotated_token_is_read_again_within_the_cycle(gitlab: FakeGitLab) -> None:
    gitlab.tokens = {"glpat-right"}
    gitlab.groups["infra"] = [runner(1)]
    source = gitlab.source()
    await source.fetch()
    gitlab.tokens = {"glpat-rotated"}
    gitlab.token_file.write_text("glpat-rotated\n")
    observation = await source.fetch()
    assert list(runners(observation)) == ["1"]
    assert [request.headers["authorization"] for request in gitlab.requests[-2:]] == [
        "Bearer glpat-right",
        "Bearer glpat-rotated",
    ]


async def test_a_wrong_token_is_said_and_heals_without_a_restart(gitlab: FakeGitLab) -> None:
    gitlab.tokens = {"glpat-other"}
    gitlab.groups["infra"] = [runner(1)]
    source = gitlab.source()
    error = await refused(source)
    assert isinstance(error, UnauthorizedError)
    assert "does not accept the token" in error.message
    assert "glpat" not in str(error)
    gitlab.token_file.write_text("glpat-other\n")
    assert list(runners(await source.fetch())) == ["1"]


async def test_a_plain_text_429_is_a_wait(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(1)]
    source = gitlab.source()
    await source.fetch()
    headers = {
        "Retry-After": "37",
        "RateLimit-Limit": "60",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "1795262460",
    }
    gitlab.intercept = lambda request, number: httpx.Response(429, text="Retry later\n", headers=headers)
    before = len(gitlab.requests)
    error = await refused(source)
    assert isinstance(error, RateLimitedError)
    assert (error.message, error.retry_after) == ("GitLab asks to slow down (Retry later).", 37.0)
    assert len(gitlab.requests) - before == 1, "only polling tries again"
    gitlab.intercept = lambda request, number: None
    before = len(gitlab.requests)
    await source.fetch()
    assert len(gitlab.requests) - before == 1, "a limit is no reason for a new probe"


async def test_a_429_without_retry_after_waits_for_the_reset(gitlab: FakeGitLab) -> None:
    reset = str(int(NOW.timestamp()) + 25)
    gitlab.intercept = lambda request, number: httpx.Response(
        429, text="Retry later", headers={"RateLimit-Limit": "60", "RateLimit-Reset": reset}
    )
    error = await refused(gitlab.source())
    assert error.retry_after == 25.0


async def test_limits_in_headers_are_the_budget(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(1)]
    page = {"data": {"owner": {"runners": {"count": 0, "nodes": []}}}}
    headers = {"RateLimit-Limit": "2000", "RateLimit-Remaining": "1988", "RateLimit-Reset": "1795262460"}
    gitlab.intercept = lambda request, number: (
        httpx.Response(200, json=page, headers=headers) if b"FlywheelFleet" in request.content else None
    )
    budget = (await gitlab.source().fetch()).budget
    assert (budget.limit, budget.remaining, budget.last_cycle) == (2000, 1988, 3)
    assert budget.resets_at == datetime.fromtimestamp(1795262460, UTC)


async def test_it_probes_again_after_an_error(gitlab: FakeGitLab) -> None:
    gitlab.groups["infra"] = [runner(1)]
    source = gitlab.source()
    await source.fetch()
    gitlab.intercept = lambda request, number: httpx.Response(502, text="<html>bad gateway</html>")
    error = await refused(source)
    assert isinstance(error, UpstreamFailedError)
    gitlab.intercept = lambda request, number: None
    before = len(gitlab.requests)
    assert list(runners(await source.fetch())) == ["1"]
    assert len(gitlab.requests) - before == 3


async def test_a_dead_connection_is_said(gitlab: FakeGitLab) -> None:
    def dead(request: httpx.Request, number: int) -> httpx.Response | None:
        raise httpx.ConnectError("[Errno 111] Connection refused", request=request)

    gitlab.intercept = dead
    error = await refused(gitlab.source())
    assert isinstance(error, UnreachableError)
    assert "https://gitlab.example.com" in error.message


async def test_a_sign_in_page_is_said(gitlab: FakeGitLab) -> None:
    gitlab.intercept = lambda request, number: httpx.Response(
        302, headers={"Location": "https://sso.example.com/login?token=secret"}
    )
    error = await refused(gitlab.source())
    assert isinstance(error, RefusedError)
    assert error.message == "GitLab sends us elsewhere: https://sso.example.com/login."


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


@pytest.mark.parametrize("status", [405, 410])
async def test_graphql_that_is_switched_off(gitlab: FakeGitLab, status: int) -> None:
    gitlab.groups["infra"] = [runner(1)]
    gitlab.intercept = lambda request, number: httpx.Response(status) if request.url.path == "/api/graphql" else None
    observation = await gitlab.source().fetch()
    assert list(runners(observation)) == ["1"]
    assert f"GraphQL is switched off (HTTP {status})" in said(observation, "fallback")[0]


async def test_a_query_that_gitlab_refuses_is_an_error(gitlab: FakeGitLab) -> None:
    gitlab.intercept = lambda request, number: httpx.Response(422, json={"errors": [{"message": "Query too large"}]})
    error = await refused(gitlab.source())
    assert isinstance(error, RefusedError)
    assert error.status == 422


async def test_a_scope_that_is_missing_is_named(gitlab: FakeGitLab) -> None:
    body = {"error": "insufficient_scope", "error_description": "The request requires higher privileges than provided."}
    gitlab.intercept = lambda request, number: httpx.Response(403, json=body)
    error = await refused(gitlab.source())
    assert isinstance(error, ForbiddenError)
    assert "higher privileges" in error.message
    assert error.next_step == "Use a token with the scope read_api."


async def test_jobs_that_end_in_an_inner_error_are_unknown(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(1)]
    gitlab.intercept = lambda request, number: (
        httpx.Response(200, json={"errors": [{"message": "Internal error"}]})
        if b"FlywheelJobs" in request.content
        else None
    )
    observation = await gitlab.source().fetch()
    assert Job not in observation.tables
    assert not observation.complete
    assert said(observation, "jobs_unknown") == [
        "The pending and running jobs could not be read: GitLab answered an error instead of its jobs (Internal error)."
    ]


async def test_a_token_without_an_owner_manages_nothing(gitlab: FakeGitLab) -> None:
    gitlab.intercept = lambda request, number: (
        httpx.Response(200, json={"data": {"owner": None}}) if b"FlywheelFleet" in request.content else None
    )
    error = await refused(gitlab.source(groups=()))
    assert isinstance(error, ForbiddenError)
    assert error.message == "The token may not list the runners that the token's owner manages."
    assert error.next_step == "Name the groups to show in `groups`."
