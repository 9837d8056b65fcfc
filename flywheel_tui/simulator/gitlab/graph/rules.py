"""Validation with the words of graphql-ruby, which GitLab answers with and clients have learned to read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from graphql import (
    SKIP,
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FieldsOnCorrectTypeRule,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    KnownArgumentNamesRule,
    Node,
    OperationDefinitionNode,
    Undefined,
    ValidationRule,
    ValuesOfCorrectTypeRule,
    VariableNode,
    Visitor,
    VisitorAction,
    print_ast,
    specified_rules,
    validate,
    value_from_ast,
    visit,
)


def ruby_path(ancestors: Sequence[Any], *below: str) -> list[str | int]:
    """Return where in a query something is: ``["query Fleet", "group", "runners"]``."""
    path: list[str | int] = []
    for node in ancestors:
        if isinstance(node, OperationDefinitionNode):
            path.append(" ".join([node.operation.value, *([node.name.value] if node.name else [])]))
        elif isinstance(node, FragmentDefinitionNode):
            path.append(f"fragment {node.name.value}")
        elif isinstance(node, FieldNode):
            path.append((node.alias or node.name).value)
        elif isinstance(node, InlineFragmentNode):
            path.append(f"... on {node.type_condition.name.value}" if node.type_condition else "...")
    return [*path, *below]


class _FieldsExist(ValidationRule):
    def enter_field(self, node: FieldNode, key: object, parent: object, path: object, ancestors: Sequence[Any]) -> None:
        kind = self.context.get_parent_type()
        if kind is None or self.context.get_field_def() is not None:
            return
        name = node.name.value
        self.report_error(
            GraphQLError(
                f"Field '{name}' doesn't exist on type '{kind.name}'",
                node,
                path=ruby_path(ancestors, (node.alias or node.name).value),
                extensions={"code": "undefinedField", "typeName": kind.name, "fieldName": name},
            )
        )


class _ArgumentsExist(ValidationRule):
    def enter_argument(
        self, node: ArgumentNode, key: object, parent: object, path: object, ancestors: Sequence[Any]
    ) -> VisitorAction:
        field = ancestors[-1] if ancestors else None
        if self.context.get_argument() is not None or self.context.get_field_def() is None:
            return None
        if not isinstance(field, FieldNode):
            return None
        name = node.name.value
        self.report_error(
            GraphQLError(
                f"Field '{field.name.value}' doesn't accept argument '{name}'",
                node,
                path=ruby_path(ancestors, name),
                extensions={
                    "code": "argumentNotAccepted",
                    "name": field.name.value,
                    "typeName": "Field",
                    "argumentName": name,
                },
            )
        )
        return SKIP


class _ArgumentsFit(ValidationRule):
    def enter_argument(
        self, node: ArgumentNode, key: object, parent: object, path: object, ancestors: Sequence[Any]
    ) -> VisitorAction:
        field = ancestors[-1] if ancestors else None
        kind = self.context.get_input_type()
        if kind is None or not isinstance(field, FieldNode) or _has_variable(node):
            return None
        if value_from_ast(node.value, kind) is Undefined:
            name = node.name.value
            self.report_error(
                GraphQLError(
                    f"Argument '{name}' on Field '{field.name.value}' has an invalid value "
                    f"({print_ast(node.value)}). Expected type '{kind}'.",
                    node,
                    path=ruby_path(ancestors, name),
                    extensions={
                        "code": "argumentLiteralsIncompatible",
                        "typeName": "Field",
                        "argumentName": name,
                    },
                )
            )
        return None


def _has_variable(node: Node) -> bool:
    found = False

    class Finder(Visitor):
        def enter_variable(self, node: VariableNode, *_: object) -> None:
            nonlocal found
            found = True

    visit(node, Finder())
    return found


_RULES: Final = (
    *(
        rule
        for rule in specified_rules
        if rule not in (FieldsOnCorrectTypeRule, KnownArgumentNamesRule, ValuesOfCorrectTypeRule)
    ),
    _FieldsExist,
    _ArgumentsExist,
    _ArgumentsFit,
)

# Sentences of graphql-core, and what graphql-ruby says instead, with its code.
_SENTENCES: Final = (
    (
        r"Field '(\w+)' of type '[\[\]!]*(\w+)[\[\]!]*' must have a selection",
        r"Field must have selections (field '\1' returns \2 but has no selections. Did you mean '\1 { ... }'?)",
        "selectionMismatch",
    ),
    (
        r"Field '(\w+)' must not have a selection since type '[\[\]!]*(\w+)[\[\]!]*' has no subfields",
        r"Selections can't be made on scalars (field '\1' returns \2 but has selections)",
        "selectionMismatch",
    ),
    (
        r"Argument '\w+\.(\w+)\((\w+):\)' of type '.*' is required",
        r"Field '\1' is missing required arguments: \2",
        "missingRequiredArguments",
    ),
    (
        r"Variable '\$(\w+)' is not defined by operation '(\w+)'",
        r"Variable $\1 is used by \2 but not declared",
        "variableNotDefined",
    ),
    (
        r"Variable '\$(\w+)' is never used in operation '(\w+)'",
        r"Variable $\1 is declared by \2 but not used",
        "variableNotUsed",
    ),
    (
        r"Variable '\$(\w+)' of type '(.+)' used in position expecting type '(.+)'",
        r"Type mismatch on variable $\1 (\2 / \3)",
        "variableMismatch",
    ),
    (r"Unknown type '(\w+)'", r"\1 isn't a defined input type or fragment condition", "undefinedType"),
    (r"Unknown fragment '(\w+)'", r"Fragment \1 was used, but not defined", "useAndDefineFragment"),
    (r"Fragment '(\w+)' is never used", r"Fragment \1 was defined, but not used", "useAndDefineFragment"),
)


def in_ruby(error: GraphQLError) -> dict[str, Any]:
    """Return an error in the form, and as far as they are known in the words, of graphql-ruby."""
    formatted: dict[str, Any] = dict(error.formatted)
    for pattern, sentence, code in _SENTENCES:
        found = re.match(pattern, error.message)
        if found is not None:
            formatted["message"] = found.expand(sentence)
            formatted.setdefault("extensions", {"code": code})
            break
    return formatted


def check(schema: GraphQLSchema, document: DocumentNode) -> list[dict[str, Any]]:
    """Return what is wrong with a document for this schema, as GitLab answers it."""
    return [in_ruby(error) for error in validate(schema, document, _RULES)]
