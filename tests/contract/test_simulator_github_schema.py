"""Every answer of the simulated GitHub, held against GitHub's own API description."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from flywheel_tui.simulator.github.app import ENDPOINTS, build_app
from flywheel_tui.simulator.world import Clock, World, build_world

pytestmark = pytest.mark.contract

TOKEN = "ghp_simulated"
AT = 1_795_262_400.0
RUNNERS = "/orgs/acme/actions/runners"
GROUPS = "/orgs/acme/actions/runner-groups"
NOT_SIMULATED = {
    ("post", "/orgs/{org}/actions/runner-groups"),
    ("post", "/orgs/{org}/actions/runners/generate-jitconfig"),
}
"""The world makes no runners and no groups at anybody's wish."""
Check = Callable[[httpx.Response], str]
Json = dict[str, Any]


@pytest.fixture(scope="module")
def description(contracts: Path) -> Json:
    read: Json = json.loads((contracts / "github-slice.json").read_text())
    _let_null_be_null(read)
    return read


def _let_null_be_null(part: object) -> None:
    """Add null to every list of words that may be null by its own word: GitHub's description forgets it there."""
    if isinstance(part, dict):
        if part.get("nullable") is True and isinstance(part.get("enum"), list) and None not in part["enum"]:
            part["enum"].append(None)
        for each in part.values():
            _let_null_be_null(each)
    elif isinstance(part, list):
        for each in part:
            _let_null_be_null(each)


@pytest.fixture(scope="module")
def check(description: Json) -> Check:
    """Return what raises when an answer is not as described, and else names the operation that it answers."""
    api = OpenAPI.from_dict(description)

    def held(response: httpx.Response) -> str:
        request = response.request
        asked = MockRequest(
            "https://api.github.com",
            request.method.lower(),
            request.url.path,
            args=dict(request.url.params),
            headers=dict(request.headers),
            data=request.content or None,
        )
        if response.status_code < 400:
            api.validate_request(asked)
        api.validate_response(asked, MockResponse(response.content, response.status_code))
        return f"{request.method} {request.url.path}"

    return held


@pytest.fixture
def world() -> World:
    return build_world(runners=148, clock=Clock(frozen_at=AT))


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build_app(world, TOKEN))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(transport=transport, base_url="https://api.github.com", headers=headers) as found:
        yield found


def own(world: World, *, busy: bool) -> int:
    """Return the id of a runner of the organization that is not ARC's."""
    return next(
        ident
        for ident, row in world.github_runners.items()
        if (row.org, row.repository) == ("acme", None)
        and busy is any(lane.current(AT) for lane in world.lanes_of[f"github/{ident}"])
    )


async def test_every_read_is_as_described(client: httpx.AsyncClient, world: World, check: Check) -> None:
    repositories = sorted({row.repository for row in world.github_runners.values() if row.repository})
    paths = [RUNNERS, f"{RUNNERS}?per_page=100&page=2", GROUPS, "/orgs/acme-labs/actions/runners", "/rate_limit"]
    paths += [f"{GROUPS}/{number}/runners" for number in (1, 2, 3)]
    paths += [f"/repos/{each}/actions/{kind}" for each in repositories for kind in ("runners", "runs")]
    paths += [f"/repos/{each}/actions/runs?status=completed&per_page=5" for each in repositories]
    seen = 0
    for path in paths:
        answer = await client.get(path)
        assert answer.status_code == 200
        check(answer)
        body = answer.json()
        for row in body.get("runners", ())[:20] if path.startswith(RUNNERS) else ():
            check(await client.get(f"{RUNNERS}/{row['id']}"))
            check(await client.get(f"{RUNNERS}/{row['id']}/labels"))
        for run in body.get("workflow_runs", ()):
            check(await client.get(run["jobs_url"]))
            seen += 1
    assert seen > 10


async def test_every_change_and_every_refusal_is_as_described(
    client: httpx.AsyncClient, world: World, check: Check
) -> None:
    idle, busy = own(world, busy=False), own(world, busy=True)
    labels, here = f"{RUNNERS}/{idle}/labels", {"labels": ["gpu", "x"]}
    done = [
        (await client.post(labels, json=here), 200),
        (await client.put(labels, json=here), 200),
        (await client.put(labels, json={"labels": []}), 200),
        (await client.delete(labels), 200),
        (await client.post(labels, json={"labels": []}), 422),
        (await client.put(labels, json={}), 422),
        (await client.get(f"{RUNNERS}/0/labels"), 404),
        (await client.put(f"{RUNNERS}/0/labels", json=here), 404),
        (await client.put(f"{GROUPS}/3/runners", json={"runners": [idle]}), 204),
        (await client.delete(f"{RUNNERS}/{busy}"), 422),
        (await client.delete(f"{RUNNERS}/{idle}"), 204),
    ]
    for answer, status in done:
        assert answer.status_code == status, answer.text
        check(answer)


async def test_refusals_without_a_description_of_their_own_have_the_common_form(
    client: httpx.AsyncClient, description: Json
) -> None:
    form = description["components"]["schemas"]["basic-error"]["properties"]
    wrong = {"Authorization": "Bearer wrong"}
    for answer in (
        await client.get(RUNNERS, headers=wrong),
        await client.get(f"{RUNNERS}/0"),
        await client.get("/nope"),
        await client.get(RUNNERS, headers={"X-GitHub-Api-Version": "1"}),
        await client.get(RUNNERS, headers={"Accept": "text/csv"}),
    ):
        body = answer.json()
        assert set(body) <= set(form)
        assert all(isinstance(value, str) for value in body.values())
        assert body["status"] == str(answer.status_code)


def test_what_is_described_of_runners_is_simulated(description: Json) -> None:
    wanted = {
        (method, path)
        for path, operations in description["paths"].items()
        for method in operations
        if "/actions/" in path or path == "/rate_limit"
    }
    served = {
        (method.lower(), path.replace("{group_id}", "{runner_group_id}"))
        for path, handlers in ENDPOINTS.items()
        for method in handlers
    }
    assert wanted - served == NOT_SIMULATED


async def test_the_check_notices_what_is_wrong(client: httpx.AsyncClient, check: Check) -> None:
    answer = await client.get(RUNNERS)
    assert check(answer) == f"GET {RUNNERS}"
    body = answer.json()
    body["runners"][0]["busy"] = "yes"
    spoilt = httpx.Response(200, json=body, request=answer.request)
    with pytest.raises(OpenAPIError):
        check(spoilt)
