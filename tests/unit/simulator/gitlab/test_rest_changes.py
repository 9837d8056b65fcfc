from __future__ import annotations

from collections.abc import Callable

import pytest

from flywheel_tui.simulator.world import World
from flywheel_tui.simulator.world.model_forge import RunnerType
from tests.unit.simulator.gitlab.conftest import TOKEN, GitLab, Json


@pytest.fixture
def ident(live_world: World) -> int:
    """Return the id of a runner that is neither paused nor shared."""
    return next(
        row.id
        for row in live_world.gitlab_runners.values()
        if not row.paused and row.type is RunnerType.GROUP and row.managers
    )


async def put(live: GitLab, ident: int, body: Json) -> tuple[int, Json]:
    answer = await live.client.put(f"/api/v4/runners/{ident}", json=body)
    return answer.status_code, answer.json()


async def test_pausing_and_resuming(live: GitLab, ident: int) -> None:
    status, body = await put(live, ident, {"paused": True})
    assert (status, body["paused"], body["active"], body["status"]) == (200, True, False, "paused")
    assert live.world.gitlab_runners[ident].paused
    status, body = await put(live, ident, {"active": True})
    assert (status, body["paused"]) == (200, False)
    assert not live.world.gitlab_runners[ident].paused


async def test_a_form_will_do_as_well(live: GitLab, ident: int) -> None:
    answer = await live.client.put(f"/api/v4/runners/{ident}", data={"paused": "true", "tag_list": "a, b,a"})
    assert answer.status_code == 200
    assert (answer.json()["paused"], answer.json()["tag_list"]) == (True, ["a", "b"])


async def test_every_field_can_be_changed(live: GitLab, ident: int) -> None:
    wanted: Json = {
        "description": "new", "tag_list": ["x", "y"], "run_untagged": True, "locked": True,
        "access_level": "ref_protected", "maximum_timeout": 700, "maintenance_note": "until noon",
    }  # fmt: skip
    status, body = await put(live, ident, wanted)
    assert status == 200
    assert {name: body[name] for name in wanted} == wanted
    runner = live.world.gitlab_runners[ident]
    assert (runner.description, runner.tags, runner.protected) == ("new", ("x", "y"), True)
    status, body = await put(live, ident, {"maximum_timeout": None, "maintenance_note": None})
    assert (status, body["maximum_timeout"], body["maintenance_note"]) == (200, None, None)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (
            {},
            {
                "error": "description, active, paused, tag_list, run_untagged, locked, access_level, maximum_timeout, "
                "maintenance_note are missing, at least one parameter must be provided"
            },
        ),
        ({"active": True, "paused": False}, {"error": "active, paused are mutually exclusive"}),
        ({"paused": "perhaps"}, {"error": "paused is invalid"}),
        ({"locked": {}}, {"error": "locked is invalid"}),
        ({"description": ["x"]}, {"error": "description is invalid"}),
        ({"access_level": "all"}, {"error": "access_level does not have a valid value"}),
        ({"maximum_timeout": "soon"}, {"error": "maximum_timeout is invalid"}),
        ({"maximum_timeout": True}, {"error": "maximum_timeout is invalid"}),
        ({"maximum_timeout": 1e300}, {"error": "maximum_timeout is invalid"}),
        ({"tag_list": 1}, {"error": "tag_list is invalid"}),
        ({"maximum_timeout": 599}, {"message": {"maximum_timeout": ["needs to be at least 10 minutes"]}}),
        (
            {"maintenance_note": "x" * 1_025},
            {"message": {"maintenance_note": ["is too long (maximum is 1024 characters)"]}},
        ),
        (
            {"description": "x" * 1_025},
            {"message": {"description": ["is too long (maximum is 1024 characters)"]}},
        ),
        (
            {"tag_list": [], "run_untagged": False},
            {"message": {"tags_list": ["can not be empty when runner is not allowed to pick untagged jobs"]}},
        ),
        (
            {"tag_list": [f"t{number}" for number in range(51)]},
            {"message": {"tags_list": ["Too many tags specified. Please limit the number of tags to 50"]}},
        ),
    ],
)
async def test_what_is_not_valid_changes_nothing(live: GitLab, ident: int, body: Json, refusal: Json) -> None:
    before = live.world.gitlab_runners[ident]
    assert await put(live, ident, body) == (400, refusal)
    assert live.world.gitlab_runners[ident] is before


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"paused: true", "text/yaml", 415),
        (b'"' + b"x" * 2**20 + b'"', "application/json", 413),
    ],
    ids=["half", "list", "bytes", "deep", "yaml", "huge"],
)
async def test_a_body_that_cannot_be_read_is_refused(
    live: GitLab, ident: int, content: bytes, kind: str, status: int
) -> None:
    answer = await live.client.put(f"/api/v4/runners/{ident}", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert answer.json()["error"]


async def test_the_world_goes_on_after_a_pause(live: GitLab, ident: int) -> None:
    await put(live, ident, {"paused": True})
    live.world.clock.advance(2 * 3_600)
    rows = await live.rows(f"/runners/{ident}/jobs", status="running")
    assert rows == []
    assert (await live.get(f"/runners/{ident}")).json()["job_execution_status"] == "idle"


async def test_deleting(live: GitLab, ident: int) -> None:
    answer = await live.client.delete(f"/api/v4/runners/{ident}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await live.get(f"/runners/{ident}")).status_code == 404
    assert (await live.client.delete(f"/api/v4/runners/{ident}")).status_code == 404
    data = await live.graphql(f'{{ runner(id: "gid://gitlab/Ci::Runner/{ident}") {{ id }} }}')
    assert data == {"data": {"runner": None}}


async def test_a_condition_that_does_not_hold_keeps_the_runner(live: GitLab, ident: int) -> None:
    for since in ("Thu, 01 Jan 2015 00:00:00 GMT", "nonsense"):
        headers = {"If-Unmodified-Since": since}
        answer = await live.client.delete(f"/api/v4/runners/{ident}", headers=headers)
        assert (answer.status_code, answer.json()) == (412, {"message": "412 Precondition Failed"})
    headers = {"If-Unmodified-Since": "Fri, 01 Jan 2027 00:00:00 GMT"}
    assert (await live.client.delete(f"/api/v4/runners/{ident}", headers=headers)).status_code == 204


async def test_a_runner_of_several_projects_is_not_an_owners_to_delete(
    make: Callable[..., GitLab], world: World
) -> None:
    shared = next(row for row in world.gitlab_runners.values() if len(row.projects) > 1)
    answer = await make(world, administrator=False).client.delete(f"/api/v4/runners/{shared.id}")
    refusal = {"message": "403 Forbidden - Runner associated with more than one project"}
    assert (answer.status_code, answer.json()) == (403, refusal)


async def test_a_shared_runner_is_not_an_owners_to_change(make: Callable[..., GitLab], world: World) -> None:
    owner = make(world, administrator=False)
    shared = next(row for row in world.gitlab_runners.values() if row.type is RunnerType.INSTANCE)
    refusal = (403, {"message": "403 Forbidden - No access granted"})
    assert await put(owner, shared.id, {"paused": True}) == refusal
    for method, ending in (("DELETE", ""), ("POST", "/reset_authentication_token"), ("GET", "/jobs")):
        answer = await owner.client.request(method, f"/api/v4/runners/{shared.id}{ending}")
        assert (answer.status_code, answer.json()) == refusal
    assert (await owner.get(f"/runners/{shared.id}")).status_code == 200
    everywhere = await owner.get("/runners/all")
    assert (everywhere.status_code, everywhere.json()) == (403, {"message": "403 Forbidden"})


async def test_a_new_token_is_told_once_and_changes_the_short_name(live: GitLab, ident: int) -> None:
    before = live.world.gitlab_runners[ident].short_sha
    answer = await live.client.post(f"/api/v4/runners/{ident}/reset_authentication_token")
    assert answer.status_code == 201
    assert answer.json()["token"] == live.world.gitlab_runners[ident].token
    assert live.world.gitlab_runners[ident].short_sha != before
    assert answer.json()["token"] not in (await live.get(f"/runners/{ident}")).text


@pytest.mark.parametrize(
    "headers", [{}, {"PRIVATE-TOKEN": "wrong"}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}]
)
async def test_without_the_right_token_everything_is_401(gitlab: GitLab, headers: dict[str, str]) -> None:
    del gitlab.client.headers["PRIVATE-TOKEN"]
    for method, path in (("GET", "/runners"), ("PUT", "/runners/101"), ("GET", "/runners/9"), ("GET", "/version")):
        answer = await gitlab.client.request(method, f"/api/v4{path}", headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"message": "401 Unauthorized"})


async def test_the_token_may_be_in_the_address(gitlab: GitLab) -> None:
    del gitlab.client.headers["PRIVATE-TOKEN"]
    assert (await gitlab.get("/user", private_token=TOKEN)).status_code == 200
    assert (await gitlab.get("/user", access_token=TOKEN)).status_code == 200


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        (
            {"read_api"},
            {("GET", "/runners"), ("GET", "/runners/101"), ("GET", "/user"), ("GET", "/groups/acme/runners")},
        ),
        ({"manage_runner"}, {("GET", "/runners/101"), ("GET", "/groups/acme/runners"), ("PUT", "/runners/101")}),
        ({"read_user"}, {("GET", "/user")}),
        (
            {"api"},
            {
                ("GET", "/runners"), ("GET", "/runners/101"), ("GET", "/user"), ("GET", "/groups/acme/runners"),
                ("PUT", "/runners/101"),
            },
        ),
    ],
)  # fmt: skip
async def test_scopes_decide_what_a_token_may(
    make: Callable[..., GitLab], live_world: World, scopes: set[str], allowed: set[tuple[str, str]]
) -> None:
    gitlab = make(live_world, token_scopes=frozenset(scopes))
    calls = {
        ("GET", "/runners"), ("GET", "/runners/101"), ("GET", "/user"), ("GET", "/groups/acme/runners"),
        ("PUT", "/runners/101"),
    }  # fmt: skip
    for method, path in calls:
        answer = await gitlab.client.request(
            method, f"/api/v4{path}", json={"locked": True} if method == "PUT" else None
        )
        assert (answer.status_code == 200) is ((method, path) in allowed), (method, path)
        if answer.status_code != 200:
            assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    own = (await gitlab.get("/personal_access_tokens/self")).json()
    assert own["scopes"] == sorted(scopes)
