"""The rows of one resource in one namespace (or in the whole cluster), as they are known now."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flywheel_tui.domain.row import Row
from flywheel_tui.sources.kubernetes.resources import Resource


class Standing(StrEnum):
    """Whether a collection can be read at all."""

    OPEN = "open"
    DENIED = "denied"
    ABSENT = "absent"


@dataclass
class Shelf:
    """What is known of one collection.

    Attributes:
        namespace: None for the whole cluster.
        version: The resourceVersion that ``rows`` stand for.
        rows: By key.
        unreadable: Keys of objects that are there but not of the agreed form.
        watchable: False where it may be listed but not watched.
        changes: Counts the changes of anything above.
        namespaces: Every namespace that it ever had a row of.
    """

    resource: Resource
    namespace: str | None = None
    standing: Standing = Standing.OPEN
    version: str = ""
    rows: dict[str, Row] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    watchable: bool = True
    changes: int = 0
    namespaces: set[str] = field(default_factory=set)

    def fill(self, rows: dict[str, Row], unreadable: set[str], version: str) -> bool:
        """Replace everything by a fresh list; return whether anything a reader sees changed."""
        changed = self.standing is not Standing.OPEN or rows != self.rows or unreadable != self.unreadable
        self.standing, self.rows, self.unreadable, self.version = Standing.OPEN, rows, unreadable, version
        self.namespaces.update(map(namespace_of, rows.values()))
        return self._counted(changed)

    def close(self, standing: Standing) -> bool:
        """Empty it, since it cannot be read; return whether anything a reader sees changed."""
        changed = self.standing is not standing
        self.standing, self.rows, self.unreadable, self.version = standing, {}, set(), ""
        return self._counted(changed)

    def put(self, key: str, row: Row | None) -> bool:
        """Note an object, or that it is not the fleet's (any more); return whether anything changed."""
        known = key in self.unreadable
        self.unreadable.discard(key)
        if row is None:
            return self._counted(self.rows.pop(key, None) is not None or known)
        changed = known or self.rows.get(key) != row
        self.rows[key] = row
        self.namespaces.add(namespace_of(row))
        return self._counted(changed)

    def put_unreadable(self, key: str) -> bool:
        """Note an object that cannot be understood: its old row would be false now."""
        changed = self.rows.pop(key, None) is not None or key not in self.unreadable
        self.unreadable.add(key)
        return self._counted(changed)

    def allow_watching(self, allowed: bool) -> bool:
        """Note whether it may be watched; return whether that is new."""
        changed, self.watchable = self.watchable is not allowed, allowed
        return self._counted(changed)

    def _counted(self, changed: bool) -> bool:
        self.changes += changed
        return changed


def namespace_of(row: Any) -> str:  # noqa: ANN401 - all rows here have a namespace
    """Return the namespace of a row."""
    namespace: str = row.namespace
    return namespace
