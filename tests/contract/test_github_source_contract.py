"""What the GitHub source asks, and what its tests answer, held against GitHub's own API description."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from flywheel_tui.domain.feed import Observation
from flywheel_tui.domain.runner import ForgeRunner
from tests.unit.sources.github.fake_github import FakeGitHub, runner

pytestmark = pytest.mark.contract

Check = Callable[[httpx.Request, httpx.Response], None]


@pytest.fixture(scope="module")
def description(contracts: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((contracts / "github-slice.json").read_text())
    return read


@pytest.fixture(scope="module")
def check(description: dict[str, Any]) -> Check:
    """Return what raises when a request or its answer is not as GitHub describes them."""
    api = OpenAPI.from_dict(description)

    def held(request: httpx.Request, response: httpx.Response) -> None:
        asked = MockRequest(
            "https://api.github.com",
            request.method.lower(),
            request.url.path,
            args=dict(request.url.params),
            headers=dict(request.headers),
        )
        api.validate_request(asked)
        api.validate_response(asked, MockResponse(response.content, response.status_code))

    return held


@pytest.fixture
def github(tmp_path: Path) -> FakeGitHub:
    return FakeGitHub(tmp_path / "token")


async def test_requests_and_answers_are_githubs(github: FakeGitHub, check: Check) -> None:
    github.orgs["acme"] = [runner(number) for number in range(1, 151)]
    github.repos["acme/app"] = [runner(1, version=None, runner_group_id=1)]
    seen: list[str] = []

    def look(request: httpx.Request, number: int) -> httpx.Response:
        response = github._answer(request)
        # The slice describes no list of groups that may be cached, so only whole answers are held against it.
        if response.status_code == 200:
            check(request, response)
            seen.append(f"{request.url.path}?page={request.url.params.get('page', '1')}")
        return response

    github.intercept = look
    source = github.source(repos=("acme/app",))
    await source.fetch()
    await source.fetch()
    assert seen == [
        "/orgs/acme/actions/runner-groups?page=1",
        "/orgs/acme/actions/runners?page=1",
        "/orgs/acme/actions/runners?page=2",
        "/repos/acme/app/actions/runners?page=1",
    ]
    assert github.statuses.count(304) == 4


async def test_the_check_can_fail(github: FakeGitHub, check: Check) -> None:
    github.orgs["acme"] = [runner(1, busy="no")]
    request = httpx.Request("GET", "https://api.github.com/orgs/acme/actions/runners")
    with pytest.raises(OpenAPIError):
        check(request, github._answer(request))


async def test_githubs_own_examples_become_rows(github: FakeGitHub, description: dict[str, Any]) -> None:
    examples = description["components"]["examples"]
    answers = {
        "/orgs/acme/actions/runners": examples["runner-paginated"]["value"],
        "/orgs/acme/actions/runner-groups": examples["runner-groups-org"]["value"],
    }
    github.intercept = lambda request, number: httpx.Response(200, json=answers[request.url.path])
    observation: Observation = await github.source().fetch()
    wanted = {str(each["id"]): each for each in answers["/orgs/acme/actions/runners"]["runners"]}
    rows = [row for row in observation.tables[ForgeRunner].values() if isinstance(row, ForgeRunner)]
    assert {row.id for row in rows} == set(wanted)
    for row in rows:
        assert (row.name, row.busy) == (wanted[row.id]["name"], wanted[row.id]["busy"])
        assert row.tags == tuple(label["name"] for label in wanted[row.id]["labels"])
