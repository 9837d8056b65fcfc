"""A page that fails in passing in the middle of a reading."""

from __future__ import annotations

import httpx
import pytest

from flywheel_tui.domain.errors import (
    BadAnswerError,
    RateLimitedError,
    SourceError,
    UnreachableError,
    UpstreamFailedError,
)
from flywheel_tui.domain.runner import ForgeRunner
from tests.unit.sources.github.fake_github import FakeGitHub, runner

FAILURES: dict[str, tuple[httpx.Response | Exception, type[SourceError]]] = {
    "server error": (httpx.Response(502, json={"message": "Server Error"}), UpstreamFailedError),
    "half a page": (httpx.Response(200, content=b'{"total_count": 250, "runners": [{"id'), BadAnswerError),
    "cut off": (httpx.RemoteProtocolError("peer closed connection"), UnreachableError),
}


def fail(github: FakeGitHub, failure: httpx.Response | Exception, *numbers: int) -> None:
    """Let the requests of these numbers fail; the first one is 1."""

    def intercept(request: httpx.Request, number: int) -> httpx.Response | None:
        if number not in numbers:
            return None
        if isinstance(failure, Exception):
            raise failure
        return failure

    github.intercept = intercept


@pytest.mark.parametrize("failure", FAILURES)
async def test_one_page_that_fails_costs_one_request(github: FakeGitHub, failure: str) -> None:
    github.orgs["acme"] = [runner(number) for number in range(1, 251)]
    fail(github, FAILURES[failure][0], 3)
    observation = await github.source().fetch()
    assert (len(observation.tables[ForgeRunner]), observation.complete) == (250, True)
    assert [request.url.params.get("page") for request in github.requests] == [None, None, "2", "2", "3"]


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_page_that_fails_three_times_ends_the_reading(github: FakeGitHub, failure: str) -> None:
    github.orgs["acme"] = [runner(number) for number in range(1, 251)]
    fail(github, FAILURES[failure][0], 3, 4, 5)
    with pytest.raises(FAILURES[failure][1]):
        await github.source().fetch()
    assert len(github.requests) == 5


async def test_a_github_that_is_down_is_told_at_its_first_request(github: FakeGitHub) -> None:
    fail(github, httpx.Response(502), 1)
    with pytest.raises(UpstreamFailedError):
        await github.source().fetch()
    assert len(github.requests) == 1


async def test_a_secondary_limit_is_never_asked_again(github: FakeGitHub) -> None:
    github.orgs["acme"] = [runner(number) for number in range(1, 251)]
    body = {"message": "You have exceeded a secondary rate limit."}
    fail(github, httpx.Response(403, json=body, headers={"Retry-After": "0"}), 3)
    with pytest.raises(RateLimitedError):
        await github.source().fetch()
    assert len(github.requests) == 3
