"""What a line at a prompt could become: commands and what they take, fields of a filter and their values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.field import Field, FieldType
from flywheel_tui.services.listing.filter import named_field
from flywheel_tui.tui.command import CommandName, Takes, named
from flywheel_tui.tui.widgets.prompt import Complete

Words = Mapping[Takes, Callable[[], Iterable[str]]]
"""What each kind of word can be here, read when it is asked for."""

_MOST: Final = 200
_COMPARED: Final = frozenset(FieldType) - {FieldType.TEXT, FieldType.WORDS, FieldType.FLAG}


def complete_command(
    text: str, commands: Sequence[CommandName], words: Words, of_filter: Mapping[str, Complete]
) -> list[str]:
    """Return the command lines that begin like ``text``.

    Args:
        text: A command line, perhaps not whole.
        commands: All commands.
        words: What can follow them.
        of_filter: Completes filters, by the name of the command that takes one.
    """
    word, space, rest = text.lstrip().partition(" ")
    if not space:
        return _beginning(word, (command.name for command in commands))
    try:
        command = named(word, commands)
    except UsageError:
        return []
    before = f"{word} "
    if command.takes is Takes.FILTER:
        complete = of_filter.get(command.name)
        return [before + line for line in complete(rest)] if complete is not None else []
    if command.takes is Takes.FIELD and " " in rest.lstrip():
        field, _, direction = rest.lstrip().partition(" ")
        return [f"{before}{field} {found}" for found in _beginning(direction, ("asc", "desc"))]
    known = words.get(command.takes)
    # Scopes are several names separated by commas, each perhaps with a `!`.
    done, mark = _before_last_name(rest) if command.takes is Takes.SCOPE else ("", rest)
    return [f"{before}{done}{found}" for found in _beginning(mark, sorted(set(known())))] if known is not None else []


def complete_filter(text: str, fields: Sequence[Field[Any]], rows: Callable[[], Iterable[Row]]) -> list[str]:
    """Return the filters that begin like ``text``: its last word completed to a field, or to one of its values.

    Args:
        text: A filter, perhaps not whole.
        fields: What the rows show.
        rows: The rows, whose values are offered.
    """
    before, space, last = text.rpartition(" ")
    before += space
    if last.startswith("!"):
        before, last = f"{before}!", last[1:]
    name, colon, value = last.partition(":")
    if not colon:
        return [before + found for found in _beginning(name, map(_as_begun, fields))]
    try:
        field = named_field(name, fields)
    except UsageError:
        return []
    return [f"{before}{name}:{found}" for found in _beginning(value, _values(field, rows()))]


def _as_begun(field: Field[Any]) -> str:
    """Return how a term on a field begins: what is counted or measured is compared."""
    return f"{field.name}>" if field.type in _COMPARED else f"{field.name}:"


def _values(field: Field[Any], rows: Iterable[Row]) -> list[str]:
    """Return the texts that rows have in a field and that can be typed as one word."""
    found: set[str] = set()
    for row in rows:
        value = field.value(row)
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, tuple):
            found.update(value)
    return sorted(value for value in found if value and not any(character.isspace() for character in value))


def _beginning(text: str, words: Iterable[str]) -> list[str]:
    lowered = text.lower()
    return [word for word in words if word.lower().startswith(lowered)][:_MOST]


def _before_last_name(text: str) -> tuple[str, str]:
    place = max(text.rfind(","), text.rfind("!")) + 1
    return text[:place], text[place:]
