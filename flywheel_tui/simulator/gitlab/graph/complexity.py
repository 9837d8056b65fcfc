"""What GitLab reckons a query to cost before it runs it.

The rules are those of its ``BaseField`` and ``BaseResolver``: a field costs 1, sorting costs 1 more, searching 5, and
a page costs 1 % more for every row that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

MOST_ROWS = 100


class Reckoner:
    """Reckons cost and depth of the operations of a valid document.

    Args:
        schema: The schema that the document was validated against.
        document: The document.
    """

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def cost(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
        """Return the complexity of an operation with these variables."""

        def cost(node: FieldNode, kind: GraphQLNamedType | None, below: int) -> int:
            total: float = 1 + below
            given = {argument.name.value: _value(argument.value, variables) for argument in node.arguments or ()}
            total += (given.get("sort") is not None) + 5 * (given.get("search") is not None)
            if kind is not None and kind.name.endswith("Connection"):
                asked = [size for name in ("first", "last") if isinstance(size := given.get(name), int)]
                total += total * max(0, min([*asked, MOST_ROWS])) * 0.01
            return int(total)

        return self._fold(operation, cost, sum)

    def depth(self, operation: OperationDefinitionNode) -> int:
        """Return how many fields lie inside each other at most."""
        return self._fold(operation, lambda node, kind, below: 1 + below, lambda parts: max(parts, default=0))

    def _fold(
        self,
        operation: OperationDefinitionNode,
        field: Callable[[FieldNode, GraphQLNamedType | None, int], int],
        together: Callable[[list[int]], int],
    ) -> int:
        """Return the value of an operation, from the values of its fields and of what lies below them."""
        # Fragments that spread each other twice would otherwise be walked a power of two times.
        known: dict[int, int] = {}

        def fold(selections: SelectionSetNode | None, kind: GraphQLNamedType | None) -> int:
            if selections is None:
                return 0
            if id(selections) not in known:
                known[id(selections)] = together([value(node, kind) for node in selections.selections])
            return known[id(selections)]

        def value(node: SelectionNode, kind: GraphQLNamedType | None) -> int:
            if isinstance(node, FieldNode):
                # The schema's own description is free: GitLab answers it from a cache.
                if node.name.value.startswith("__"):
                    return 0
                inner = _below(node, kind)
                return field(node, inner, fold(node.selection_set, inner))
            if isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                return fold(fragment.selection_set, self._schema.get_type(fragment.type_condition.name.value))
            if isinstance(node, InlineFragmentNode):
                on = self._schema.get_type(node.type_condition.name.value) if node.type_condition else kind
                return fold(node.selection_set, on)
            return 0

        return fold(operation.selection_set, self._schema.get_root_type(operation.operation))


def _below(node: FieldNode, parent: GraphQLNamedType | None) -> GraphQLNamedType | None:
    if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        field = parent.fields.get(node.name.value)
        return get_named_type(field.type) if field is not None else None
    return None


def _value(node: object, variables: Mapping[str, Any]) -> object:
    if isinstance(node, VariableNode):
        return variables.get(node.name.value)
    if isinstance(node, IntValueNode):
        return int(node.value)
    return None if isinstance(node, NullValueNode) else node
