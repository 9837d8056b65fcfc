"""What the model tells: its lines, and what a new picture or the time did to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, NamedTuple, TypeVar

from flywheel_tui.domain.fleet import KeyChange
from flywheel_tui.domain.record import Record
from flywheel_tui.domain.row import Row
from flywheel_tui.tui.widgets.grid.groups import Group

R = TypeVar("R", bound=Row)


class Entry(NamedTuple, Generic[R]):
    """A line of the list.

    Attributes:
        row: What it shows; None on the head of a group.
        group: The group, on its head.
        ghost: Whether the row vanished from the upstream a moment ago; it is shown as it was and refuses actions.
        marked: Whether the operator marked it.
    """

    row: R | None
    group: Group | None = None
    ghost: bool = False
    marked: bool = False


class Shown(Record, frozen=True):
    """What a change of the rows did to what is shown.

    Attributes:
        moved: Whether lines stand in other places; else only ``changed`` ones look different.
        changed: Keys of rows that look different: their values changed, or they are ghosts now.
        vanished: Key of the row under the cursor, where it just vanished; its ghost stays under the cursor.
    """

    moved: bool
    changed: frozenset[str] = frozenset()
    vanished: str | None = None


class Expired(Record, frozen=True):
    """What was over: true where something is to be drawn anew.

    Attributes:
        moved: Whether ghosts went, so that lines stand in other places.
        keys: Rows whose marks of a change went.
    """

    moved: bool = False
    keys: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.moved or bool(self.keys)


def difference(before: Mapping[str, R], after: Mapping[str, R]) -> KeyChange:
    """Return what differs between two sets of rows, by key."""
    if before is after:
        return KeyChange()
    return KeyChange(
        added=frozenset(key for key in after if key not in before),
        changed=frozenset(key for key, row in after.items() if key in before and before[key] != row),
        removed=frozenset(key for key in before if key not in after),
    )
