"""A page that fails in passing in the middle of a reading."""

from __future__ import annotations

import json

import httpx
import pytest

from flywheel_tui.domain.errors import BadAnswerError, SourceError, UnreachableError, UpstreamFailedError
from flywheel_tui.domain.job import Job
from tests.unit.sources.gitlab.fake_gitlab import FakeGitLab, job, runner
from tests.unit.sources.gitlab.reading import refused, runners, said

BAD_GATEWAY = httpx.Response(502, html="<html>GitLab is not responding</html>")
FAILURES: dict[str, tuple[httpx.Response | Exception, type[SourceError]]] = {
    "bad gateway": (BAD_GATEWAY, UpstreamFailedError),
    "half a page": (httpx.Response(200, content=b'{"data": {"owner": {"runn'), BadAnswerError),
    "cut off": (httpx.RemoteProtocolError("peer closed connection"), UnreachableError),
}


def fail(gitlab: FakeGitLab, failure: httpx.Response | Exception, *numbers: int) -> None:
    """Let the requests of these numbers fail; the first one is 1."""

    def intercept(request: httpx.Request, number: int) -> httpx.Response | None:
        if number not in numbers:
            return None
        if isinstance(failure, Exception):
            raise failure
        return failure

    gitlab.intercept = intercept


def cursors(gitlab: FakeGitLab) -> list[object]:
    return [
        json.loads(request.content)["variables"]["after"]
        for request in gitlab.requests
        if b"FlywheelFleet" in request.content
    ]


@pytest.mark.parametrize("failure", FAILURES)
async def test_one_page_that_fails_costs_one_request(gitlab: FakeGitLab, failure: str) -> None:
    gitlab.groups["infra"] = [runner(number) for number in range(1, 251)]
    fail(gitlab, FAILURES[failure][0], 4)
    observation = await gitlab.source().fetch()
    assert (len(runners(observation)), observation.complete) == (250, True)
    after = [None, "gid://gitlab/Ci::Runner/100", "gid://gitlab/Ci::Runner/100", "gid://gitlab/Ci::Runner/200"]
    assert cursors(gitlab) == after
    assert len(gitlab.requests) == 2 + 4, "two of the probe, three pages, one of them twice"
    assert observation.budget.last_cycle == 6


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_page_that_fails_three_times_ends_the_reading(gitlab: FakeGitLab, failure: str) -> None:
    gitlab.groups["infra"] = [runner(number) for number in range(1, 251)]
    fail(gitlab, FAILURES[failure][0], 4, 5, 6)
    assert isinstance(await refused(gitlab.source()), FAILURES[failure][1])
    assert len(gitlab.requests) == 6


async def test_a_gitlab_that_is_down_is_told_at_its_first_request(gitlab: FakeGitLab) -> None:
    fail(gitlab, BAD_GATEWAY, 1)
    assert isinstance(await refused(gitlab.source()), UpstreamFailedError)
    assert len(gitlab.requests) == 1


async def test_jobs_are_read_over_a_failure(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(1)]
    gitlab.jobs = [job(1), job(2, status="RUNNING")]
    fail(gitlab, BAD_GATEWAY, 4, 5)
    observation = await gitlab.source().fetch()
    assert len(observation.tables[Job]) == 2
    assert len(gitlab.requests) == 7


async def test_a_query_that_gitlab_gave_up_on_is_not_asked_again(gitlab: FakeGitLab) -> None:
    gitlab.administrator = True
    gitlab.groups["infra"] = [runner(1)]
    fail(gitlab, httpx.Response(503, json={"errors": [{"message": "Request timed out."}]}), 4, 5, 6)
    observation = await gitlab.source().fetch()
    assert said(observation, "jobs_unknown") == [
        "The pending and running jobs could not be read: GitLab failed with HTTP 503."
    ]
    assert len(gitlab.requests) == 4


async def test_a_page_of_rest_is_asked_for_again(gitlab: FakeGitLab) -> None:
    gitlab.schema = ()
    gitlab.groups["infra"] = [runner(number) for number in range(1, 151)]
    first = 5
    fail(gitlab, BAD_GATEWAY, first + 1, first + 2)
    observation = await gitlab.source(requests_per_minute=20).fetch()
    assert len(runners(observation)) == 150
    pages = [request.url.params["page"] for request in gitlab.requests if "page" in request.url.params]
    assert pages == ["1", "2", "2", "2"]


async def test_a_page_of_rest_that_fails_three_times_ends_the_reading(gitlab: FakeGitLab) -> None:
    gitlab.schema = ()
    gitlab.groups["infra"] = [runner(number) for number in range(1, 151)]
    first = 5
    fail(gitlab, BAD_GATEWAY, first + 1, first + 2, first + 3)
    assert isinstance(await refused(gitlab.source()), UpstreamFailedError)
    assert len(gitlab.requests) == first + 3
