from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from flywheel_tui.domain.errors import (
    BadAnswerError,
    ForbiddenError,
    MissingError,
    RateLimitedError,
    RefusedError,
    SourceError,
    UnauthorizedError,
    UnreachableError,
    UpstreamFailedError,
)
from flywheel_tui.domain.feed import Observation, SourceKind
from flywheel_tui.domain.job import Job
from flywheel_tui.domain.ports import Source
from flywheel_tui.domain.runner import ForgeRunner, RunnerKind
from flywheel_tui.sources.github.source import GitHubSource
from tests.conftest import NOW
from tests.unit.sources.github.fake_github import RESET, FakeGitHub, group, runner


def runners(observation: Observation) -> dict[str, ForgeRunner]:
    rows = observation.tables[ForgeRunner]
    return {row.key: row for row in rows.values() if isinstance(row, ForgeRunner)}


def said(observation: Observation, code: str) -> list[str]:
    return [finding.text for finding in observation.findings if finding.code == code]


async def refused(source: GitHubSource) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await source.fetch()
    return caught.value


async def test_it_is_a_source(github: FakeGitHub) -> None:
    source: Source = github.source(interval_s=42.0)
    assert (source.name, source.context, source.kind, source.interval_s) == (
        "prod/github",
        "prod",
        SourceKind.GITHUB,
        42,
    )
    await source.aclose()


async def test_runners_of_organisations_and_repositories(github: FakeGitHub) -> None:
    github.orgs["acme"] = [runner(1, busy=True, runner_group_id=2)]
    github.repos["acme/app"] = [runner(1, name="own")]
    observation = await github.source(repos=("acme/app",)).fetch()
    found = runners(observation)
    assert list(found) == ["prod/github/acme/1", "prod/github/acme/app/1"]
    org, repo = found.values()
    assert (org.kind, org.scope, org.busy, org.runner_group) == (RunnerKind.ORGANIZATION, "acme", True, "heavy")
    assert (repo.kind, repo.scope, repo.name, repo.runner_group) == (RunnerKind.REPOSITORY, "acme/app", "own", None)
    assert org.web_url == "https://github.com/organizations/acme/settings/actions/runners/1"
    assert repo.web_url == "https://github.com/acme/app/settings/actions/runners/1"
    assert observation.complete
    assert Job not in observation.tables
    assert observation.server_time == datetime(2026, 11, 21, 12, 0, 2, tzinfo=UTC)


async def test_what_is_sent(github: FakeGitHub) -> None:
    github.orgs["acme"] = [runner(1)]
    await github.source().fetch()
    for request in github.requests:
        assert request.headers["authorization"] == "Bearer ghp_right"
        assert request.headers["x-github-api-version"] == "2022-11-28"
        assert request.headers["accept"] == "application/vnd.github+json"
        assert request.url.params["per_page"] == "100"


async def test_over_a_hundred_runners_on_several_pages_are_all_shown(github: FakeGitHub) -> None:
    github.orgs["acme"] = [runner(number) for number in range(1, 251)]
    observation = await github.source().fetch()
    assert len(runners(observation)) == 250
    assert len(github.requests) == 4
    assert observation.budget.last_cycle == 4
    assert (observation.budget.limit, observation.budget.remaining) == (5000, 4996)
    assert observation.budget.resets_at == datetime.fromtimestamp(RESET, UTC)


async def test_an_unchanged_fleet_costs_nothing_of_the_limit(github: FakeGitHub) -> None:
    github.orgs["acme"] = [runner(number) for number in range(1, 251)]
    source = github.source()
    first = await source.fetch()
    second = await source.fetch()
    assert github.statuses == [200] * 4 + [304] * 4
    assert runners(second) == runners(first)
    assert second.budget.remaining == first.budget.remaining == 4996
    assert second.complete


async def test_a_change_on_a_later_page_is_seen_though_the_first_is_unchanged(github: FakeGitHub) -> None:
    rows = [runner(number) for number in range(1, 251)]
    github.orgs["acme"] = rows
    source = github.source()
    await source.fetch()
    rows[220] = runner(221, busy=True)
    found = runners(await source.fetch())
    assert github.statuses[4:] == [304, 304, 304, 200]
    assert found["prod/github/acme/221"].busy is True


async def test_a_fleet_that_grows_by_a_page(github: FakeGitHub) -> None:
    github.orgs["acme"] = [runner(number) for number in range(1, 101)]
    source = github.source()
    await source.fetch()
    github.orgs["acme"].append(runner(101))
    assert len(runners(await source.fetch())) == 101
    github.orgs["acme"].clear()
    assert runners(await source.fetch()) == {}


async def test_pages_that_are_gone_are_forgotten(github: FakeGitHub) -> None:
    github.orgs["acme"] = [runner(number) for number in range(1, 251)]
    source = github.source()
    await source.fetch()
    kept = source._client.pages
    assert len(kept) == 4
    del github.orgs["acme"][100:]
    await source.fetch()
    assert len(kept) == 2


async def test_a_server_without_versions_of_pages(github: FakeGitHub) -> None:
    github.versioned = False
    github.orgs["acme"] = [runner(1)]
    source = github.source()
    await source.fetch()
    await source.fetch()
    assert github.statuses == [200] * 4
    assert not any("if-none-match" in request.headers for request in github.requests)


async def test_an_unchanged_page_that_was_never_had(github: FakeGitHub) -> None:
    github.intercept = lambda request, number: httpx.Response(304)
    error = await refused(github.source())
    assert isinstance(error, BadAnswerError)
    assert error.message == (
        "Reading the organisation acme: GitHub says that a page did not change which it was never asked for."
    )


async def test_another_token_starts_with_nothing_remembered(github: FakeGitHub) -> None:
    github.tokens = {"ghp_right"}
    github.orgs["acme"] = [runner(1)]
    source = github.source()
    await source.fetch()
    github.tokens = {"ghp_rotated"}
    github.token_file.write_text("ghp_rotated\n")
    # The worst case: a cache between here and GitHub that confuses the two tokens.
    github.intercept = lambda request, number: (
        httpx.Response(304)
        if "if-none-match" in request.headers and request.headers["authorization"] == "Bearer ghp_rotated"
        else None
    )
    github.orgs["acme"] = [runner(2)]
    assert list(runners(await source.fetch())) == ["prod/github/acme/2"]


async def test_a_wrong_token_is_said_and_heals_without_a_restart(github: FakeGitHub) -> None:
    github.tokens = {"ghp_other"}
    github.orgs["acme"] = [runner(1)]
    source = github.source()
    error = await refused(source)
    assert isinstance(error, UnauthorizedError)
    assert error.message == "GitHub does not accept the token (Bad credentials)."
    assert "ghp_" not in str(error)
    github.token_file.write_text("ghp_other\n")
    assert list(runners(await source.fetch())) == ["prod/github/acme/1"]


async def test_one_organisation_of_two_that_may_not_be_read_is_partial(github: FakeGitHub) -> None:
    github.orgs = {"acme": [runner(1)], "labs": [runner(2)]}
    github.forbidden = {"labs"}
    source = github.source(orgs=("acme", "labs"))
    observation = await source.fetch()
    assert list(runners(observation)) == ["prod/github/acme/1"]
    assert not observation.complete
    texts = said(observation, "missing_right")
    assert "The token may not list the runner groups of the organisation labs: their names stay unknown." in texts
    assert any(text.startswith("The token may not list the runners of the organisation labs:") for text in texts)
    finding = next(found for found in observation.findings if found.text == texts[-1])
    assert finding.next_step == "The token needs organization_self_hosted_runners=read."


async def test_one_missing_repository_of_two_is_partial(github: FakeGitHub) -> None:
    github.repos["acme/app"] = [runner(1)]
    observation = await github.source(orgs=(), repos=("acme/app", "acme/gone")).fetch()
    assert list(runners(observation)) == ["prod/github/acme/app/1"]
    assert said(observation, "missing") == [
        "The repository acme/gone does not exist, or the token may not list its runners."
    ]


async def test_nothing_that_may_be_read_is_a_failure(github: FakeGitHub) -> None:
    error = await refused(github.source(orgs=("gone", "lost")))
    assert isinstance(error, MissingError)
    assert error.message == "The organisation gone does not exist, or the token may not list its runners."
    assert "admin:org" in error.next_step


async def test_single_sign_on_is_named(github: FakeGitHub) -> None:
    headers = {"X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso"}
    github.intercept = lambda request, number: httpx.Response(
        403, json={"message": "Resource protected by organization SAML enforcement."}, headers=headers
    )
    error = await refused(github.source())
    assert isinstance(error, ForbiddenError)
    assert "single sign-on" in error.next_step


async def test_group_names_that_may_not_be_read_are_asked_for_once_an_hour(github: FakeGitHub) -> None:
    github.groups.clear()
    github.orgs["acme"] = [runner(1)]
    now = [NOW]
    source = github.source(lambda: now[0])
    for minutes in (0, 30, 61):
        now[0] = NOW + timedelta(minutes=minutes)
        observation = await source.fetch()
        assert runners(observation)["prod/github/acme/1"].runner_group is None
        assert len(said(observation, "missing_right")) == 1
        assert observation.complete, "all rows are there"
    paths = [request.url.path for request in github.requests]
    assert paths.count("/orgs/acme/actions/runner-groups") == 2


async def test_more_runner_groups_than_a_page_holds(github: FakeGitHub) -> None:
    github.groups["acme"] = [group(number, f"group-{number}") for number in range(1, 131)]
    github.orgs["acme"] = [runner(1, runner_group_id=130)]
    observation = await github.source().fetch()
    assert runners(observation)["prod/github/acme/1"].runner_group == "group-130"


async def test_a_used_up_limit_waits_for_its_reset_and_asks_nothing_until_then(github: FakeGitHub) -> None:
    github.orgs["acme"] = [runner(1)]
    github.remaining = 0
    now = [NOW]
    source = github.source(lambda: now[0])
    github.intercept = lambda request, number: github._json(
        {"message": "API rate limit exceeded for user ID 1."}, 403, {"X-RateLimit-Remaining": "0"}
    )
    error = await refused(source)
    assert isinstance(error, RateLimitedError)
    assert (error.message, error.retry_after) == ("GitHub's hourly limit of requests is used up.", 1798.0)
    github.intercept = lambda request, number: None
    now[0] += timedelta(seconds=800)
    before = len(github.requests)
    error = await refused(source)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 998.0, "by GitHub's clock, which is two seconds ahead"
    assert len(github.requests) == before
    github.remaining = 5000
    now[0] += timedelta(seconds=1000)
    assert len(runners(await source.fetch())) == 1


async def test_a_slow_clock_of_ours_does_not_lengthen_the_wait(github: FakeGitHub) -> None:
    github.orgs["acme"] = [runner(1)]
    github.remaining = 0
    now = [NOW - timedelta(hours=1)]
    source = github.source(lambda: now[0])
    github.intercept = lambda request, number: github._json({}, 403, {"X-RateLimit-Remaining": "0"})
    await refused(source)
    github.intercept = lambda request, number: None
    before = len(github.requests)
    error = await refused(source)
    assert isinstance(error, RateLimitedError)
    assert (error.retry_after, len(github.requests) - before) == (1798.0, 0)
    github.remaining = 5000
    now[0] += timedelta(seconds=1798)
    assert len(runners(await source.fetch())) == 1


@pytest.mark.parametrize(
    ("status", "headers", "body", "wait"),
    [
        (403, {"Retry-After": "17"}, {"message": "Slow down."}, 17.0),
        (429, {"Retry-After": "17"}, {"message": "Slow down."}, 17.0),
        (403, {}, {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}, 60.0),
        (429, {}, {"message": "Too many requests"}, 60.0),
        (429, {}, "busy", 60.0),
        (403, {}, {"message": "You have triggered an abuse detection mechanism."}, 60.0),
    ],
)
async def test_secondary_limits(
    github: FakeGitHub, status: int, headers: dict[str, str], body: object, wait: float
) -> None:
    github.intercept = lambda request, number: httpx.Response(status, json=body, headers=headers)
    error = await refused(github.source())
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == wait
    assert len(github.requests) == 1, "only polling tries again"


async def test_a_secondary_limit_amid_the_cycle_is_no_partial_picture(github: FakeGitHub) -> None:
    github.orgs = {"acme": [runner(1)], "labs": [runner(2)]}
    github.intercept = lambda request, number: (
        httpx.Response(403, json={"message": "secondary rate limit"}) if "/labs/" in request.url.path else None
    )
    assert isinstance(await refused(github.source(orgs=("acme", "labs"))), RateLimitedError)


async def test_a_server_without_limits_has_our_own(github: FakeGitHub) -> None:
    github.intercept = lambda request, number: httpx.Response(200, json={"total_count": 0, "runners": []})
    budget = (await github.source(orgs=(), repos=("a/b",)).fetch()).budget
    assert (budget.limit, budget.resets_at, budget.last_cycle) == (120, None, 1)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b'{"total_count": 1, "runners": [{"id"', "GitHub answered something that is not JSON."),
        (b"<html></html>", "GitHub answered something that is not JSON."),
        (b'{"total_count": 1}', "GitHub answered in an unexpected form"),
        (b'{"total_count": 1, "runners": [{"id": "x"}]}', "GitHub answered in an unexpected form"),
        (b"[]", "GitHub answered in an unexpected form"),
    ],
)
async def test_bad_answers_name_the_organisation(github: FakeGitHub, content: bytes, wanted: str) -> None:
    github.intercept = lambda request, number: (
        httpx.Response(200, content=content) if request.url.path.endswith("/runners") else None
    )
    error = await refused(github.source())
    assert isinstance(error, BadAnswerError)
    assert error.message.startswith(f"Reading the organisation acme: {wanted}")


async def test_half_a_page_is_told(github: FakeGitHub) -> None:
    github.intercept = lambda request, number: (
        httpx.Response(200, json={"total_count": 30, "runners": [runner(1)]})
        if request.url.path.endswith("/runners")
        else None
    )
    observation = await github.source().fetch()
    assert said(observation, "partial") == ["GitHub counts 30 runners in the organisation acme but gave 1."]
    assert not observation.complete


async def test_a_cap_is_measured_and_told(github: FakeGitHub) -> None:
    github.orgs["acme"] = [runner(number) for number in range(1, 251)]
    observation = await github.source(most_runners=150).fetch()
    assert len(runners(observation)) == 150
    assert said(observation, "truncated") == ["250 runners exist in the organisation acme, 150 are shown."]
    assert not observation.complete


async def test_a_runner_that_comes_twice_is_one_row(github: FakeGitHub) -> None:
    github.orgs["acme"] = [runner(number) for number in range(1, 151)]

    def shift(request: httpx.Request, number: int) -> None:
        if request.url.params.get("page") == "2":
            github.orgs["acme"].insert(0, runner(999))

    github.intercept = shift
    observation = await github.source().fetch()
    assert len(runners(observation)) == 150
    assert said(observation, "partial") == ["GitHub counts 151 runners in the organisation acme but gave 150."]


async def test_links_to_other_places_get_no_token(github: FakeGitHub) -> None:
    first = {"total_count": 2, "runners": [runner(1)]}
    github.intercept = lambda request, number: (
        httpx.Response(200, json=first, headers={"Link": '<https://evil.example/x?page=2&per_page=100>; rel="next"'})
        if request.url.path.endswith("/runners") and "page" not in request.url.params
        else None
    )
    github.orgs["acme"] = [runner(number) for number in range(1, 102)]
    observation = await github.source().fetch()
    assert {request.url.host for request in github.requests} == {"api.github.com"}
    assert "prod/github/acme/101" in runners(observation)


async def test_pages_in_a_circle_end_in_a_clear_word(github: FakeGitHub) -> None:
    link = {"Link": '<https://api.github.com/x?page=2>; rel="next"'}
    github.intercept = lambda request, number: (
        httpx.Response(200, json={"total_count": 2, "runners": []}, headers=link)
        if request.url.path.endswith("/runners")
        else None
    )
    error = await refused(github.source())
    assert isinstance(error, BadAnswerError)
    assert "round in a circle" in error.message


async def test_a_next_page_at_no_address_is_not_taken_for_the_last_page(github: FakeGitHub) -> None:
    github.intercept = lambda request, number: (
        httpx.Response(200, json={"total_count": 2, "runners": []}, headers={"Link": '<http://[>; rel="next"'})
        if request.url.path.endswith("/runners")
        else None
    )
    error = await refused(github.source())
    assert isinstance(error, BadAnswerError)
    assert "whose address is none" in error.message


async def test_a_failing_server_and_a_dead_line(github: FakeGitHub) -> None:
    github.orgs["acme"] = [runner(1)]
    source = github.source()
    github.intercept = lambda request, number: httpx.Response(502, text="<html>unicorn</html>")
    error = await refused(source)
    assert isinstance(error, UpstreamFailedError)
    assert error.message == "Reading the organisation acme: GitHub failed with HTTP 502."

    def dead(request: httpx.Request, number: int) -> httpx.Response | None:
        raise httpx.ConnectError("refused", request=request)

    github.intercept = dead
    assert isinstance(await refused(source), UnreachableError)
    github.intercept = lambda request, number: None
    assert len(runners(await source.fetch())) == 1


async def test_an_organisation_that_was_renamed(github: FakeGitHub) -> None:
    github.intercept = lambda request, number: httpx.Response(
        301, headers={"Location": "https://api.github.com/organizations/1/actions/runners"}
    )
    error = await refused(github.source())
    assert isinstance(error, RefusedError)
    assert error.message == "Reading the organisation acme: GitHub says that this has moved to another name."


async def test_no_runner_at_all(github: FakeGitHub) -> None:
    github.orgs["acme"] = []
    observation = await github.source().fetch()
    assert observation.tables == {ForgeRunner: {}}
    assert observation.complete


async def test_nothing_configured_is_not_an_empty_fleet(github: FakeGitHub) -> None:
    observation = await github.source(orgs=()).fetch()
    assert not observation.complete
    assert said(observation, "nothing_configured") == ["Neither an organisation nor a repository is configured."]


async def test_an_enterprise_server(github: FakeGitHub) -> None:
    paths = []

    def answer(request: httpx.Request, number: int) -> httpx.Response:
        paths.append(request.url.path)
        body = {"total_count": 1, "runners": [runner(1)], "runner_groups": []}
        return httpx.Response(200, json=body, headers={"X-GitHub-Enterprise-Version": "3.17.0"})

    github.intercept = answer
    observation = await github.source(url="https://git.example.com/api/v3").fetch()
    assert paths[0] == "/api/v3/orgs/acme/actions/runner-groups"
    assert said(observation, "edition") == ["GitHub Enterprise Server 3.17.0."]
    (row,) = runners(observation).values()
    assert row.web_url == "https://git.example.com/organizations/acme/settings/actions/runners/1"
