"""The syntax tree that the evaluator walks: PromQL without its syntax. Times and durations are whole milliseconds."""

from __future__ import annotations

from typing import Literal

import msgspec

from flywheel_tui.simulator.prometheus.evaluator.matching import Matcher

Instant = int | Literal["start", "end"]
"""What an `@` modifier names: a time, or an end of the query's range."""


class Number(msgspec.Struct, frozen=True):
    """A number."""

    value: float


class Text(msgspec.Struct, frozen=True):
    """A string."""

    value: str


class Select(msgspec.Struct, frozen=True):
    """An instant vector selector."""

    matchers: tuple[Matcher, ...]
    offset: int = 0
    at: Instant | None = None


class Range(msgspec.Struct, frozen=True):
    """A range vector selector."""

    select: Select
    length: int


class Subquery(msgspec.Struct, frozen=True):
    """A subquery: `step` None means the default."""

    inner: Node
    length: int
    step: int | None
    offset: int = 0
    at: Instant | None = None


class Call(msgspec.Struct, frozen=True):
    """A function call."""

    function: str
    arguments: tuple[Node, ...]


class Aggregate(msgspec.Struct, frozen=True):
    """An aggregation. `without` tells what `labels` are: the labels to drop, or the only ones to keep."""

    operator: str
    inner: Node
    parameter: Node | None
    labels: tuple[str, ...]
    without: bool


class Match(msgspec.Struct, frozen=True):
    """How the elements of two vectors find each other.

    Attributes:
        labels: The labels of `on` or `ignoring`.
        on: Which of both.
        many: Which side may have several elements for one of the other (`left`, `right`), or neither (``).
        include: Labels of `group_left` or `group_right` that are taken from the side of the one.
    """

    labels: tuple[str, ...] = ()
    on: bool = False
    many: str = ""
    include: tuple[str, ...] = ()


class Binary(msgspec.Struct, frozen=True):
    """A binary operation; `as_bool` makes a comparison answer 0 or 1."""

    operator: str
    left: Node
    right: Node
    match: Match
    as_bool: bool = False


class Negate(msgspec.Struct, frozen=True):
    """A unary minus."""

    inner: Node


Node = Number | Text | Select | Range | Subquery | Call | Aggregate | Binary | Negate

_SCALAR_FUNCTIONS = frozenset(("scalar", "time", "pi"))


def kind(node: Node) -> str:
    """Return the type of a node's value: `scalar`, `string`, `vector` or `matrix`."""
    match node:
        case Number():
            return "scalar"
        case Text():
            return "string"
        case Range() | Subquery():
            return "matrix"
        case Call():
            return "scalar" if node.function in _SCALAR_FUNCTIONS else "vector"
        case Negate():
            return kind(node.inner)
        case Binary():
            return "scalar" if kind(node.left) == kind(node.right) == "scalar" else "vector"
        case _:
            return "vector"
