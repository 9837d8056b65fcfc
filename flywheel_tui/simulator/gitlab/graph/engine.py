"""Runs a query as GitLab does: parse, check, reckon the cost, execute; every refusal is an answer with errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    execute_sync,
    get_operation_ast,
    parse,
    print_ast,
)

from flywheel_tui.simulator.gitlab.account import WRITE_API
from flywheel_tui.simulator.gitlab.graph import resolvers, rules
from flywheel_tui.simulator.gitlab.graph.complexity import Reckoner
from flywheel_tui.simulator.gitlab.graph.context import DENIED, Context

KEPT_DOCUMENTS = 256
ADMINISTRATORS_LIMIT = 300
USERS_LIMIT = 250
NOBODYS_LIMIT = 200
MOST_DEPTH = 20
TOO_DEEP = "Query is too deeply nested"
NOBODYS_DEPTH = 15


@cache
def schema_for(*, enterprise: bool) -> GraphQLSchema:
    """Return the schema of an edition, with its resolvers."""
    folder = resources.files(__package__)
    parts = ["core", "enterprise"] if enterprise else ["core"]
    schema = build_schema("\n".join((folder / f"{part}.graphql").read_text(encoding="utf-8") for part in parts))
    for type_name, fields in resolvers.FIELDS.items():
        kind = schema.get_type(type_name)
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                if name in fields:
                    field.resolve = fields[name]
    for interface, implementation in resolvers.IMPLEMENTATIONS.items():
        kind = schema.get_type(interface)
        if isinstance(kind, GraphQLInterfaceType):
            kind.resolve_type = lambda source, info, abstract, name=implementation: name
    return schema


class Prepared:
    """A query text that was parsed and checked once.

    Attributes:
        document: None where the text is no GraphQL.
        errors: What is wrong with it.
    """

    def __init__(self, schema: GraphQLSchema, text: str) -> None:
        self.document: DocumentNode | None = None
        self.errors: list[dict[str, Any]] = []
        try:
            # Without a cap a query of a few kilobytes could nest so deep that the visitors overrun the stack.
            self.document = parse(text, max_tokens=5_000)
            self.errors = rules.check(schema, self.document)
        except GraphQLSyntaxError as error:
            self.errors = [_syntax(error)]
        except RecursionError:
            self.errors = [{"message": TOO_DEEP}]
        self.reckoner = Reckoner(schema, self.document) if self.document is not None and not self.errors else None


class Engine:
    """Executes queries against the schema of one edition.

    Args:
        enterprise: Which.
    """

    def __init__(self, *, enterprise: bool) -> None:
        self._schema = schema_for(enterprise=enterprise)
        self._prepare = lru_cache(maxsize=KEPT_DOCUMENTS)(lambda text: Prepared(self._schema, text))

    def run(
        self, text: str, variables: Mapping[str, Any], operation_name: str | None, context: Context
    ) -> dict[str, Any]:
        """Return the answer to a query: ``data``, ``errors`` or both."""
        if not text.strip():
            return {"errors": [{"message": "No query string was present"}]}
        prepared = self._prepare(text)
        if prepared.document is None or prepared.reckoner is None:
            return {"errors": prepared.errors}
        operation = get_operation_ast(prepared.document, operation_name)
        if operation is None:
            named = f'No operation named "{operation_name}"' if operation_name else "An operation name is required"
            return {"errors": [{"message": named}]}
        try:
            refusal = self._refusal(prepared.reckoner, operation, variables, context)
        except RecursionError:
            refusal = TOO_DEEP
        if refusal is not None:
            return {"errors": [{"message": refusal}]}
        done = execute_sync(
            self._schema,
            prepared.document,
            context_value=context,
            variable_values=dict(variables),
            operation_name=operation_name,
        )
        answer: dict[str, Any] = {}
        if done.data is not None or not _about_variables(done.errors):
            answer["data"] = done.data
        if done.errors:
            answer["errors"] = [_executed(error) for error in done.errors]
        return answer

    @staticmethod
    def _refusal(
        reckoner: Reckoner, operation: OperationDefinitionNode, variables: Mapping[str, Any], context: Context
    ) -> str | None:
        if operation.operation is OperationType.MUTATION and (
            context.account is None or not context.account.may(WRITE_API)
        ):
            return DENIED
        context.limit = ADMINISTRATORS_LIMIT if context.administrator else USERS_LIMIT
        most_depth = MOST_DEPTH
        if context.account is None:
            context.limit, most_depth = NOBODYS_LIMIT, NOBODYS_DEPTH
        context.score = reckoner.cost(operation, _with_defaults(operation, variables))
        if context.score > context.limit:
            return f"Query has complexity of {context.score}, which exceeds max complexity of {context.limit}"
        depth = reckoner.depth(operation)
        return f"Query has depth of {depth}, which exceeds max depth of {most_depth}" if depth > most_depth else None


def _with_defaults(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {
        each.variable.name.value: int(each.default_value.value)
        for each in operation.variable_definitions or ()
        if isinstance(each.default_value, IntValueNode)
    }
    return {**defaults, **variables}


def _about_variables(errors: list[GraphQLError] | None) -> bool:
    return any(error.message.startswith("Variable '$") for error in errors or ())


def _syntax(error: GraphQLSyntaxError) -> dict[str, Any]:
    place = error.locations[0] if error.locations else None
    where = f" at [{place.line}, {place.column}]" if place is not None else ""
    return {
        "message": error.message.removeprefix("Syntax Error: ").rstrip(".") + where,
        "locations": [{"line": place.line, "column": place.column}] if place is not None else [],
    }


def _executed(error: GraphQLError) -> dict[str, Any]:
    found = re.match(r"Variable '\$(\w+)' (?:got invalid value|has invalid value|of required type)", error.message)
    if found is None:
        return rules.in_ruby(error)
    formatted: dict[str, Any] = dict(error.formatted)
    node = error.nodes[0] if error.nodes else None
    kind = getattr(node, "type", None)
    named = f" of type {print_ast(kind)}" if kind is not None else ""
    formatted["message"] = f"Variable ${found[1]}{named} was provided invalid value"
    formatted["extensions"] = {"problems": [{"path": [], "explanation": error.message}]}
    return formatted
