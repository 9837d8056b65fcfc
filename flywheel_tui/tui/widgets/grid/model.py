"""What a grid shows, without a screen: the rows in order, filtered, and a cursor bound to a row's key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from flywheel_tui.domain.fleet import KeyChange
from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.field import Kind
from flywheel_tui.services.listing.filter import Filter, searched_text
from flywheel_tui.services.listing.order import sort_rows

R = TypeVar("R", bound=Row)

_TEXTS_KEPT: Final = timedelta(minutes=1)
"""How long the text of a row is searched as it was: it shows ages."""

Predicate = Callable[[R], bool]


@dataclass(frozen=True)
class Shown:
    """What a change of the rows did to what is shown.

    Attributes:
        moved: Whether rows stand in other places; else only ``changed`` ones look different.
        changed: Keys of shown rows whose values changed.
        vanished: Key of the row that was under the cursor, where it is gone.
    """

    moved: bool
    changed: frozenset[str] = frozenset()
    vanished: str | None = None


class GridModel(Generic[R]):
    """Rows in order, narrowed to those wanted.

    Sorting and filtering happen when their results can differ, not when a screen draws: a change that touches neither
    the sorted fields nor the set of rows costs what the changed rows cost.

    Args:
        kind: What the rows are.
    """

    def __init__(self, kind: Kind[R]) -> None:
        self.kind = kind
        self.rows: Mapping[str, R] = {}
        self.order: tuple[str, ...] = kind.default_sort
        self.filter: Filter[R] | None = None
        self._predicates: dict[str, Predicate[R]] = {}
        self._sorted: list[str] = []
        self._wanted: set[str] | None = None
        self._shown: list[str] = []
        self._places: dict[str, int] | None = None
        self._cursor = 0
        self._cursor_key: str | None = None
        self._texts: dict[str, tuple[R, str]] = {}
        self._texts_at: datetime | None = None

    def __len__(self) -> int:
        return len(self._shown)

    @property
    def cursor(self) -> int:
        """Return the index of the row under the cursor; 0 where there is none."""
        return self._cursor

    @property
    def row(self) -> R | None:
        """Return the row under the cursor."""
        return self.rows[self._shown[self._cursor]] if self._shown else None

    def row_at(self, index: int) -> R:
        """Return the row shown at ``index``."""
        return self.rows[self._shown[index]]

    def place_of(self, key: str) -> int | None:
        """Return the index at which a row is shown, or None where it is not."""
        if self._places is None:
            self._places = {shown: index for index, shown in enumerate(self._shown)}
        return self._places.get(key)

    def show(
        self, rows: Mapping[str, R], now: datetime, change: KeyChange | None = None, *, hold: bool = True
    ) -> Shown:
        """Take the rows of a new picture.

        Args:
            rows: All rows by key.
            now: The time, for filters on ages.
            change: What differs from the rows shown before; None where that is not known.
            hold: Keep the cursor on its row; else it stays at its place, for a list that is still filling.
        """
        before = self.rows
        if change is None:
            change = difference(before, rows)
        under = self._shown[self._cursor] if self._shown else None
        self.rows = rows
        if change.added or change.removed or self._order_touched(before, change.changed):
            self._sorted = [row.key for row in sort_rows(rows.values(), self.kind, self.order)]
            self._filter_all(now)
            self._restore(hold=hold)
            vanished = under if hold and under in change.removed else None
            return Shown(moved=True, changed=change.changed, vanished=vanished)
        if self._wanted is not None and self._filter_some(change.changed, now):
            self._restore(hold=hold)
            return Shown(moved=True, changed=change.changed)
        return Shown(moved=False, changed=change.changed)

    def sort(self, order: Sequence[str], now: datetime) -> None:
        """Order the rows by the named fields, most important first.

        Raises:
            UsageError: There is no such field; the order stays as it was.
        """
        self._sorted = [row.key for row in sort_rows(self.rows.values(), self.kind, order)]
        self.order = tuple(order)
        self._filter_all(now)
        self._restore()

    def narrow(self, name: str, predicate: Predicate[R] | None, now: datetime) -> None:
        """Show only rows that ``predicate`` accepts, beside the filter; None takes the named predicate away."""
        self._predicates.pop(name, None)
        if predicate is not None:
            self._predicates[name] = predicate
        self.reapply(now)

    def set_filter(self, wanted: Filter[R] | None, now: datetime) -> None:
        """Show only rows that match."""
        self.filter = wanted
        self.reapply(now)

    def searched(self, row: R, now: datetime) -> str:
        """Return the text that bare words of a filter look in; it is kept for a row that stays as it is."""
        if self._texts_at is None or now - self._texts_at > _TEXTS_KEPT:
            self._texts.clear()
            self._texts_at = now
        known = self._texts.get(row.key)
        if known is not None and known[0] is row:
            return known[1]
        text = searched_text(row, self.kind.fields, now)
        self._texts[row.key] = row, text
        return text

    def reapply(self, now: datetime) -> bool:
        """Filter all rows anew and return whether other rows are shown: filters on ages depend on the time."""
        before = self._shown
        self._filter_all(now)
        self._restore()
        return self._shown != before

    def move(self, index: int) -> None:
        """Put the cursor on the row shown at ``index``, or on the nearest there is."""
        self._cursor = max(0, min(index, len(self._shown) - 1))
        self._cursor_key = self._shown[self._cursor] if self._shown else None

    def _order_touched(self, before: Mapping[str, R], changed: frozenset[str]) -> bool:
        fields = [field for word in self.order if (field := self.kind.field(word.lstrip("+-"))) is not None]
        return any(field.sort_key(before[key]) != field.sort_key(self.rows[key]) for key in changed for field in fields)

    def _accepts(self, row: R, now: datetime) -> bool:
        return all(predicate(row) for predicate in self._predicates.values()) and (
            self.filter is None or self.filter.matches(row, now)
        )

    def _filter_all(self, now: datetime) -> None:
        self._places = None
        if self.filter is None and not self._predicates:
            self._wanted = None
            self._shown = self._sorted
            return
        self._shown = [key for key in self._sorted if self._accepts(self.rows[key], now)]
        self._wanted = set(self._shown)

    def _filter_some(self, keys: frozenset[str], now: datetime) -> bool:
        wanted = self._wanted or set()
        accepted = {key for key in keys if self._accepts(self.rows[key], now)}
        if accepted == wanted & keys:
            return False
        self._wanted = (wanted - keys) | accepted
        self._shown = [key for key in self._sorted if key in self._wanted]
        self._places = None
        return True

    def _restore(self, *, hold: bool = True) -> None:
        """Put the cursor back on its row, or on the nearest."""
        key = self._cursor_key if hold else None
        place = self.place_of(key) if key is not None else None
        if place is not None:
            self._cursor = place
            return
        self._cursor = max(0, min(self._cursor, len(self._shown) - 1))
        # A row that only the filter hides stays the one the cursor belongs to, and gets it back with the filter gone.
        if key is None or key not in self.rows:
            self._cursor_key = self._shown[self._cursor] if self._shown else None


def difference(before: Mapping[str, R], after: Mapping[str, R]) -> KeyChange:
    """Return what differs between two sets of rows, by key."""
    if before is after:
        return KeyChange()
    return KeyChange(
        added=frozenset(key for key in after if key not in before),
        changed=frozenset(key for key, row in after.items() if key in before and before[key] != row),
        removed=frozenset(key for key in before if key not in after),
    )
