"""GitLab's schema as far as it is used here, by version and edition, and GitLab's own reckoning of a query's cost."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    build_schema,
    get_named_type,
    parse,
)

FOLDER = Path(__file__).parents[3] / "data" / "gitlab"
CE_17 = ("common", "jobs-17")
CE_18 = ("common", "since-18.3", "jobs-17")
EE_18 = ("common", "since-18.3", "jobs-17", "enterprise")
EE_19 = ("common", "since-18.3", "jobs-19", "enterprise")

# Fields that GitLab answers by a resolver: those cost one more (app/graphql/resolvers/base_resolver.rb).
RESOLVED = {"runners", "jobs", "group", "metadata", "managers", "groups", "ownerProject", "jobCount"}
PAGE_LIMIT = 100


@functools.cache
def schema_of(parts: tuple[str, ...]) -> GraphQLSchema:
    return build_schema("\n".join((FOLDER / f"{part}.graphql").read_text() for part in parts))


def complexity(schema: GraphQLSchema, query: str, variables: Mapping[str, Any]) -> int:
    """Return what GitLab reckons a query to cost: a field is 1, a page costs 1 % more for each row asked for."""
    document: DocumentNode = parse(query)
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))

    def fields(selections: SelectionSetNode | None) -> list[FieldNode]:
        found: list[FieldNode] = []
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                found.append(node)
            elif isinstance(node, FragmentSpreadNode):
                found += fields(fragments[node.name.value].selection_set)
        return found

    def argument(node: FieldNode, name: str) -> object:
        for given in node.arguments or ():
            if given.name.value == name:
                if isinstance(given.value, VariableNode):
                    return variables.get(given.value.name.value)
                return int(given.value.value) if isinstance(given.value, IntValueNode) else given.value
        return None

    def cost(node: FieldNode, parent: object) -> int:
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
        kind = get_named_type(parent.fields[node.name.value].type)
        below = sum(cost(child, kind) for child in fields(node.selection_set))
        total: float = below + 1
        if node.name.value in RESOLVED and argument(node, "sort") is not None:
            total += 1
        if kind.name.endswith("Connection"):
            first = argument(node, "first")
            total += total * min(first if isinstance(first, int) else PAGE_LIMIT, PAGE_LIMIT) * 0.01
        return int(total)

    return sum(cost(node, schema.query_type) for node in fields(operation.selection_set))
