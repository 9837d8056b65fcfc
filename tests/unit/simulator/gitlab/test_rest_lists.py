from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flywheel_tui.simulator.gitlab.app import build_app
from flywheel_tui.simulator.gitlab.rest import paging
from flywheel_tui.simulator.world import World, actions
from flywheel_tui.simulator.world.model_forge import RunnerType
from flywheel_tui.simulator.world.views import persisted_contacted_at
from tests.unit.simulator.gitlab.conftest import AT, TOKEN, GitLab

LIST_FIELDS = {
    "id", "description", "ip_address", "active", "paused", "is_shared", "runner_type", "name", "online", "created_by",
    "created_at", "status", "job_execution_status",
}  # fmt: skip
DETAIL_FIELDS = LIST_FIELDS | {
    "tag_list", "run_untagged", "locked", "maximum_timeout", "access_level", "version", "revision", "platform",
    "architecture", "contacted_at", "maintenance_note", "projects", "groups",
}  # fmt: skip
MANAGER_FIELDS = {
    "id", "system_id", "version", "revision", "platform", "architecture", "created_at", "contacted_at", "ip_address",
    "status", "job_execution_status",
}  # fmt: skip


async def test_a_list_tells_no_tags_no_version_and_no_contact(gitlab: GitLab) -> None:
    for path in ("/runners", "/runners/all", "/groups/acme/runners", "/projects/501/runners"):
        rows = await gitlab.rows(path)
        assert rows, path
        assert all(set(row) == LIST_FIELDS for row in rows), path


async def test_details_and_managers_have_their_fields(gitlab: GitLab, world: World) -> None:
    for ident, runner in world.gitlab_runners.items():
        details = (await gitlab.get(f"/runners/{ident}")).json()
        assert set(details) == DETAIL_FIELDS
        assert details["tag_list"] == list(runner.tags)
        assert [each["id"] for each in details["projects"]] == list(runner.projects)
        managers = await gitlab.rows(f"/runners/{ident}/managers")
        assert {each["system_id"] for each in managers} == {each.system_id for each in runner.managers}
        assert all(set(each) == MANAGER_FIELDS for each in managers)
        assert details["version"] in {None, *(each["version"] for each in managers)}


async def test_an_owner_is_not_told_the_note_of_a_shared_runner(make: Callable[..., GitLab], world: World) -> None:
    shared = next(row for row in world.gitlab_runners.values() if row.type is RunnerType.INSTANCE)
    details = (await make(world, administrator=False).get(f"/runners/{shared.id}")).json()
    assert set(details) == DETAIL_FIELDS - {"maintenance_note"}


async def test_the_legacy_status_of_a_paused_runner_hides_that_it_is_online(live: GitLab, live_world: World) -> None:
    online = next(row for row in await live.rows("/runners/all", status="online", paused="false"))
    actions.pause_gitlab_runner(live_world, online["id"], paused=True)
    row = (await live.get(f"/runners/{online['id']}")).json()
    assert (row["status"], row["online"], row["active"], row["paused"]) == ("paused", True, False, True)


async def test_stale_wins_over_paused(live: GitLab, live_world: World) -> None:
    gone = next(row for row in live_world.gitlab_runners.values() if row.managers)
    manager = msgspec.structs.replace(gone.managers[0], gone_at=AT - 8 * 86_400)
    actions.update_gitlab_runner(live_world, gone.id, managers=(manager,))
    actions.pause_gitlab_runner(live_world, gone.id, paused=True)
    row = (await live.get(f"/runners/{gone.id}")).json()
    assert (row["status"], row["online"], row["paused"]) == ("stale", False, True)


async def test_a_runner_that_never_came_is_neither_online_nor_not(live: GitLab, live_world: World) -> None:
    ident = next(iter(live_world.gitlab_runners))
    actions.update_gitlab_runner(live_world, ident, managers=(), created_at=AT - 86_400, creator=1)
    row = (await live.get(f"/runners/{ident}")).json()
    assert (row["status"], row["online"], row["name"], row["contacted_at"]) == ("never_contacted", None, None, None)


async def test_a_read_shows_a_fresh_contact_while_filters_go_by_an_old_one(live: GitLab, live_world: World) -> None:
    """For up to 55 minutes longer than it should, a filter takes a runner for offline that has come back."""
    row = next(row for row in live_world.gitlab_runners.values() if row.managers)
    late = msgspec.structs.replace(row.managers[0], gone_at=AT - 7_100)
    actions.update_gitlab_runner(live_world, row.id, managers=(late,))
    assert (await live.get(f"/runners/{row.id}")).json()["status"] == "online"
    persisted = persisted_contacted_at(live_world, late, AT)
    listed = {each["id"] for each in await live.rows("/runners/all", status="online", per_page=100)}
    assert (row.id in listed) is (persisted > AT - 7_200)
    assert persisted < AT - 7_200


@pytest.mark.parametrize(
    ("params", "matches"),
    [
        ({"type": "group_type"}, lambda row: row["runner_type"] == "group_type"),
        ({"paused": "true"}, lambda row: row["paused"]),
        ({"status": "paused"}, lambda row: row["paused"]),
        ({"status": "active"}, lambda row: row["active"]),
        ({"status": "online"}, lambda row: row["online"]),
        ({"scope": "shared"}, lambda row: row["is_shared"]),
        ({"scope": "specific"}, lambda row: not row["is_shared"]),
    ],
)
async def test_filters(live: GitLab, params: dict[str, str], matches: Callable[[dict[str, object]], bool]) -> None:
    actions.pause_gitlab_runner(live.world, next(iter(live.world.gitlab_runners)), paused=True)
    every = await live.rows("/runners/all", per_page=100)
    found = await live.rows("/runners/all", per_page=100, **params)
    assert found
    assert [row["id"] for row in found] == [row["id"] for row in every if matches(row)]


async def test_tags_must_all_be_there_and_versions_begin_with_the_prefix(gitlab: GitLab, world: World) -> None:
    found = await gitlab.rows("/runners/all", tag_list="nix,linux", per_page=100)
    assert {row["id"] for row in found} == {
        row.id for row in world.gitlab_runners.values() if {"nix", "linux"} <= set(row.tags)
    }
    found = await gitlab.rows("/runners/all", version_prefix="19.5", per_page=100)
    assert {row["id"] for row in found} == {
        row.id for row in world.gitlab_runners.values() if any(each.version.startswith("19.5") for each in row.managers)
    }


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/runners?type=nope", "type does not have a valid value"),
        ("/runners?status=nope", "status does not have a valid value"),
        ("/runners?scope=nope", "scope does not have a valid value"),
        ("/runners?paused=nope", "paused is invalid"),
        ("/runners?version_prefix=nope", "version_prefix is invalid"),
        ("/runners?per_page=nope", "per_page is invalid"),
        ("/runners?page=1e9", "page is invalid"),
        ("/runners/nope", "id is invalid"),
        ("/runners/%C2%B2", "id is invalid"),
        ("/runners/101/jobs?status=nope", "status does not have a valid value"),
        ("/runners/101/jobs?order_by=name", "order_by does not have a valid value"),
        ("/projects/501/jobs?scope[]=nope", "scope does not have a valid value"),
        ("/runners/101/jobs?pagination=keyset&cursor=nope", "cursor is invalid"),
    ],
)
async def test_parameters_of_the_wrong_form_are_refused(gitlab: GitLab, path: str, error: str) -> None:
    answer = await gitlab.client.get(f"/api/v4{path}")
    assert (answer.status_code, answer.json()) == (400, {"error": error})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/runners/9", {"message": "404 Runner Not Found"}),
        pytest.param(f"/runners/{'9' * 5_000}", {"message": "404 Runner Not Found"}, id="a-huge-runner"),
        ("/groups/nope/runners", {"message": "404 Group Not Found"}),
        pytest.param(f"/groups/{'9' * 5_000}/runners", {"message": "404 Group Not Found"}, id="a-huge-group"),
        ("/projects/nope/jobs", {"message": "404 Project Not Found"}),
        ("/projects/501/jobs/1", {"message": "404 Job Not Found"}),
        # Only an escaped path names a group.
        ("/groups/acme/infra/runners", {"error": "404 Not Found"}),
        ("/nope", {"error": "404 Not Found"}),
    ],
)
async def test_what_does_not_exist(gitlab: GitLab, path: str, body: dict[str, str]) -> None:
    answer = await gitlab.client.get(f"/api/v4{path}")
    assert (answer.status_code, answer.json()) == (404, body)


async def test_a_group_and_a_project_go_by_id_or_escaped_path(gitlab: GitLab, world: World) -> None:
    group = next(each for each in world.groups.values() if "/" in each.full_path)
    escaped = group.full_path.replace("/", "%2F")
    answer = await gitlab.client.get(f"/api/v4/groups/{escaped}/runners")
    assert answer.json() == await gitlab.rows(f"/groups/{group.id}/runners")
    assert f"/api/v4/groups/{escaped}/runners" in answer.headers["link"]
    assert (await gitlab.client.get(f"/api/v4/groups/{escaped}")).json()["full_path"] == group.full_path
    project = world.gitlab_projects[501]
    escaped = project.full_path.replace("/", "%2f")
    assert (await gitlab.client.get(f"/api/v4/projects/{escaped}")).json()["id"] == 501


async def test_another_method_is_refused(gitlab: GitLab) -> None:
    answer = await gitlab.client.post("/api/v4/runners/101")
    assert (answer.status_code, answer.json()) == (405, {"error": "405 Not Allowed"})
    assert "PUT" in answer.headers["allow"]


async def test_answers_carry_the_date_of_the_world(live: GitLab, live_world: World) -> None:
    live_world.clock.advance(3_600)
    answer = await live.get("/version")
    assert answer.headers["date"] == "Sat, 21 Nov 2026 13:00:00 GMT"
    assert re.fullmatch(r"\w{26}", answer.headers["x-request-id"])
    assert answer.json()["version"] == "19.6.1-ee"


async def test_the_first_page_has_all_headers(gitlab: GitLab, world: World) -> None:
    total = len(world.gitlab_runners)
    answer = await gitlab.get("/runners/all", per_page=50)
    assert len(answer.json()) == 50
    told = {name: answer.headers[name] for name in ("x-page", "x-per-page", "x-prev-page", "x-next-page", "x-total")}
    assert told == {"x-page": "1", "x-per-page": "50", "x-prev-page": "", "x-next-page": "2", "x-total": str(total)}
    assert answer.headers["x-total-pages"] == "2"
    assert set(answer.links) == {"next", "first", "last"}


async def test_a_long_list_comes_without_its_total(gitlab: GitLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNTED_ROWS", 20)
    answer = await gitlab.get("/runners/all", per_page=10)
    assert "x-total" not in answer.headers
    assert "x-total-pages" not in answer.headers
    assert set(answer.links) == {"next", "first"}
    assert answer.headers["x-next-page"] == "2"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(-5, 150))
async def test_following_the_links_reads_every_runner_once(world: World, size: int) -> None:
    transport = httpx.ASGITransport(build_app(world, TOKEN))
    read: list[int] = []
    url: str | None = f"http://gitlab.test/api/v4/runners/all?per_page={size}"
    async with httpx.AsyncClient(transport=transport, headers={"PRIVATE-TOKEN": TOKEN}) as client:
        while url:
            answer = await client.get(url)
            rows = answer.json()
            assert 0 < len(rows) <= 100
            read += [row["id"] for row in rows]
            url = answer.links.get("next", {}).get("url")
    assert sorted(read) == sorted(world.gitlab_runners)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(["page", "per_page", "cursor", "tag_list", "pagination", "id", "sort"]), st.text())
)
async def test_no_parameter_breaks_a_list(world: World, params: dict[str, str]) -> None:
    transport = httpx.ASGITransport(build_app(world, TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url="http://gitlab.test") as client:
        client.headers["PRIVATE-TOKEN"] = TOKEN
        for path in ("/runners/all", "/runners/101/jobs", "/projects/501/jobs"):
            answer = await client.get(f"/api/v4{path}", params=params)
            assert answer.status_code in {200, 400, 405}, answer.text


async def test_links_keep_the_other_parameters(gitlab: GitLab) -> None:
    answer = await gitlab.client.get("/api/v4/runners/all?status=online&tag_list[]=linux&per_page=2")
    query = parse_qs(urlsplit(str(answer.links["next"]["url"])).query)
    assert query == {"status": ["online"], "tag_list[]": ["linux"], "per_page": ["2"], "page": ["2"]}
