"""Sorting lists by one or several fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.field import Cell, Kind

R = TypeVar("R", bound=Row)


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
    for word in reversed(by):
        name = word.lstrip("+-")
        field = kind.field(name)
        if field is None:
            names = ", ".join(field.name for field in kind.fields)
            raise UsageError(f"{kind.name} have no field {name}.", next_step=f"There are {names}.")
        descending = word.startswith("-") or (field.descending and not word.startswith("+"))
        known = [(row, key) for row in ordered if (key := _comparable(field.sort_key(row))) is not None]
        unknown = [row for row in ordered if field.sort_key(row) is None]
        known.sort(key=lambda pair: pair[1], reverse=descending)
        ordered = [row for row, _ in known] + unknown
    return ordered


def _comparable(value: Cell) -> Any:  # noqa: ANN401 - one type within a field, any over all fields
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, datetime):
        # Ages are what people read: the youngest age is the latest time.
        return -value.timestamp()
    return value
