from __future__ import annotations

from collections.abc import Callable

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flywheel_tui.simulator.github.app import build_app
from flywheel_tui.simulator.world import World
from flywheel_tui.simulator.world.views import registered_github_runners
from tests.unit.simulator.github.conftest import AT, TOKEN, GitHub, Json

RUNNERS = "/orgs/acme/actions/runners"


def expected(world: World, place: str) -> dict[int, tuple[str, bool]]:
    return {
        row.id: (row.name, busy)
        for row, busy in registered_github_runners(world, AT)
        if place == (row.repository or row.org)
    }


async def test_lists_hold_what_is_registered_arcs_runners_included(github: GitHub, world: World) -> None:
    places = {row.repository or row.org for row, _ in registered_github_runners(world, AT)}
    assert places > {"acme", "acme-labs"}
    seen: set[int] = set()
    for place in places:
        kind = "repos" if "/" in place else "orgs"
        body = await github.body(f"/{kind}/{place}/actions/runners", per_page=100)
        wanted = expected(world, place)
        assert {row["id"]: (row["name"], row["busy"]) for row in body["runners"]} == wanted
        assert body["total_count"] == len(wanted)
        seen |= set(wanted)
    ephemeral = [each for each in world.ephemeral_runners if each.runner_id and each.phase == "Running"]
    assert ephemeral
    assert {each.runner_id for each in ephemeral} <= seen


async def test_an_ephemeral_runner_is_named_like_its_pod(github: GitHub, world: World) -> None:
    rows = (await github.body(RUNNERS, per_page=100))["runners"]
    of_arc = [row for row in rows if row["ephemeral"]]
    assert of_arc
    for row in of_arc:
        assert any(pod.meta.name == row["name"] for pod in world.pods)
        assert row["version"].count(".") == 2


async def test_ephemeral_runners_come_and_go_with_their_pods(live: GitHub, live_world: World) -> None:
    before = {row["id"] for row in (await live.body(RUNNERS, per_page=100))["runners"] if row["ephemeral"]}
    live_world.clock.advance(3_600)
    after = {row["id"] for row in (await live.body(RUNNERS, per_page=100))["runners"] if row["ephemeral"]}
    assert before
    assert after
    assert before != after


async def test_a_name_finds_exactly_that_runner(github: GitHub, world: World) -> None:
    ident = github.plain()[0]
    body = await github.body(RUNNERS, name=world.github_runners[ident].name)
    assert [row["id"] for row in body["runners"]] == [ident]
    assert (await github.body(RUNNERS, name="nope")) == {"total_count": 0, "runners": []}


async def test_names_of_organizations_and_repositories_have_no_case(github: GitHub, world: World) -> None:
    assert await github.body("/orgs/ACME/actions/runners") == await github.body(RUNNERS)
    place = next(row.repository for row in world.github_runners.values() if row.repository)
    upper = await github.body(f"/repos/{place.upper()}/actions/runners")
    assert upper["total_count"] == len(expected(world, place))


async def test_one_runner(github: GitHub, world: World) -> None:
    for row in (await github.body(RUNNERS, per_page=100))["runners"]:
        assert await github.body(f"{RUNNERS}/{row['id']}") == row
    elsewhere = next(ident for ident, row in world.github_runners.items() if row.org != "acme")
    assert (await github.get(f"{RUNNERS}/{elsewhere}")).status_code == 404


async def test_an_offline_runner_says_so(live: GitHub, live_world: World) -> None:
    ident, plain = next(iter(live_world.github_runners.items()))
    live_world.github_runners[ident] = msgspec.structs.replace(plain, offline_since=AT - 60)
    told = {}
    for org in live_world.orgs:
        for row in (await live.body(f"/orgs/{org}/actions/runners", per_page=100))["runners"]:
            real = live_world.github_runners.get(row["id"])
            if real is not None:
                told[row["id"]] = row["status"]
                assert row["status"] == ("online" if real.offline_since is None else "offline")
                assert row["os"] == real.os
    assert set(told.values()) == {"online", "offline"}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(-3, 130))
async def test_following_the_links_reads_every_runner_once(world: World, size: int) -> None:
    transport = httpx.ASGITransport(build_app(world, TOKEN))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    read: list[int] = []
    url: str | None = f"http://github.test{RUNNERS}?per_page={size}&name="
    async with httpx.AsyncClient(transport=transport, headers=headers) as client:
        while url:
            answer = await client.get(url)
            rows = answer.json()["runners"]
            assert 0 < len(rows) <= 100
            read += [row["id"] for row in rows]
            if "last" in answer.links:
                assert set(answer.links) >= {"next"}
            url = answer.links.get("next", {}).get("url")
    assert sorted(read) == sorted(expected(world, "acme"))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(page=st.text() | st.integers().map(str), per_page=st.text() | st.integers().map(str))
async def test_no_paging_parameter_breaks_a_list(world: World, page: str, per_page: str) -> None:
    transport = httpx.ASGITransport(build_app(world, TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url="http://github.test") as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        answer = await client.get(RUNNERS, params={"page": page, "per_page": per_page})
        assert answer.status_code == 200
        assert len(answer.json()["runners"]) <= 100


async def test_a_page_behind_the_last_is_empty_and_leads_back(github: GitHub) -> None:
    answer = await github.get(RUNNERS, page=99, per_page=10)
    body = answer.json()
    assert body["runners"] == []
    assert body["total_count"] > 10
    assert set(answer.links) == {"prev", "first"}


async def test_deleting_waits_for_the_job(live: GitHub, live_world: World) -> None:
    busy, idle = live.plain(busy=True)[0], live.plain(busy=False)[0]
    refused = await live.client.delete(f"{RUNNERS}/{busy}")
    assert refused.status_code == 422
    assert "still running a job" in refused.json()["message"]
    assert busy in live_world.github_runners
    done = await live.client.delete(f"{RUNNERS}/{idle}")
    assert (done.status_code, done.content) == (204, b"")
    assert idle not in live_world.github_runners
    assert (await live.client.delete(f"{RUNNERS}/{idle}")).status_code == 404


async def test_arc_replaces_an_ephemeral_runner_that_was_deleted(live: GitHub, live_world: World) -> None:
    rows = [
        row
        for org in live_world.orgs
        for row in (await live.body(f"/orgs/{org}/actions/runners", per_page=100))["runners"]
        if row["ephemeral"] and not row["busy"]
    ]
    assert rows
    ephemeral = next(each for each in live_world.ephemeral_runners if each.runner_id == rows[0]["id"])
    scale_set = live_world.scale_sets.get(ephemeral.meta.namespace, ephemeral.scale_set)
    assert scale_set is not None
    answer = await live.client.delete(f"/orgs/{scale_set.org}/actions/runners/{rows[0]['id']}")
    assert answer.status_code == 204
    assert (await live.get(f"/orgs/{scale_set.org}/actions/runners/{rows[0]['id']}")).status_code == 404


async def labels(live: GitHub, method: str, ident: int, ending: str = "", **body: object) -> tuple[int, Json]:
    answer = await live.client.request(method, f"{RUNNERS}/{ident}/labels{ending}", json=body or None)
    return answer.status_code, answer.json()


def names(body: Json, kind: str = "custom") -> list[str]:
    return [label["name"] for label in body["labels"] if label["type"] == kind]


async def test_labels_are_added_replaced_and_removed(live: GitHub) -> None:
    ident = live.plain()[0]
    _, first = await labels(live, "GET", ident)
    fixed = names(first, "read-only")
    assert "self-hosted" in fixed
    status, body = await labels(live, "POST", ident, labels=["new", "NEW", "self-hosted"])
    assert (status, names(body)) == (200, [*names(first), "new"])
    status, body = await labels(live, "PUT", ident, labels=["one", "two"])
    assert (status, names(body), names(body, "read-only")) == (200, ["one", "two"], fixed)
    assert body["total_count"] == len(fixed) + 2
    status, body = await labels(live, "DELETE", ident, "/ONE")
    assert (status, names(body)) == (200, ["two"])
    status, body = await labels(live, "DELETE", ident)
    assert (status, names(body), names(body, "read-only")) == (200, [], fixed)
    assert await live.body(f"{RUNNERS}/{ident}/labels") == body


async def test_a_job_can_no_longer_land_where_its_label_is_gone(live: GitHub, live_world: World) -> None:
    ident = live.plain()[0]
    await labels(live, "PUT", ident, labels=[])
    assert not [label for label in live_world.github_runners[ident].labels if label.custom]


@pytest.mark.parametrize(
    ("method", "ending", "body", "status"),
    [
        ("PUT", "", {}, 422),
        ("PUT", "", {"labels": "one"}, 422),
        ("PUT", "", {"labels": [1]}, 422),
        ("PUT", "", {"labels": [" "]}, 422),
        ("PUT", "", {"labels": [f"l{number}" for number in range(101)]}, 422),
        ("POST", "", {"labels": []}, 422),
        ("DELETE", "/nope", None, 404),
        ("DELETE", "/self-hosted", None, 422),
    ],
)
async def test_labels_that_cannot_be_are_refused(
    live: GitHub, method: str, ending: str, body: Json | None, status: int
) -> None:
    ident = live.plain()[0]
    before = live.world.github_runners[ident]
    answer = await live.client.request(method, f"{RUNNERS}/{ident}/labels{ending}", json=body)
    assert answer.status_code == status
    assert answer.json()["documentation_url"].startswith("https://docs.github.com/")
    assert live.world.github_runners[ident] is before


@pytest.mark.parametrize(
    ("content", "message"), [(b"{", "Problems parsing JSON"), (b"[]", "Body should be a JSON object")]
)
async def test_a_body_that_cannot_be_read_is_refused(live: GitHub, content: bytes, message: str) -> None:
    answer = await live.client.put(f"{RUNNERS}/{live.plain()[0]}/labels", content=content)
    assert (answer.status_code, answer.json()["message"]) == (400, message)
    huge = await live.client.put(f"{RUNNERS}/{live.plain()[0]}/labels", content=b"x" * (2**20 + 1))
    assert huge.status_code == 413


async def test_labels_of_arcs_runners_stay(live: GitHub, live_world: World) -> None:
    for org in live_world.orgs:
        for row in (await live.body(f"/orgs/{org}/actions/runners", per_page=100))["runners"]:
            if row["ephemeral"]:
                path = f"/orgs/{org}/actions/runners/{row['id']}/labels"
                assert (await live.client.put(path, json={"labels": ["x"]})).status_code == 422
                return
    pytest.fail("no ephemeral runner is registered")


async def test_downloads_name_the_newest_version(github: GitHub) -> None:
    rows = (await github.get(f"{RUNNERS}/downloads")).json()
    assert {row["os"] for row in rows} == {"linux", "osx", "win"}
    assert all(row["filename"] in row["download_url"] and "2.337.0" in row["filename"] for row in rows)


async def test_a_registration_token_lives_an_hour(github: GitHub) -> None:
    answer = await github.client.post(f"{RUNNERS}/registration-token")
    assert answer.status_code == 201
    assert answer.json()["expires_at"] == "2026-11-21T13:00:00Z"


async def test_groups_and_who_is_in_them(github: GitHub, world: World) -> None:
    groups = (await github.body("/orgs/acme/actions/runner-groups"))["runner_groups"]
    assert [group["default"] for group in groups].count(True) == 1
    inside: list[int] = []
    for group in groups:
        assert await github.body(f"/orgs/acme/actions/runner-groups/{group['id']}") == group
        body = await github.body(f"/orgs/acme/actions/runner-groups/{group['id']}/runners", per_page=100)
        assert all(row["runner_group_id"] == group["id"] for row in body["runners"])
        inside += [row["id"] for row in body["runners"]]
        repositories = await github.body(f"/orgs/acme/actions/runner-groups/{group['id']}/repositories")
        real = world.runner_groups[group["id"]]
        assert [row["id"] for row in repositories["repositories"]] == list(real.repositories)
        assert ("selected_repositories_url" in group) is (real.visibility == "selected")
    assert sorted(inside) == sorted(expected(world, "acme"))
    other = next(each.id for each in world.runner_groups.values() if each.org != "acme")
    assert (await github.get(f"/orgs/acme/actions/runner-groups/{other}")).status_code == 404


async def test_groups_that_a_repository_may_use(github: GitHub, world: World) -> None:
    restricted = next(each for each in world.runner_groups.values() if each.org == "acme" and each.repositories)
    name = world.repositories[restricted.repositories[0]].name
    found = await github.body("/orgs/acme/actions/runner-groups", visible_to_repository=name)
    assert {group["id"] for group in found["runner_groups"]} == {1, restricted.id}
    found = await github.body("/orgs/acme/actions/runner-groups", visible_to_repository="nope")
    assert {group["id"] for group in found["runner_groups"]} == {1}


async def test_a_runner_in_quarantine_gets_no_more_jobs(live: GitHub, live_world: World) -> None:
    ident = live.plain(busy=True)[0]
    quarantine = next(each for each in live_world.runner_groups.values() if each.name == "quarantine")
    path = f"/orgs/acme/actions/runner-groups/{quarantine.id}/runners"
    assert (await live.client.put(f"{path}/{ident}")).status_code == 204
    assert live_world.github_runners[ident].group_id == quarantine.id
    live_world.clock.advance(4 * 3_600)
    assert (await live.body(f"{RUNNERS}/{ident}"))["busy"] is False
    assert (await live.client.delete(f"{path}/{ident}")).status_code == 204
    assert live_world.github_runners[ident].group_id == 1
    assert (await live.client.delete(f"{path}/{ident}")).status_code == 404


async def test_setting_who_is_in_a_group(live: GitHub, live_world: World) -> None:
    first, second, third = live.plain()[:3]
    path = "/orgs/acme/actions/runner-groups/3/runners"
    assert (await live.client.put(path, json={"runners": [first, second]})).status_code == 204
    assert (await live.client.put(path, json={"runners": [second, third]})).status_code == 204
    assert [live_world.github_runners[each].group_id for each in (first, second, third)] == [1, 3, 3]
    for body in ({}, {"runners": "x"}, {"runners": [True]}, {"runners": [0]}):
        assert (await live.client.put(path, json=body)).status_code == 422


async def test_orgs_and_repositories(github: GitHub, make: Callable[..., GitHub], world: World) -> None:
    assert (await github.body("/orgs/acme"))["login"] == "acme"
    rows = (await github.get("/orgs/acme/repos", per_page=100)).json()
    assert {row["full_name"] for row in rows} == {
        each.full_path for each in world.repositories.values() if each.namespace == "acme"
    }
    assert (await github.body(f"/repos/{rows[0]['full_name']}"))["id"] == rows[0]["id"]
    assert (await github.body("/user"))["login"] == "root"
