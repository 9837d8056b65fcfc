"""Sorting lists by one or several fields, whole or one row at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.field import Cell, Field, Kind

R = TypeVar("R", bound=Row)

SortKey = tuple[Any, ...]
"""Orders a row among all others of its list; no two rows have the same, and the last element is the row's own key."""

_TURNED: Final = bytes((254 - byte) % 256 for byte in range(256))
_END: Final = b"\xff"


def sort_rows(rows: Iterable[R], kind: Kind[R], by: Sequence[str]) -> list[R]:
    """Return the rows ordered by the named fields, most important first; equal rows by key, so the order is total.

    Args:
        rows: The rows.
        kind: What they are.
        by: Field names; ``-name`` is descending, ``+name`` ascending, a bare name in the field's own first direction.

    Raises:
        UsageError: There is no such field.
    """
    ordered = sorted(rows, key=lambda row: row.key)
    for field, descending in reversed(_fields(kind, by)):
        paired = [(row, _comparable(field.sort_key(row))) for row in ordered]
        known = [pair for pair in paired if pair[1] is not None]
        known.sort(key=lambda pair: pair[1], reverse=descending)
        ordered = [row for row, _ in known] + [row for row, key in paired if key is None]
    return ordered


def sort_key(kind: Kind[R], by: Sequence[str]) -> Callable[[R], SortKey]:
    """Return what gives a row's place: rows in the order of these keys stand as :func:`sort_rows` puts them.

    A list that is already sorted takes a row in by looking for its key, without sorting again.

    Args:
        kind: What the rows are.
        by: As for :func:`sort_rows`.

    Raises:
        UsageError: There is no such field.
    """
    parts = [(field.sort or field.value, descending) for field, descending in _fields(kind, by)]

    def key_of(row: R) -> SortKey:
        key: list[Any] = []
        for read, descending in parts:
            value = _comparable(read(row))
            if value is None:
                # Unknown goes last in either direction.
                key += (True, 0)
            else:
                key += (False, _turned(value) if descending else value)
        key.append(row.key)
        return tuple(key)

    return key_of


def _fields(kind: Kind[R], by: Sequence[str]) -> list[tuple[Field[R], bool]]:
    """Return the named fields, and whether each is descending."""
    found = []
    for word in by:
        name = word.lstrip("+-")
        field = kind.field(name)
        if field is None:
            names = ", ".join(field.name for field in kind.fields)
            raise UsageError(f"{kind.name} have no field {name}.", next_step=f"There are {names}.")
        found.append((field, word.startswith("-") or (field.descending and not word.startswith("+"))))
    return found


def _comparable(value: Cell) -> Any:  # noqa: ANN401 - one type within a field, any over all fields
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, datetime):
        # Ages are what people read: the youngest age is the latest time.
        return -value.timestamp()
    # What is no number is neither above nor below another: as good as unknown.
    return None if value != value else value


def _turned(value: Any) -> Any:  # noqa: ANN401 - as _comparable
    """Return what compares the other way round, so that one ascending key serves fields of both directions.

    A text becomes its UTF-8 bytes, which order as its characters do, each counted from the end of the range. No byte
    of UTF-8 is 255: as the last one it puts a text after the longer ones that begin with it.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass").translate(_TURNED) + _END
    if isinstance(value, tuple):
        return (*map(_turned, value), _END + _END)
    return -value
