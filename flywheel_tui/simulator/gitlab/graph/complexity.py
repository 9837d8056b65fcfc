"""What GitLab reckons a query to cost before it runs it.

The rules are those of its ``BaseField`` and ``BaseResolver``: a field costs 1, sorting costs 1 more, searching 5, and
a page costs 1 % more for every row that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
        root = self._schema.get_root_type(operation.operation)
        return sum(self._cost(node, kind, variables) for node, kind in self._fields(operation.selection_set, root))

    def depth(self, operation: OperationDefinitionNode) -> int:
        """Return how many fields lie inside each other at most."""
        return self._depth(operation.selection_set, self._schema.get_root_type(operation.operation))

    def _depth(self, selections: SelectionSetNode | None, kind: GraphQLNamedType | None) -> int:
        return max(
            (
                1 + self._depth(node.selection_set, _below(node, parent))
                for node, parent in self._fields(selections, kind)
            ),
            default=0,
        )

    def _fields(
        self, selections: SelectionSetNode | None, kind: GraphQLNamedType | None
    ) -> Iterator[tuple[FieldNode, GraphQLNamedType | None]]:
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                # The schema's own description is free: GitLab answers it from a cache.
                if not node.name.value.startswith("__"):
                    yield node, kind
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                on = self._schema.get_type(fragment.type_condition.name.value)
                yield from self._fields(fragment.selection_set, on)
            elif isinstance(node, InlineFragmentNode):
                on = self._schema.get_type(node.type_condition.name.value) if node.type_condition else kind
                yield from self._fields(node.selection_set, on)

    def _cost(self, node: FieldNode, parent: GraphQLNamedType | None, variables: Mapping[str, Any]) -> int:
        kind = _below(node, parent)
        total: float = 1 + sum(self._cost(child, on, variables) for child, on in self._fields(node.selection_set, kind))
        given = {argument.name.value: _value(argument.value, variables) for argument in node.arguments or ()}
        total += (given.get("sort") is not None) + 5 * (given.get("search") is not None)
        if kind is not None and kind.name.endswith("Connection"):
            asked = [size for name in ("first", "last") if isinstance(size := given.get(name), int)]
            total += total * min([*asked, MOST_ROWS]) * 0.01
        return int(total)


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
