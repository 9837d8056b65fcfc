"""Shelves to tables: what of a whole cluster is the fleet's, rebuilt only where something changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flywheel_tui.domain.feed import Tables
from flywheel_tui.domain.row import Row
from flywheel_tui.sources.kubernetes.resources import Keep
from flywheel_tui.sources.kubernetes.shelf import Shelf, namespace_of


class Picture:
    """Builds tables from the same shelves again and again.

    A table whose shelves did not change is the very same object as before, so a reader that compares sees it at once.

    Args:
        shelves: What is known, kept current by others.
        namespaces: Where everything counts as the fleet's.
    """

    def __init__(self, shelves: Sequence[Shelf], namespaces: frozenset[str]) -> None:
        self._shelves = shelves
        self._near = namespaces
        self._built: dict[type[Row], tuple[object, Mapping[str, Row]]] = {}

    def tables(self) -> Tables:
        """Return all rows as they are now; later changes of the shelves do not show in it."""
        by_row: dict[type[Row], list[Shelf]] = {}
        for shelf in self._shelves:
            by_row.setdefault(shelf.resource.row, []).append(shelf)
        whole = {
            row: self._table(row, shelves)
            for row, shelves in by_row.items()
            if shelves[0].resource.keep is not Keep.NEAR
        }
        # Once the fleet was seen in a namespace, that stays its home: a job namespace is empty between two jobs, and
        # its quota matters just then.
        for row in whole:
            for shelf in by_row[row]:
                if not shelf.namespaces <= self._near:
                    self._near |= shelf.namespaces
        near = {
            row: self._table(row, shelves, self._near)
            for row, shelves in by_row.items()
            if shelves[0].resource.keep is Keep.NEAR
        }
        return {**whole, **near}

    def _table(self, row: type[Row], shelves: Sequence[Shelf], near: frozenset[str] | None = None) -> Mapping[str, Row]:
        state = (tuple(shelf.changes for shelf in shelves), near)
        before = self._built.get(row)
        if before is not None and before[0] == state:
            return before[1]
        table: dict[str, Row] = {}
        for shelf in shelves:
            if near is None:
                table.update(shelf.rows)
            else:
                table.update({key: item for key, item in shelf.rows.items() if namespace_of(item) in near})
        self._built[row] = (state, table)
        return table
