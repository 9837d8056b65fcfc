"""The objects of the cluster with their revisions, and the history that watches are served from."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

import msgspec

from flywheel_tui.simulator.world.model_cluster import Kind, Object

ObjectT = TypeVar("ObjectT", bound=Object)


class Change(msgspec.Struct, frozen=True):
    """One change of the cluster.

    Attributes:
        revision: The revision that it made.
        verb: ADDED, MODIFIED or DELETED.
        kind: The kind of the object.
        object: The object after the change (as last seen, for a deletion, with the deletion's revision).
        before: The object before the change, None for a new one.
    """

    revision: int
    verb: str
    kind: Kind
    object: Object
    before: Object | None = None


class History:
    """Counts revisions and keeps the latest changes.

    Args:
        keep: How many changes are kept; a watch from before them gets 410 Gone.
        first: The first revision.
    """

    def __init__(self, keep: int = 60_000, first: int = 1_000) -> None:
        self.revision = first
        self._changes: deque[Change] = deque(maxlen=keep)
        self._listeners: list[Callable[[Change], None]] = []
        self.quiet = True  # while the world is being built nothing is recorded

    @property
    def oldest(self) -> int:
        """The oldest revision from which changes can still be replayed."""
        return self._changes[0].revision - 1 if self._changes else self.revision

    def since(self, revision: int) -> list[Change]:
        """Return the changes after the revision, oldest first (empty when it is the present one)."""
        found: list[Change] = []
        for change in reversed(self._changes):
            if change.revision <= revision:
                break
            found.append(change)
        found.reverse()
        return found

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call the listener at each change; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def listeners(self) -> int:
        """How many are told of changes now."""
        return len(self._listeners)

    def forget(self) -> None:
        """Drop the whole history, as a compaction of etcd does: every older watch and page token expires."""
        self._changes.clear()

    def advance(self) -> int:
        """Take the next revision."""
        self.revision += 1
        return self.revision

    def add(self, change: Change) -> None:
        """Keep a change and tell the listeners."""
        if not self.quiet:
            self._changes.append(change)
            for listener in tuple(self._listeners):
                listener(change)


class Table(Generic[ObjectT]):
    """The objects of one kind by (namespace, name), in order of their creation.

    Args:
        kind: The kind of the objects.
        history: Where changes are recorded.
    """

    def __init__(self, kind: Kind, history: History) -> None:
        self.kind = kind
        self._history = history
        self._rows: dict[tuple[str, str], ObjectT] = {}
        self._order: list[tuple[str, str]] | None = None  # the keys, sorted; None until somebody asks
        self.changed_at = history.revision  # the revision of the latest change of this table

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[ObjectT]:
        return iter(self._rows.values())

    def in_order(self) -> list[ObjectT]:
        """Return the objects by namespace and name."""
        if self._order is None:
            self._order = sorted(self._rows)
        rows = self._rows
        return [rows[key] for key in self._order]

    def get(self, namespace: str, name: str) -> ObjectT | None:
        """Return the object, or None."""
        return self._rows.get((namespace, name))

    def put(self, row: ObjectT) -> ObjectT:
        """Create or replace the object and return it with its revision."""
        key = (row.meta.namespace, row.meta.name)
        before = self._rows.get(key)
        made = self._stamp("ADDED" if before is None else "MODIFIED", row, before)
        self._rows[key] = made
        if before is None and self._order is not None:
            insort(self._order, key)
        return made

    def drop(self, namespace: str, name: str) -> ObjectT | None:
        """Delete the object; returns it as it was last seen, or None when there was none."""
        key = (namespace, name)
        row = self._rows.pop(key, None)
        if row is None:
            return None
        if self._order is not None:
            del self._order[bisect_left(self._order, key)]
        return self._stamp("DELETED", row, row)

    def _stamp(self, verb: str, row: ObjectT, before: ObjectT | None) -> ObjectT:
        revision = self._history.advance()
        made = msgspec.structs.replace(row, meta=msgspec.structs.replace(row.meta, revision=revision))
        self._history.add(Change(revision, verb, self.kind, made, before))
        self.changed_at = revision
        return made
