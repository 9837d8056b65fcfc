r"""The filter grammar: ``gpu forge:gitlab !status:online cpu>80 age<2h tag:nix /^build-\\d+$/``.

Terms are separated by spaces and all must hold. A bare word is searched in everything a row shows; ``field:text``
within one field; ``!`` in front turns a term round; ``field>n`` and ``field<n`` (also ``>=``, ``<=``, ``=``) compare
numbers, per cent, sizes (``1Gi``) and ages (``2h``); ``/…/`` is a regular expression (RE2: its time grows with the text
alone, so no pattern can freeze the console). Case does not matter. A term on
an unknown value holds only for ``field:unknown``, or ``field:–``: what nobody knows is neither above nor below a bound.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

import re2

from flywheel_tui.domain.clock import age_seconds
from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.quantity import parse_quantity
from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.field import Cell, Field, FieldType

R = TypeVar("R", bound=Row)

_COMPARISON: Final = re.compile(r"([a-z_]+)(>=|<=|>|<|=)(.+)", re.IGNORECASE)
_AGE: Final = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")
_AGE_UNITS: Final = (604_800, 86_400, 3_600, 60, 1)
_UNKNOWN_WORDS: Final = frozenset({"unknown", "–", "-"})
_LONGEST_PATTERN: Final = 200

Test = Callable[[R, datetime], bool]
Searched = Callable[[R, datetime], str]
"""Returns what :func:`searched_text` does, for callers that keep it."""


@dataclass(frozen=True)
class Filter(Generic[R]):
    """A parsed filter."""

    text: str
    terms: tuple[Test[R], ...]

    def matches(self, row: R, now: datetime) -> bool:
        """Return whether all terms hold for the row."""
        return all(term(row, now) for term in self.terms)


def parse_filter(text: str, fields: Sequence[Field[R]], searched: Searched[R] | None = None) -> Filter[R]:
    """Return the filter that ``text`` describes.

    Args:
        text: The terms.
        fields: What a row shows.
        searched: Gives a row's :func:`searched_text`, where the caller keeps it: making it is what a bare word costs.

    Raises:
        UsageError: A field does not exist, a bound is not a number, a pattern is not a regular expression.
    """
    return Filter(text, tuple(_term(word, fields, searched) for word in _words(text)))


def searched_text(row: R, fields: Sequence[Field[R]], now: datetime) -> str:
    """Return everything that a row shows in lower case, each field on a line of its own: what bare words look in."""
    return "\n".join(field.show(row, now) for field in fields).lower()


def parse_age(text: str) -> float:
    """Return the seconds of an age such as ``90s``, ``2h``, ``1d12h`` or plain ``300``.

    Raises:
        UsageError: It is not one.
    """
    match = _AGE.fullmatch(text.strip().lower())
    if match is None or not any(match.groups()):
        raise UsageError(f"{text!r} is not an age.", next_step="Write 90s, 2h or 3d.")
    return float(sum(int(count or 0) * unit for count, unit in zip(match.groups(), _AGE_UNITS, strict=True)))


def _words(text: str) -> list[str]:
    """Split at spaces, but not within ``/…/``: a pattern may hold spaces."""
    return re.findall(r"!?(?:[a-z_]+:)?/(?:\\.|[^/\\])+/(?=\s|$)|\S+", text, re.IGNORECASE)


def _term(word: str, fields: Sequence[Field[R]], searched: Searched[R] | None) -> Test[R]:
    if word.startswith("!") and len(word) > 1:
        inner = _term(word[1:], fields, searched)
        return lambda row, now: not inner(row, now)
    name, colon, wanted = word.partition(":")
    if colon and name.isidentifier():
        return _in_field(_field(name, fields), wanted)
    comparison = _COMPARISON.fullmatch(word)
    if comparison is not None:
        return _compare(_field(comparison[1], fields), comparison[2], comparison[3])
    if searched is not None and not _is_pattern(word):
        lowered = word.lower()
        return lambda row, now: lowered in searched(row, now)
    pattern = _pattern(word)
    return lambda row, now: any(pattern(field.show(row, now)) for field in fields)


def _field(name: str, fields: Sequence[Field[R]]) -> Field[R]:
    for field in fields:
        if field.name == name.lower():
            return field
    names = [field.name for field in fields]
    near = difflib.get_close_matches(name.lower(), names, n=1)
    raise UsageError(
        f"There is no field {name}.",
        next_step=f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}.",
    )


def _is_pattern(word: str) -> bool:
    return len(word) > 2 and word.startswith("/") and word.endswith("/")


def _pattern(word: str) -> Callable[[str], bool]:
    if _is_pattern(word):
        if len(word) > _LONGEST_PATTERN:
            raise UsageError(f"The pattern is longer than {_LONGEST_PATTERN} characters.")
        options = re2.Options()
        options.case_sensitive = False
        options.log_errors = False
        try:
            compiled = re2.compile(word[1:-1], options=options)
        except re2.error as error:
            raise UsageError(f"{word} is not a regular expression: {_reason(error)}.") from error
        return lambda shown: compiled.search(shown) is not None
    lowered = word.lower()
    return lambda shown: lowered in shown.lower()


def _reason(error: Exception) -> str:
    """Return what RE2 says, which it says in bytes."""
    said = error.args[0] if error.args else b""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)


def _in_field(field: Field[R], wanted: str) -> Test[R]:
    if wanted.lower() in _UNKNOWN_WORDS:
        return lambda row, now: field.value(row) in (None, "unknown")
    if field.type is FieldType.WORDS and not wanted.startswith("/"):
        lowered = wanted.lower()

        def has_word(row: R, now: datetime) -> bool:
            value = field.value(row)
            return isinstance(value, tuple) and any(word.lower() == lowered for word in value)

        return has_word
    pattern = _pattern(wanted)

    def contains(row: R, now: datetime) -> bool:
        return field.value(row) is not None and pattern(field.show(row, now))

    return contains


def _compare(field: Field[R], operator: str, bound_text: str) -> Test[R]:
    if field.type in {FieldType.TEXT, FieldType.WORDS, FieldType.FLAG}:
        if operator == "=":
            lowered = bound_text.lower()
            return lambda row, now: field.value(row) is not None and field.show(row, now).lower() == lowered
        raise UsageError(f"{field.name} is text: it has no order.", next_step=f"Write {field.name}:{bound_text}.")
    bound = _bound(field, bound_text)
    compare = _OPERATORS[operator]

    def test(row: R, now: datetime) -> bool:
        value = _number(field.value(row), field.type, now)
        return value is not None and compare(value, bound)

    return test


_OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    ">": lambda value, bound: value > bound,
    "<": lambda value, bound: value < bound,
    ">=": lambda value, bound: value >= bound,
    "<=": lambda value, bound: value <= bound,
    "=": lambda value, bound: value == bound,
}


def _bound(field: Field[R], text: str) -> float:
    if field.type in {FieldType.TIME, FieldType.DURATION}:
        return parse_age(text)
    try:
        return float(parse_quantity(text.removesuffix("%")))
    except ValueError as error:
        raise UsageError(f"{text!r} is not a number to compare {field.name} with.") from error


def _number(value: Cell, kind: FieldType, now: datetime) -> float | None:
    if isinstance(value, datetime):
        return age_seconds(value, now)
    if isinstance(value, int | float):
        return value * 100 if kind is FieldType.PERCENT else float(value)
    return None
