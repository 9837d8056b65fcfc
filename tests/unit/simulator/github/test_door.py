"""Who is let in, how often, and what those get who have the answer already."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import httpx
import pytest

from flywheel_tui.simulator.github.app import build_app
from flywheel_tui.simulator.github.limits import HourlyLimit, MinuteLimit, secondary_refusal
from flywheel_tui.simulator.world import World
from tests.unit.simulator.github.conftest import AT, TOKEN, GitHub

RUNNERS = "/orgs/acme/actions/runners"


async def remaining(github: GitHub) -> int:
    """Return what is left, which costs nothing to ask."""
    return int((await github.body("/rate_limit"))["resources"]["core"]["remaining"])


async def test_every_answer_counts_down_and_names_the_scopes(github: GitHub) -> None:
    first, second = await github.get(RUNNERS), await github.get(RUNNERS)
    assert (first.headers["x-ratelimit-limit"], first.headers["x-ratelimit-remaining"]) == ("5000", "4999")
    assert (second.headers["x-ratelimit-used"], second.headers["x-ratelimit-remaining"]) == ("2", "4998")
    assert second.headers["x-ratelimit-reset"] == str(int(AT) + 3_600)
    assert second.headers["x-ratelimit-resource"] == "core"
    assert second.headers["x-oauth-scopes"] == "admin:org, repo"
    assert second.headers["x-accepted-oauth-scopes"] == "admin:org, manage_runners:org"
    assert second.headers["date"] == "Sat, 21 Nov 2026 12:00:00 GMT"
    assert re.fullmatch(r"[0-9A-F]{4}(:[0-9A-F]{6}){3}:[0-9A-F]{8}", second.headers["x-github-request-id"])
    assert second.headers["content-type"] == "application/json; charset=utf-8"


async def test_what_has_not_changed_is_304_and_free(live: GitHub, live_world: World) -> None:
    first = await live.get(RUNNERS, per_page=2)
    known = {"If-None-Match": first.headers["etag"]}
    again = await live.get(RUNNERS, known, per_page=2)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"]
    weakly = {"If-None-Match": f'"other", {first.headers["etag"].removeprefix("W/")}'}
    assert (await live.get(RUNNERS, weakly, per_page=2)).status_code == 304
    ident = live.plain()[0]
    answer = await live.client.put(f"{RUNNERS}/{ident}/labels", json={"labels": ["fresh"]})
    assert answer.status_code == 200
    changed = await live.get(RUNNERS, known, per_page=2)
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]
    assert await remaining(live) == 4_997


async def test_an_etag_belongs_to_one_token_and_one_page(
    github: GitHub, make: Callable[..., GitHub], world: World
) -> None:
    other = make(world)
    other.client.headers["Authorization"] = f"token {TOKEN}"
    tags = {
        (await github.get(RUNNERS)).headers["etag"],
        (await other.get(RUNNERS)).headers["etag"],
        (await github.get(RUNNERS, page=2)).headers["etag"],
        (await github.get(RUNNERS, per_page=5)).headers["etag"],
    }
    assert len(tags) == 4
    assert all(re.fullmatch(r'W/"[0-9a-f]{64}"', tag) for tag in tags)


async def test_the_hour_is_used_up_and_comes_again(make: Callable[..., GitHub], live_world: World) -> None:
    github = make(live_world, hourly_limit=3)
    etag = ""
    for _ in range(3):
        answer = await github.get(RUNNERS)
        assert answer.status_code == 200
        etag = answer.headers["etag"]
    for headers in ({}, {"If-None-Match": etag}):
        refused = await github.get(RUNNERS, headers)
        assert refused.status_code == 403
        assert refused.headers["x-ratelimit-remaining"] == "0"
        assert "retry-after" not in refused.headers
        assert refused.json()["message"].startswith("API rate limit exceeded for user ID")
    assert await remaining(github) == 0
    live_world.clock.advance(3_599)
    assert (await github.get(RUNNERS)).status_code == 403
    live_world.clock.advance(1)
    assert (await github.get(RUNNERS)).headers["x-ratelimit-remaining"] == "2"


async def test_too_much_within_a_minute_is_refused_for_that_address(
    make: Callable[..., GitHub], live_world: World
) -> None:
    github = make(live_world, points_a_minute=2)
    assert [(await github.get(RUNNERS)).status_code for _ in range(3)] == [200, 200, 403]
    refused = await github.get(RUNNERS)
    assert refused.headers["retry-after"] == "60"
    assert "secondary rate limit" in refused.json()["message"]
    assert (await github.get("/user")).status_code == 200
    live_world.clock.advance(60)
    assert (await github.get(RUNNERS)).status_code == 200
    ident = live_world.github_runners and github.plain()[0]
    assert (await github.client.put(f"{RUNNERS}/{ident}/labels", json={"labels": []})).status_code == 403


def test_a_secondary_limit_may_name_no_time() -> None:
    assert secondary_refusal(None).headers == {}
    assert secondary_refusal(7).headers == {"Retry-After": "7"}


def test_the_hour_begins_with_its_first_request() -> None:
    limit = HourlyLimit(2)
    assert limit.state(100.0) == {"limit": 2, "used": 0, "remaining": 2, "reset": 3_700}
    limit.count(200.0)
    assert limit.state(3_000.0)["reset"] == 3_800
    for _ in range(5):
        limit.count(3_000.0)
    assert limit.state(3_000.0)["remaining"] == 0
    assert limit.spent(3_799.0)
    assert not limit.spent(3_800.0)


def test_points_of_one_address_do_not_count_for_another() -> None:
    limit = MinuteLimit(5)
    assert limit.spend("a", "DELETE", 0.0)
    assert not limit.spend("a", "GET", 59.0)
    assert limit.spend("b", "GET", 59.0)
    assert limit.spend("a", "GET", 60.0)


@pytest.mark.parametrize("value", ["Bearer wrong", "token wrong", "Basic !", "nonsense", "Bearer", "Bearer "])
async def test_bad_credentials(github: GitHub, value: str) -> None:
    answer = await github.get(RUNNERS, {"Authorization": value})
    assert answer.status_code == 401
    body = answer.json()
    assert (body["message"], body["status"]) == ("Bad credentials", "401")
    assert body["documentation_url"].startswith("https://docs.github.com/rest")
    assert answer.headers["x-ratelimit-limit"] == "60"
    assert "x-oauth-scopes" not in answer.headers


async def test_all_ways_to_present_a_token(github: GitHub) -> None:
    basic = base64.b64encode(f"anyone:{TOKEN}".encode()).decode()
    for value in (f"token {TOKEN}", f"bearer {TOKEN}", f"Basic {basic}"):
        assert (await github.get("/user", {"Authorization": value})).status_code == 200


async def test_nobody_may_ask_sixty_times_an_hour(live: GitHub) -> None:
    del live.client.headers["Authorization"]
    statuses = [(await live.get(RUNNERS)).status_code for _ in range(61)]
    assert statuses == [401] * 60 + [403]


async def test_a_caller_must_name_itself(github: GitHub) -> None:
    answer = await github.get("/user", {"User-Agent": ""})
    assert answer.status_code == 403
    assert "User-Agent" in answer.text
    assert answer.headers["content-type"].startswith("text/plain")


async def test_unknown_versions_and_media_types_are_refused(github: GitHub) -> None:
    answer = await github.get("/user", {"X-GitHub-Api-Version": "2021-01-01"})
    assert answer.status_code == 400
    assert "2022-11-28" in answer.json()["message"]
    assert (await github.get("/user", {"X-GitHub-Api-Version": "2022-11-28"})).status_code == 200
    assert (await github.get("/user", {"Accept": "text/html"})).status_code == 415
    for accept in (
        "*/*",
        "application/json",
        "application/vnd.github+json",
        "text/html, application/vnd.github.v3+json",
    ):
        assert (await github.get("/user", {"Accept": accept})).status_code == 200


async def test_the_newest_version_has_no_second_core_limit(github: GitHub) -> None:
    assert "rate" in await github.body("/rate_limit")
    answer = await github.get("/rate_limit", {"X-GitHub-Api-Version": "2026-03-10"})
    assert "rate" not in answer.json()


async def test_what_does_not_exist_counts_as_well(github: GitHub) -> None:
    for path in (
        "/nope",
        "/orgs/nope/actions/runners",
        "/repos/acme/nope/actions/runners",
        f"{RUNNERS}/0",
        f"{RUNNERS}/x",
    ):
        answer = await github.get(path)
        assert answer.status_code == 404
        assert answer.json()["message"] == "Not Found"
    assert await remaining(github) == 4_995
    assert (await github.client.post(RUNNERS)).status_code == 404


@pytest.mark.parametrize(
    ("scopes", "org", "repo"),
    [({"admin:org"}, 200, 403), ({"manage_runners:org"}, 200, 403), ({"repo"}, 403, 200), (set(), 403, 403)],
)
async def test_scopes_decide(make: Callable[..., GitHub], world: World, scopes: set[str], org: int, repo: int) -> None:
    github = make(world, token_scopes=frozenset(scopes))
    place = next(row.repository for row in world.github_runners.values() if row.repository)
    of_org, of_repo = await github.get(RUNNERS), await github.get(f"/repos/{place}/actions/runners")
    assert (of_org.status_code, of_repo.status_code) == (org, repo)
    assert of_org.headers["x-accepted-oauth-scopes"] == "admin:org, manage_runners:org"
    assert of_repo.headers["x-accepted-oauth-scopes"] == "repo"
    assert of_org.headers["x-oauth-scopes"] == ", ".join(sorted(scopes))


async def test_a_fine_grained_token_has_permissions_instead(make: Callable[..., GitHub], live_world: World) -> None:
    reader = make(live_world, token_scopes=None, token_permissions=frozenset({"organization_self_hosted_runners=read"}))
    allowed = await reader.get(RUNNERS)
    assert allowed.status_code == 200
    assert "x-oauth-scopes" not in allowed.headers
    ident = reader.plain()[0]
    refused = await reader.client.delete(f"{RUNNERS}/{ident}")
    assert (refused.status_code, refused.json()["message"]) == (
        403,
        "Resource not accessible by personal access token",
    )
    assert refused.headers["x-accepted-github-permissions"] == "organization_self_hosted_runners=write"
    writer = make(
        live_world, token_scopes=None, token_permissions=frozenset({"organization_self_hosted_runners=write"})
    )
    assert (await writer.get(RUNNERS)).status_code == 200


async def test_no_token_set_accepts_everybody(world: World) -> None:
    transport = httpx.ASGITransport(build_app(world, ""))
    async with httpx.AsyncClient(transport=transport, base_url="http://github.test") as client:
        assert (await client.get("/user")).status_code == 200
