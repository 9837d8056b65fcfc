"""A field of a listed thing: one definition for the grid, the table, CSV, filters and sorting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from flywheel_tui.domain.clock import age_seconds, short_age
from flywheel_tui.domain.fleet import Fleet
from flywheel_tui.domain.record import Record
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.services.listing import format as shown

R = TypeVar("R", bound=Row)

Cell = str | int | float | bool | datetime | tuple[str, ...] | None
"""A field's typed value. None is unknown."""


class FieldType(StrEnum):
    """How a field's value is shown and compared."""

    TEXT = "text"
    WORDS = "words"
    """Several texts, each matched whole by a filter: tags, groups."""
    COUNT = "count"
    PERCENT = "percent"
    """A share from 0 to 1, shown and compared as per cent."""
    CORES = "cores"
    BYTES = "bytes"
    TIME = "time"
    """An instant, shown and compared as its age."""
    DURATION = "duration"
    """Seconds."""
    FLAG = "flag"


class Field(Record, Generic[R], frozen=True, kw_only=True):
    """One field.

    Attributes:
        name: What filters and sorts call it.
        title: The column head.
        value: Reads the typed value from a row.
        text: Shows a row's value where the type's own form is not it.
        sort: What to sort by where it is not the value (severity words, versions).
        wide: Shown in tables only with ``-o wide``.
        descending: Whether the first sort shows the largest first.
    """

    name: str
    title: str
    help: str
    value: Callable[[R], Cell]
    type: FieldType = FieldType.TEXT
    text: Callable[[R], str] | None = None
    sort: Callable[[R], Cell] | None = None
    wide: bool = False
    descending: bool = False

    def show(self, row: R, now: datetime) -> str:
        """Return the row's value as the text of a cell; unknown is ``–``."""
        if self.text is not None:
            return self.text(row)
        return show_value(self.value(row), self.type, now)

    def sort_key(self, row: R) -> Cell:
        """Return what to order the row by; None sorts last in either direction."""
        return self.sort(row) if self.sort is not None else self.value(row)


def show_value(value: Cell, kind: FieldType, now: datetime) -> str:
    """Return a typed value as the text of a cell; unknown is ``–``."""
    if value is None:
        return shown.UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return short_age(age_seconds(value, now))
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, str):
        return value or shown.UNKNOWN
    match kind:
        case FieldType.PERCENT:
            return shown.percent(value)
        case FieldType.CORES:
            return shown.cores(value)
        case FieldType.BYTES:
            return shown.size(value)
        case FieldType.DURATION:
            return short_age(value)
        case _:
            return f"{value:g}" if isinstance(value, float) else str(value)


class Kind(Record, Generic[R], frozen=True, kw_only=True):
    """A kind of thing that can be listed.

    Attributes:
        name: Plural, as commands say it: ``runners``.
        singular: As ``-o name`` prints it: ``runner``.
        aliases: Other names that commands take.
        rows: Picks the rows from the fleet, by key.
        label: The row's name for people.
        fields: In the order of the columns.
        default_sort: Field names, most important first; a leading ``-`` is descending.
        noun: What rows are called in a sentence, in the plural, where that is not the name.
        told_by: Rows of sources that these come from: without a table of any of them nobody told whether there are any.
            Empty for what is worked out from whatever there is.
    """

    name: str
    singular: str
    aliases: tuple[str, ...]
    help: str
    rows: Callable[[Fleet], Mapping[str, R]]
    label: Callable[[R], str]
    fields: tuple[Field[R], ...]
    default_sort: tuple[str, ...]
    told_by: tuple[type[Row], ...] = ()
    noun: str = ""

    @property
    def things(self) -> str:
        """Return what rows are called in a sentence, in the plural."""
        return self.noun or self.name

    def known(self, snapshot: Snapshot) -> bool:
        """Return whether some source has told what there is, even if there is nothing."""
        return not self.told_by or any(row in feed.tables for feed in snapshot.feeds.values() for row in self.told_by)

    def field(self, name: str) -> Field[R] | None:
        """Return the field of that name, or None."""
        return next((field for field in self.fields if field.name == name), None)
