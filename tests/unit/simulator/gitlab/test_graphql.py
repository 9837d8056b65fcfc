from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType

from flywheel_tui.simulator.gitlab.graph.context import DENIED
from flywheel_tui.simulator.gitlab.graph.engine import schema_for
from flywheel_tui.simulator.gitlab.graph.resolvers import FIELDS, IMPLEMENTATIONS
from flywheel_tui.simulator.world import World, actions
from flywheel_tui.simulator.world.model_forge import GitLabManager, Group, Job, Project, RunnerType, User
from tests.unit.simulator.gitlab.conftest import TOKEN, GitLab, Json


async def error_of(gitlab: GitLab, query: str, **variables: object) -> Json:
    answer = await gitlab.graphql(query, **variables)
    assert "data" not in answer
    error: Json = answer["errors"][0]
    return error


@pytest.mark.parametrize("enterprise", [True, False])
def test_every_field_of_an_object_has_an_answer(enterprise: bool) -> None:
    plain = {
        "CiJob": Job, "CiRunnerManager": GitLabManager, "Group": Group, "Project": Project, "UserCore": User,
        "CurrentUser": User, "Pipeline": Job,
    }  # fmt: skip
    made_by_pages = {"PageInfo", "Metadata", "QueryComplexity", "RunnerPermissions", "JobPermissions", "CiStage"}
    schema = schema_for(enterprise=enterprise)
    for kind in schema.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__") or kind.name in made_by_pages:
            continue
        if kind.name.endswith(("Connection", "Edge")):
            continue
        for name in kind.fields:
            known = name in FIELDS[kind.name] or hasattr(plain.get(kind.name), name)
            assert known, f"{kind.name}.{name}"


def test_every_interface_has_its_type() -> None:
    schema = schema_for(enterprise=True)
    interfaces = {kind.name for kind in schema.type_map.values() if isinstance(kind, GraphQLInterfaceType)}
    assert interfaces == set(IMPLEMENTATIONS)


async def test_an_unknown_field_spoils_the_query_with_http_200(gitlab: GitLab) -> None:
    error = await error_of(gitlab, "query Fleet { runners { nodes { ...row } } } fragment row on CiRunner { nope }")
    assert error == {
        "message": "Field 'nope' doesn't exist on type 'CiRunner'",
        "locations": [{"line": 1, "column": 73}],
        "path": ["fragment row", "nope"],
        "extensions": {"code": "undefinedField", "typeName": "CiRunner", "fieldName": "nope"},
    }


@pytest.mark.parametrize(
    ("query", "message", "code"),
    [
        ("{ runners(nope: 1) { count } }", "Field 'runners' doesn't accept argument 'nope'", "argumentNotAccepted"),
        (
            "{ runners(sort: NOPE) { count } }",
            "Argument 'sort' on Field 'runners' has an invalid value (NOPE). Expected type 'CiRunnerSort'.",
            "argumentLiteralsIncompatible",
        ),
        ("{ group { id } }", "Field 'group' is missing required arguments: fullPath", "missingRequiredArguments"),
        ("query A { runners(first: $n) { count } }", "Variable $n is used by A but not declared", "variableNotDefined"),
        (
            "query A($n: Int) { runners { count } }",
            "Variable $n is declared by A but not used",
            "variableNotUsed",
        ),
        (
            "query A($n: String) { runners(first: $n) { count } }",
            "Type mismatch on variable $n (String / Int)",
            "variableMismatch",
        ),
        (
            "{ runners }",
            "Field must have selections (field 'runners' returns CiRunnerConnection but has no selections. "
            "Did you mean 'runners { ... }'?)",
            "selectionMismatch",
        ),
        (
            "{ metadata { version { x } } }",
            "Selections can't be made on scalars (field 'version' returns String but has selections)",
            "selectionMismatch",
        ),
        ("{ ...nope }", "Fragment nope was used, but not defined", "useAndDefineFragment"),
        (
            "{ runners { count } } fragment f on Nope { x }",
            "Nope isn't a defined input type or fragment condition",
            "undefinedType",
        ),
    ],
)
async def test_mistakes_are_told_in_gitlabs_words(gitlab: GitLab, query: str, message: str, code: str) -> None:
    answer = await gitlab.graphql(query)
    assert "data" not in answer
    assert (message, code) in [(each["message"], each.get("extensions", {}).get("code")) for each in answer["errors"]]


async def test_a_variable_of_the_wrong_kind_is_told(gitlab: GitLab) -> None:
    error = await error_of(gitlab, "query A($n: Int!) { runners(first: $n) { count } }", n="many")
    assert error["message"] == "Variable $n of type Int! was provided invalid value"
    assert error["extensions"]["problems"]


@pytest.mark.parametrize("query", ["{", "query (", "}", "\x00", "{ runners { count ", "{a" * 2_000])
async def test_what_is_no_graphql_is_an_error_and_no_crash(gitlab: GitLab, query: str) -> None:
    error = await error_of(gitlab, query)
    assert error["message"]


async def test_the_enterprise_edition_alone_knows_upgrades(make: Callable[..., GitLab], world: World) -> None:
    rows = "runners(first: 100) { nodes { upgradeStatus managers { nodes { upgradeStatus } } } }"
    query = f"{{ metadata {{ enterprise version }} {rows} }}"
    paid = await make(world, enterprise=True).graphql(query)
    assert paid["data"]["metadata"]["enterprise"] is True
    assert paid["data"]["metadata"]["version"].endswith("-ee")
    assert {row["upgradeStatus"] for row in paid["data"]["runners"]["nodes"]} & {"AVAILABLE", "RECOMMENDED"}
    free = await make(world, enterprise=False).graphql(query)
    assert {each["extensions"]["code"] for each in free["errors"]} == {"undefinedField"}


async def test_a_query_above_the_limit_is_refused_and_costs_differ_by_account(
    make: Callable[..., GitLab], world: World
) -> None:
    one = "runners(first: 100) { count pageInfo { endCursor } }"
    many = "{" + " ".join(f"a{number}: {one}" for number in range(35)) + "}"
    refused = await error_of(make(world, administrator=False), many)
    assert refused == {"message": "Query has complexity of 280, which exceeds max complexity of 250"}
    answer = await make(world, administrator=True).graphql(many)
    assert answer["data"]["a34"]["count"] > 0
    told = await make(world, administrator=False).graphql("{ queryComplexity { score limit } }")
    assert told["data"]["queryComplexity"] == {"score": 3, "limit": 250}


async def test_a_query_that_nests_too_deep_is_refused(gitlab: GitLab) -> None:
    query = "id"
    for _ in range(7):
        query = f"managers(first: 1) {{ nodes {{ runner {{ {query} }} }} }}"
    error = await error_of(gitlab, f"{{ runners(first: 1) {{ nodes {{ {query} }} }} }}")
    assert error["message"] == "Query has depth of 24, which exceeds max depth of 20"


async def test_a_query_text_may_be_ten_thousand_characters(gitlab: GitLab) -> None:
    padded = "{ metadata { version } }".ljust(10_000)
    assert (await gitlab.graphql(padded))["data"]["metadata"]
    answer = await gitlab.client.post("/api/graphql", json={"query": padded + " "})
    assert (answer.status_code, answer.json()) == (422, {"errors": [{"message": "Query too large"}]})


async def test_a_batch_is_answered_as_one(gitlab: GitLab) -> None:
    batch = [{"query": "{ metadata { version } }"}, {"query": "{ nope }"}]
    first, second = (await gitlab.client.post("/api/graphql", json=batch)).json()
    assert first["data"]["metadata"]
    assert second["errors"][0]["extensions"]["code"] == "undefinedField"


async def test_variables_may_come_as_text(gitlab: GitLab) -> None:
    body = {"query": "query A($n: Int) { runners(first: $n) { nodes { id } } }", "variables": '{"n": 2}'}
    answer = await gitlab.client.post("/api/graphql", json=body)
    assert len(answer.json()["data"]["runners"]["nodes"]) == 2


@pytest.mark.parametrize("content", [b"", b"nope", b"1", b"[1]", b"\xff", b'{"query": "{a}", "variables": "{"}'])
async def test_a_body_that_cannot_be_read_is_refused(gitlab: GitLab, content: bytes) -> None:
    answer = await gitlab.client.post("/api/graphql", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}


async def test_a_missing_group_is_null_without_a_word(gitlab: GitLab) -> None:
    assert await gitlab.graphql('{ group(fullPath: "acme/nope") { runners { count } } }') == {"data": {"group": None}}


async def test_the_whole_instance_is_for_administrators(make: Callable[..., GitLab], world: World) -> None:
    owner = make(world, administrator=False)
    answer = await owner.graphql("{ runners { count } jobs { count } metadata { version } }")
    assert answer["data"]["runners"] is None
    assert answer["data"]["jobs"] == {"count": 0}
    assert answer["data"]["metadata"]
    assert [(each["message"], each["path"]) for each in answer["errors"]] == [(DENIED, ["runners"])]


async def test_an_owner_sees_its_own_and_may_not_change_shared_ones(make: Callable[..., GitLab], world: World) -> None:
    owner = make(world, administrator=False)
    mine = await owner.graphql("{ currentUser { username runners { count } } }")
    shared = [row for row in world.gitlab_runners.values() if row.type is RunnerType.INSTANCE]
    assert shared
    assert mine["data"]["currentUser"]["runners"]["count"] == len(world.gitlab_runners) - len(shared)
    query = '{ runner(id: "gid://gitlab/Ci::Runner/%d") { adminUrl userPermissions { updateRunner readRunner } } }'
    row = (await owner.graphql(query % shared[0].id))["data"]["runner"]
    assert row == {"adminUrl": None, "userPermissions": {"updateRunner": False, "readRunner": True}}
    note = '{ runner(id: "gid://gitlab/Ci::Runner/%d") { id maintenanceNote } }'
    told = await owner.graphql(note % shared[0].id)
    assert told["data"]["runner"]["maintenanceNote"] is None
    assert told["errors"][0]["message"] == DENIED


async def test_nobody_is_shown_nothing(gitlab: GitLab) -> None:
    del gitlab.client.headers["PRIVATE-TOKEN"]
    private = 'metadata { version } currentUser { id } group(fullPath: "acme") { id } runners { count }'
    answer = await gitlab.graphql(f"{{ {private} queryComplexity {{ limit }} }}")
    assert answer["data"] == {
        "metadata": None, "currentUser": None, "group": None, "runners": None, "queryComplexity": {"limit": 200},
    }  # fmt: skip


@pytest.mark.parametrize(("header", "value"), [("PRIVATE-TOKEN", "wrong"), ("Authorization", "Bearer wrong")])
async def test_a_wrong_token_is_refused_in_the_form_of_graphql(gitlab: GitLab, header: str, value: str) -> None:
    del gitlab.client.headers["PRIVATE-TOKEN"]
    answer = await gitlab.client.post("/api/graphql", json={"query": "{ id }"}, headers={header: value})
    assert (answer.status_code, answer.json()) == (401, {"errors": [{"message": "Invalid token"}]})


async def test_a_token_without_the_scope_counts_as_wrong(make: Callable[..., GitLab], world: World) -> None:
    gitlab = make(world, token_scopes=frozenset({"read_user"}))
    answer = await gitlab.client.post("/api/graphql", json={"query": "{ metadata { version } }"})
    assert answer.status_code == 401


async def test_jobs_of_one_runner_only(gitlab: GitLab, world: World) -> None:
    answer = await gitlab.graphql("{ runners(first: 2) { nodes { id jobs { count } } } }")
    assert answer["errors"][0]["message"] == '"jobs" field can be requested only for 1 CiRunner(s) at a time.'
    busy = next(row for row in world.gitlab_runners.values() if row.managers)
    edge = "cursor node { id ... on CiJob { runnerManager { systemId } } }"
    one = '{ runner(id: "gid://gitlab/Ci::Runner/%d") { jobs(first: 3) { edges { %s } } } }'
    edges = (await gitlab.graphql(one % (busy.id, edge)))["data"]["runner"]["jobs"]["edges"]
    assert len({edge["cursor"] for edge in edges}) == 3
    systems = {manager.system_id for manager in busy.managers}
    assert {edge["node"]["runnerManager"]["systemId"] for edge in edges} <= systems


async def test_job_counts_agree_with_the_jobs(gitlab: GitLab) -> None:
    counts = "jobCount running: jobCount(statuses: [RUNNING]) ended: jobCount(statuses: [SUCCESS, FAILED, CANCELED])"
    busy = "jobExecutionStatus managers { nodes { jobExecutionStatus } }"
    query = f"{{ runners(first: 100) {{ nodes {{ id {counts} {busy} }} }} }}"
    rows = (await gitlab.graphql(query))["data"]["runners"]["nodes"]
    assert any(row["running"] for row in rows)
    for row in rows:
        assert (row["jobExecutionStatus"] == "ACTIVE") is (row["running"] > 0)
        assert row["jobCount"] == min(1001, row["ended"] + row["running"])
        managers_busy = [each["jobExecutionStatus"] == "ACTIVE" for each in row["managers"]["nodes"]]
        assert any(managers_busy) is (row["running"] > 0)


async def test_pending_jobs_have_no_runner_and_their_kind_is_counted_to_a_limit(gitlab: GitLab) -> None:
    page = "jobs(statuses: [PENDING], first: 20) { nodes { id status runner { id } queuedDuration startedAt stuck } }"
    query = f"{{ all: jobs {{ count }} few: jobs {{ count(limit: 5) }} {page} }}"
    data = (await gitlab.graphql(query))["data"]
    assert data["few"]["count"] == min(6, data["all"]["count"])
    assert data["jobs"]["nodes"]
    for job in data["jobs"]["nodes"]:
        assert (job["status"], job["runner"], job["startedAt"]) == ("PENDING", None, None)
        assert job["queuedDuration"] >= 0


async def test_jobs_can_be_asked_for_by_the_runner_that_could_take_them(gitlab: GitLab, world: World) -> None:
    runner = next(row for row in world.gitlab_runners.values() if "nix" in row.tags)
    query = "query J($runner: CiRunnerID) { jobs(statuses: [PENDING], compatibleRunnerId: $runner) { nodes { tags } } }"
    nodes = (await gitlab.graphql(query, runner=f"gid://gitlab/Ci::Runner/{runner.id}"))["data"]["jobs"]["nodes"]
    assert all(set(job["tags"]) <= set(runner.tags) for job in nodes)
    answer = await gitlab.graphql('{ jobs(compatibleRunnerId: "gid://gitlab/Ci::Runner/1") { count } }')
    assert "can only be used when" in answer["errors"][0]["message"]
    answer = await gitlab.graphql(query, runner="gid://gitlab/User/1")
    assert "does not represent an instance of Ci::Runner" in answer["errors"][0]["message"]


async def test_jobs_by_the_type_of_their_runners_add_up(gitlab: GitLab) -> None:
    shared = "jobs(statuses: [RUNNING], runnerTypes: [INSTANCE_TYPE]) { count }"
    owned = "jobs(statuses: [RUNNING], runnerTypes: [GROUP_TYPE, PROJECT_TYPE]) { count }"
    query = f"{{ all: jobs(statuses: [RUNNING]) {{ count }} a: {shared} b: {owned} }}"
    data = (await gitlab.graphql(query))["data"]
    assert data["all"]["count"] == data["a"]["count"] + data["b"]["count"] > 0


async def test_a_pause_shows_at_once(live: GitLab) -> None:
    ident = next(iter(live.world.gitlab_runners))
    actions.pause_gitlab_runner(live.world, ident, paused=True)
    answer = await live.graphql(
        "{ runners(paused: true) { nodes { id status paused } } old: runners(active: false) { count } }"
    )
    rows = answer["data"]["runners"]["nodes"]
    assert f"gid://gitlab/Ci::Runner/{ident}" in {row["id"] for row in rows}
    assert {row["status"] for row in rows} <= {"ONLINE", "OFFLINE", "STALE", "NEVER_CONTACTED"}
    assert answer["data"]["old"]["count"] == len(rows)


async def test_hostile_names_come_through_untouched(gitlab: GitLab) -> None:
    rows = (await gitlab.graphql("{ runners { nodes { description } } }"))["data"]["runners"]["nodes"]
    names = {row["description"] for row in rows}
    assert {"[/evil]", "\x1b[31mred\x1b[0m"} <= names


async def test_the_address_also_takes_get(gitlab: GitLab) -> None:
    answer = await gitlab.client.get("/api/graphql", params={"query": "{ metadata { version } }"})
    assert answer.json()["data"]["metadata"]


async def test_a_bearer_token_and_no_token_set_are_accepted(gitlab: GitLab, make: Callable[..., GitLab]) -> None:
    del gitlab.client.headers["PRIVATE-TOKEN"]
    answer: httpx.Response = await gitlab.client.get("/api/v4/user", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.json()["username"] == "root"


async def test_a_list_of_jobs_is_of_one_moment(live: GitLab) -> None:
    query = "{ jobs(statuses: [PENDING]) { nodes { id status } } }"
    for _ in range(6):
        answer = await live.graphql(query)
        assert {job["status"] for job in answer["data"]["jobs"]["nodes"]} <= {"PENDING"}
        live.world.clock.advance(0.7)
    first = {job["id"] for job in (await live.graphql(query))["data"]["jobs"]["nodes"]}
    live.world.clock.advance(600)
    assert first != {job["id"] for job in (await live.graphql(query))["data"]["jobs"]["nodes"]}
