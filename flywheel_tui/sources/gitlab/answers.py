"""What the ``errors[]`` of a GraphQL answer mean: they come with HTTP 200, beside data or instead of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from flywheel_tui.domain.text import clean
from flywheel_tui.sources.gitlab.wire import GraphError, GraphErrors

# Codes of graphql-ruby for queries that do not fit the schema; the sentences are for servers that send no code.
_MISFIT_CODES: Final = frozenset(
    {
        "undefinedField",
        "undefinedType",
        "argumentNotAccepted",
        "argumentLiteralsIncompatible",
        "defaultValueInvalidType",
        "selectionMismatch",
        "variableMismatch",
    }
)
_MISFIT_WORDS: Final = re.compile(
    r"doesn't exist on type|doesn't accept argument|has an invalid value|Cannot query field|Unknown (?:argument|type)"
)
_COMPLEX_WORDS: Final = re.compile(r"exceeds max (?:complexity|depth)")
_DENIED_WORDS: Final = re.compile(r"does not exist or you don't have permission|not authorized|permission denied", re.I)
_SLOW_WORDS: Final = re.compile(r"timed out|timeout", re.I)


class Trouble(StrEnum):
    """What an error is about."""

    MISFIT = "misfit"
    """The query asks for something that this GitLab does not know."""
    TOO_COMPLEX = "too_complex"
    """The query costs more than GitLab allows."""
    TOO_SLOW = "too_slow"
    """GitLab gave up on the query."""
    DENIED = "denied"
    """The token may not see it, or it does not exist: GitLab does not tell which."""
    OTHER = "other"


class StepDownError(Exception):
    """This GitLab cannot answer the query of a tier; the next tier may do. Never leaves the source.

    Attributes:
        reason: Why, as a part of a sentence.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def trouble_of(error: GraphError) -> Trouble:
    """Return what one error is about."""
    code = error.extensions.code if error.extensions else None
    if code in _MISFIT_CODES or _MISFIT_WORDS.search(error.message):
        return Trouble.MISFIT
    if _COMPLEX_WORDS.search(error.message):
        return Trouble.TOO_COMPLEX
    if _DENIED_WORDS.search(error.message):
        return Trouble.DENIED
    if _SLOW_WORDS.search(error.message):
        return Trouble.TOO_SLOW
    return Trouble.OTHER


def first_of(errors: Sequence[GraphError], trouble: Trouble) -> GraphError | None:
    """Return the first error of a kind."""
    return next((error for error in errors if trouble_of(error) is trouble), None)


def gave_up(content: bytes) -> bool:
    """Return whether the body of a refusal says that GitLab gave up on the query: its database took too long."""
    try:
        answer = msgspec.json.decode(content, type=GraphErrors)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return first_of(answer.errors or (), Trouble.TOO_SLOW) is not None


def sentence(errors: Sequence[GraphError]) -> str:
    """Return what the errors say, short and safe to show."""
    text = clean(errors[0].message).strip() if errors else ""
    more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
    return f"{text[:200] or 'an error without a message'}{more}"
