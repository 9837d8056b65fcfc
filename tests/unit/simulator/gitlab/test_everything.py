"""Every field of the schema, asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from graphql import GraphQLInterfaceType, GraphQLNamedType, GraphQLObjectType, get_named_type

from flywheel_tui.simulator.gitlab.graph.engine import schema_for
from flywheel_tui.simulator.world import World
from tests.unit.simulator.gitlab.conftest import GitLab, Json


def everything(kind: GraphQLNamedType, depth: int) -> str:
    """Return a selection of all fields of a type, and of the types below it to a depth."""
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return ""
    parts = []
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        page = "(first: 2)" if "first" in field.args else ""
        if any(argument.type.__class__.__name__ == "GraphQLNonNull" for argument in field.args.values()):
            continue
        if not isinstance(below, GraphQLObjectType | GraphQLInterfaceType):
            parts.append(name)
        elif depth:
            parts.append(f"{name}{page} {everything(below, depth - 1)}")
    return "{ " + " ".join(parts) + " }" if parts else "{ __typename }"


@pytest.mark.parametrize("enterprise", [True, False])
@pytest.mark.parametrize(
    ("path", "type_name", "depth"),
    [
        ('runner(id: "gid://gitlab/Ci::Runner/PROJECTS") ALL', "CiRunner", 2),
        ('runner(id: "gid://gitlab/Ci::Runner/101") ALL', "CiRunner", 2),
        ("runners(first: 1) ALL", "CiRunnerConnection", 2),
        ("jobs(statuses: [RUNNING], first: 1) ALL", "CiJobInterfaceConnection", 3),
        ("jobs(statuses: [PENDING], first: 2) { nodes { ... on CiJob ALL } }", "CiJob", 2),
        ('group(fullPath: "acme/infra") ALL', "Group", 2),
        ('project(fullPath: "acme/infra/api") ALL', "Project", 2),
        ("currentUser ALL", "CurrentUser", 1),
        ("metadata ALL", "Metadata", 1),
    ],
)
async def test_every_field_can_be_asked_for(
    make: Callable[..., GitLab], world: World, path: str, type_name: str, depth: int, enterprise: bool
) -> None:
    schema = schema_for(enterprise=enterprise)
    kind = schema.get_type(type_name)
    assert kind is not None
    gitlab = make(world, enterprise=enterprise)
    of_projects = next(row.id for row in world.gitlab_runners.values() if row.projects)
    query = path.replace("ALL", everything(kind, depth)).replace("PROJECTS", str(of_projects))
    answer = await gitlab.graphql(f"{{ {query} }}")
    assert "errors" not in answer, answer["errors"][:2]
    assert next(iter(answer["data"].values()))


async def test_an_edge_names_the_page_in_the_settings_of_the_owner(gitlab: GitLab, world: World) -> None:
    node_fields = "id runnerType ownerProject { fullPath } groups { nodes { fullPath } }"
    query = f"{{ runners(first: 100) {{ edges {{ webUrl node {{ {node_fields} }} }} }} }}"
    edges = (await gitlab.graphql(query))["data"]["runners"]["edges"]
    assert {edge["node"]["runnerType"] for edge in edges} == {"INSTANCE_TYPE", "GROUP_TYPE", "PROJECT_TYPE"}
    for edge in edges:
        node: Json = edge["node"]
        number = node["id"].rsplit("/", 1)[1]
        owner = {
            "INSTANCE_TYPE": "admin/runners",
            "GROUP_TYPE": node["groups"] and f"groups/{node['groups']['nodes'][0]['fullPath']}/-/runners",
            "PROJECT_TYPE": node["ownerProject"] and f"{node['ownerProject']['fullPath']}/-/runners",
        }[node["runnerType"]]
        assert edge["webUrl"] == f"http://gitlab.test/{owner}/{number}"


async def test_the_runners_of_a_project_and_one_manager_of_a_runner(gitlab: GitLab, world: World) -> None:
    runner = next(row for row in world.gitlab_runners.values() if len(row.managers) > 1 and row.projects)
    project = world.gitlab_projects[runner.projects[0]]
    system = runner.managers[0].system_id
    query = """
      query One($path: ID!, $system: String) {
        project(fullPath: $path) {
          runners(first: 100) {
            nodes { id managers(systemId: $system, status: ONLINE) { count nodes { systemId runner { id } } } }
          }
        }
      }
    """
    answer = await gitlab.graphql(query, path=project.full_path, system=system)
    nodes = {node["id"]: node["managers"] for node in answer["data"]["project"]["runners"]["nodes"]}
    own = f"gid://gitlab/Ci::Runner/{runner.id}"
    assert nodes.pop(own) == {"count": 1, "nodes": [{"systemId": system, "runner": {"id": own}}]}
    assert all(managers["count"] == 0 for managers in nodes.values())


async def test_a_named_operation_is_picked_among_several(gitlab: GitLab) -> None:
    text = "query A { metadata { version } } query B { queryComplexity { limit } }"

    async def picked(name: str | None) -> Json:
        body = {"query": text, "operationName": name}
        found: Json = (await gitlab.client.post("/api/graphql", json=body)).json()
        return found

    assert list((await picked("B"))["data"]) == ["queryComplexity"]
    assert (await picked("C"))["errors"][0]["message"] == 'No operation named "C"'
    assert (await picked(None))["errors"][0]["message"] == "An operation name is required"
    assert (await gitlab.graphql(" "))["errors"][0]["message"] == "No query string was present"


async def test_nothing_can_be_changed_by_graphql(make: Callable[..., GitLab], world: World) -> None:
    """The real one has mutations; a client must be able to tell that here there are none."""
    answer = await make(world).graphql("mutation { runnerDelete { errors } }")
    assert "data" not in answer
    assert answer["errors"]


async def test_what_gitlab_is_by_rest(make: Callable[..., GitLab], world: World) -> None:
    told = (await make(world, enterprise=False).get("/metadata")).json()
    assert (told["version"], told["enterprise"]) == ("19.6.1", False)
