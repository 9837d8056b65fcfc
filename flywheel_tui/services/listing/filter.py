r"""The filter grammar: ``gpu forge:gitlab !status:online cpu>80 age<2h tag:nix /^build-\\d+$/``.

Terms are separated by spaces and all must hold. A bare word is searched in everything a row shows; ``field:text``
within one field; ``!`` in front turns a term round; ``field>n`` and ``field<n`` (also ``>=``, ``<=``, ``=``) compare
numbers, per cent, sizes (``1Gi``) and ages (``2h``); ``/…/`` is a regular expression (RE2: its time grows with the text
alone, so no pattern can freeze the console). Case does not matter. A field is named by its name or by the beginning of
no other (``mem>80``). A term on
an unknown value holds only for ``field:unknown``, or ``field:–``: what nobody knows is neither above nor below a bound.
A term that is still being typed (``cpu>``, ``/build-``, ``!``) is refused as unfinished, so that the rows stay.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from flywheel_tui.domain.clock import age_seconds
from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.quantity import parse_quantity
from flywheel_tui.domain.record import Record
from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.field import Cell, Field, FieldType

R = TypeVar("R", bound=Row)

_COMPARISON: Final = re.compile(r"([a-z_]+)(>=|<=|>|<|=)(.+)", re.IGNORECASE)
_BOUNDLESS: Final = re.compile(r"!?([a-z_]+)(?:>=?|<=?|=)", re.IGNORECASE)
_AGE: Final = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")
_AGE_UNITS: Final = (604_800, 86_400, 3_600, 60, 1)
_UNKNOWN_WORDS: Final = frozenset({"unknown", "–", "-"})
_LONGEST_PATTERN: Final = 200
_BEYOND_A_LINE: Final = re.compile(r"\\[AzCQ]|\(\?[^:P<]")
"""In patterns that mean another thing in a text of several lines, or in one in lower case."""
_LOWER_IS_LONGER: Final = "İ".lower().encode()
"""The only letter that is two in lower case."""

Test = Callable[[R, datetime], bool]
Searched = Callable[[R, datetime], bytes]
"""Returns what :func:`searched_text` does, for callers that keep it."""


Find = Callable[[str], Iterator[tuple[int, int]]]
"""Finds a term in a displayed text, as spans of characters."""


class Sought(Record, frozen=True):
    """What a positive term looks for.

    Attributes:
        field: The only field it looks in; None looks in all.
    """

    field: str | None
    find: Find


class Filter(Record, Generic[R], frozen=True):
    """A parsed filter.

    Attributes:
        terms: All must hold.
        sought: What the positive terms look for, to show where they matched.
    """

    text: str
    terms: tuple[Test[R], ...]
    sought: tuple[Sought, ...] = ()

    def matches(self, row: R, now: datetime) -> bool:
        """Return whether all terms hold for the row."""
        for term in self.terms:  # noqa: SIM110 - all() costs more than a term, on each of all rows
            if not term(row, now):
                return False
        return True

    def found(self, name: str, text: str) -> tuple[tuple[int, int], ...]:
        """Return where positive terms matched, as spans of characters that neither overlap nor touch, in order.

        Args:
            name: A field's name.
            text: What the field shows.
        """
        spans = [
            span
            for sought in self.sought
            if sought.field in (None, name)
            for span in sought.find(text)
            if span[0] < span[1]
        ]
        return _merged(spans) if len(spans) > 1 else tuple(spans)


def parse_filter(text: str, fields: Sequence[Field[R]], searched: Searched[R] | None = None) -> Filter[R]:
    """Return the filter that ``text`` describes.

    Args:
        text: The terms.
        fields: What a row shows.
        searched: Gives a row's :func:`searched_text`, where the caller keeps it: making it is what a bare word costs.

    Raises:
        UsageError: A field does not exist, a bound is not a number, a pattern is not a regular expression.
    """
    words = _words(text)
    terms = tuple(_term(word, fields, searched) for word in words)
    return Filter(text, terms, tuple(sought for word in words if (sought := _sought(word, fields)) is not None))


def named_field(name: str, fields: Sequence[Field[R]]) -> Field[R]:
    """Return the field of that name or column head, or the only one whose name begins like that.

    Raises:
        UsageError: There is none, or several begin like that; the message names the nearest.
    """
    lowered = name.lower()
    for field in fields:
        if field.name == lowered:
            return field
    # What people read over a column is what they type.
    headed = [field for field in fields if lowered == field.title.lower().rstrip("%")]
    if len(headed) == 1:
        return headed[0]
    beginning = [field for field in fields if lowered and field.name.startswith(lowered)]
    if len(beginning) == 1:
        return beginning[0]
    names = [field.name for field in beginning or fields]
    near = [] if beginning else difflib.get_close_matches(lowered, names, n=1)
    raise UsageError(
        f"There is no field {name}.",
        next_step=f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}.",
    )


def searched_text(row: R, fields: Sequence[Field[R]], now: datetime) -> bytes:
    """Return everything that a row shows in lower case, each field on a line of its own: what words look in.

    It is UTF-8, which takes half the room of a text with a single ``–`` in it, and which RE2 reads as it is.
    """
    return "\n".join([field.show(row, now) for field in fields]).lower().encode(errors="surrogatepass")


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
    _refuse_unfinished(word, fields)
    if word.startswith("!"):
        inner = _term(word[1:], fields, searched)
        return lambda row, now: not inner(row, now)
    name, colon, wanted = word.partition(":")
    if colon and name.isidentifier():
        return _in_field(named_field(name, fields), wanted)
    comparison = _COMPARISON.fullmatch(word)
    if comparison is not None:
        return _compare(named_field(comparison[1], fields), comparison[2], comparison[3])
    pattern = _pattern(word)

    def in_any_field(row: R, now: datetime) -> bool:
        return any(pattern(field.show(row, now)) for field in fields)

    return in_any_field if searched is None else _in_kept_text(word, len(fields), searched, in_any_field)


def _in_kept_text(word: str, fields: int, searched: Searched[R], in_any_field: Test[R]) -> Test[R]:
    """Return what finds a word, or a pattern, in the kept text, and looks field by field only where it must."""
    if not _is_pattern(word):
        lowered = word.lower().encode(errors="surrogatepass")
        return lambda row, now: lowered in searched(row, now)
    if _BEYOND_A_LINE.search(word):
        return in_any_field
    compiled = _compiled(word, by_line=True)

    def in_a_line(row: R, now: datetime) -> bool:
        text = searched(row, now)
        if text.count(b"\n") != fields - 1 or _LOWER_IS_LONGER in text:
            return in_any_field(row, now)
        return compiled.search(text) is not None

    return in_a_line


def _refuse_unfinished(word: str, fields: Sequence[Field[R]]) -> None:
    """Raise where a word is the beginning of a term: taken as it is, it would hide all rows while it is typed."""
    if word == "!":
        raise UsageError("! needs a term.", next_step="Write !online or !forge:github.")
    name, colon, wanted = word.partition(":")
    pattern = wanted if colon and name.isidentifier() else word
    if pattern.startswith("/") and not _is_pattern(pattern):
        raise UsageError(f"{pattern} has no end.", next_step="Write a regular expression as /…/.")
    bound = _BOUNDLESS.fullmatch(word)
    field = next((field for field in fields if bound is not None and field.name.startswith(bound[1].lower())), None)
    if field is not None:
        example = {FieldType.TIME: "2h", FieldType.DURATION: "30s"}.get(field.type, "80")
        raise UsageError(f"{word} needs a value.", next_step=f"Write {word}{example}.")


def _sought(word: str, fields: Sequence[Field[R]]) -> Sought | None:
    """Return what a word looks for, or None where it excludes or compares: then no part of a text is what matched."""
    if word.startswith("!"):
        return None
    name, colon, wanted = word.partition(":")
    if colon and name.isidentifier():
        field = named_field(name, fields)
        if wanted.lower() in _UNKNOWN_WORDS or not wanted:
            return None
        if field.type is FieldType.WORDS and not wanted.startswith("/"):
            return Sought(field.name, _finder(rf"(?<![^,]){re.escape(wanted)}(?![^,])"))
        return Sought(field.name, _find_pattern(wanted))
    comparison = _COMPARISON.fullmatch(word)
    if comparison is not None:
        field = named_field(comparison[1], fields)
        of_text = field.type in {FieldType.TEXT, FieldType.WORDS, FieldType.FLAG}
        return Sought(field.name, _finder(rf"\A{re.escape(comparison[3])}\Z")) if of_text else None
    return Sought(None, _find_pattern(word))


def literally(word: str) -> Find:
    """Return what finds a text as it stands; only case does not matter."""
    return _finder(re.escape(word))


def _find_pattern(word: str) -> Find:
    if not _is_pattern(word):
        return literally(word)
    compiled = _compiled(word)
    return lambda text: (match.span() for match in compiled.finditer(text))


def _finder(pattern: str) -> Find:
    # Only for patterns made here, which cannot backtrack; those of people are RE2's.
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: (match.span() for match in compiled.finditer(text))


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


def _is_pattern(word: str) -> bool:
    return len(word) > 2 and word.startswith("/") and word.endswith("/")


def _pattern(word: str) -> Callable[[str], bool]:
    if _is_pattern(word):
        compiled = _compiled(word)
        return lambda shown: compiled.search(shown) is not None
    lowered = word.lower()
    return lambda shown: lowered in shown.lower()


def _compiled(word: str, *, by_line: bool = False) -> Any:  # noqa: ANN401 - google-re2 has no types
    """Return a pattern; ``by_line`` for a text in which each line is searched on its own."""
    if len(word) > _LONGEST_PATTERN:
        raise UsageError(f"The pattern is longer than {_LONGEST_PATTERN} characters.")
    # Before the first frame nobody has typed a pattern.
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_nl = by_line
    try:
        return re2.compile(f"(?m){word[1:-1]}" if by_line else word[1:-1], options=options)
    except re2.error as error:
        raise UsageError(f"{word} is not a regular expression: {_reason(error)}.") from error


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
