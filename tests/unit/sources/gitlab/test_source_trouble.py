"""Wrong tokens, limits, garbage and dead lines: a clear word, and recovery without a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from flywheel_tui.domain.errors import (
    BadAnswerError,
    ForbiddenError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
    UnreachableError,
    UpstreamFailedError,
)
from tests.conftest import NOW
from tests.unit.sources.gitlab.fake_gitlab import FakeGitLab, runner
from tests.unit.sources.gitlab.reading import refused, runners, said


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


async def test_the_reset_is_told_by_the_clock_of_gitlab(gitlab: FakeGitLab) -> None:
    reset = str(int(NOW.timestamp()) + 25)
    headers = {"RateLimit-Limit": "60", "RateLimit-Reset": reset, "Date": "Sat, 21 Nov 2026 12:00:00 GMT"}
    gitlab.intercept = lambda request, number: httpx.Response(429, text="Retry later", headers=headers)
    error = await refused(gitlab.source(lambda: NOW - timedelta(hours=1)))
    assert error.retry_after == 25.0


async def test_a_probe_that_gitlab_gave_up_on_is_not_taken_for_a_missing_right(gitlab: FakeGitLab) -> None:
    slow = {
        "data": {"metadata": {"version": "18.5.1", "enterprise": True}, "runners": None},
        "errors": [{"message": "Timeout on Query.runners", "path": ["runners"]}],
    }
    gitlab.administrator = True
    gitlab.instance = [runner(1), runner(2)]
    gitlab.mine = [runner(1)]
    gitlab.intercept = lambda request, number: (
        httpx.Response(200, json=slow) if b"FlywheelProbe" in request.content else None
    )
    source = gitlab.source(groups=())
    error = await refused(source)
    assert isinstance(error, UpstreamFailedError)
    assert error.message == "GitLab gave up on counting its runners (Timeout on Query.runners)."
    gitlab.intercept = lambda request, number: None
    assert list(runners(await source.fetch())) == ["1", "2"]


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


async def test_a_redirection_to_no_address_is_said(gitlab: FakeGitLab) -> None:
    gitlab.intercept = lambda request, number: httpx.Response(302, headers={"Location": "http://["})
    error = await refused(gitlab.source())
    assert isinstance(error, RefusedError)
    assert "an address that is none" in error.message


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


async def test_a_token_without_an_owner_manages_nothing(gitlab: FakeGitLab) -> None:
    gitlab.intercept = lambda request, number: (
        httpx.Response(200, json={"data": {"owner": None}}) if b"FlywheelFleet" in request.content else None
    )
    error = await refused(gitlab.source(groups=()))
    assert isinstance(error, ForbiddenError)
    assert error.message == "The token may not list the runners that the token's owner manages."
    assert error.next_step == "Name the groups to show in `groups`."
