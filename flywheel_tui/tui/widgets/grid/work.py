"""The work of keeping the lines right, cut into slices."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from typing import Final, Generic, TypeVar

from flywheel_tui.domain.row import Row
from flywheel_tui.tui.widgets.grid.arrangement import Arrangement, Finder
from flywheel_tui.tui.widgets.grid.plan import Plan

R = TypeVar("R", bound=Row)

_FEW: Final = 1_000
_MANY: Final = 4_000
"""So many changed rows, or a quarter of all and more than a few, are arranged anew with all others."""
_AT_ONCE: Final = 128
"""Rows put where they are to stand between two looks at the clock."""


class Work(Generic[R]):
    """Keeps an arrangement up to date, and prepares the one that follows it.

    There are two pieces of work. Changed rows are taken into the arrangement that is shown; that goes first. Another
    plan, or many changed rows, are worked out beside it; what changes meanwhile is taken into both.

    Args:
        plan: What the first arrangement is made by.
        finder: Finds rows and ghosts.
        keys: Returns the keys of all of them.
        folded: Returns the names of folded groups, for the field that a plan groups by.
        timer: Tells seconds that go by.

    Attributes:
        plan: What the newest arrangement is or will be made by.
        lines: What is shown.
        moved: Whether a line moved since this was last set to False.
    """

    def __init__(
        self,
        plan: Plan[R],
        finder: Finder[R],
        keys: Callable[[], list[str]],
        folded: Callable[[Plan[R]], set[str]],
        timer: Callable[[], float],
    ) -> None:
        self.plan = plan
        self.moved = False
        self._finder = finder
        self._keys = keys
        self._folded = folded
        self._timer = timer
        self.lines: Arrangement[R] = Arrangement(plan, folded(plan))
        self._next: Arrangement[R] | None = None
        self._building: Generator[None, None, None] | None = None
        self._taking: Generator[None, None, None] | None = None
        self._taken: set[str] = set()
        self._dirty: set[str] = set()
        self._late: set[str] = set()

    @property
    def pending(self) -> bool:
        """Return whether there is something left to do."""
        return self._building is not None or self._taking is not None or bool(self._dirty)

    def rearrange(self, plan: Plan[R]) -> None:
        """Make the lines by another plan, or anew by the same; an unfinished arrangement is dropped for it."""
        self.plan = plan
        self._next = Arrangement(plan, self._folded(plan))
        self._late.clear()
        self._building = self._build(self._next)

    def forget(self, keys: Collection[str]) -> None:
        """Drop the places of rows that are others now, or gone."""
        self.plan.ordering.forget(keys)
        if self.lines.plan.ordering is not self.plan.ordering:
            self.lines.plan.ordering.forget(keys)

    def touch(self, keys: Collection[str]) -> None:
        """Take in rows that are new, others or ghosts now."""
        if not keys:
            return
        self._dirty.update(keys)
        if self._next is not None:
            self._late.update(keys)
        count = len(self._dirty) + len(self._taken)
        if count > _MANY or (count > _FEW and count * 4 > len(self.lines.places)):
            self._drop_taking()
            self._dirty.clear()
            self.rearrange(self.plan)

    def leave(self, keys: Collection[str]) -> None:
        """Take out rows that are neither rows nor ghosts any more: at once, as nobody can draw them."""
        if not keys:
            return
        self._dirty.difference_update(keys)
        if self._taking is not None and not self._taken.isdisjoint(keys):
            # What was found out of the others is as good as before, but cheaper to find again than to tell apart.
            self._dirty.update(self._taken.difference(keys))
            self._drop_taking()
        if self._next is not None:
            self._late.update(keys)
        self.moved |= self.lines.take_out(keys)

    def run(self, budget_s: float) -> bool:
        """Work for so many seconds, at least one slice, and return whether there is nothing left to do."""
        end = self._timer() + budget_s
        while self.pending:
            self._step()
            if self._timer() >= end:
                break
        return not self.pending

    def _step(self) -> None:
        if self._taking is None and self._dirty:
            self._taken, self._dirty = self._dirty, set()
            self._taking = self._take(self.lines, self._taken)
        if self._taking is not None:
            if next(self._taking, self) is self:
                self._drop_taking()
        elif self._building is not None and next(self._building, self) is self:
            self._building = None

    def _take(self, lines: Arrangement[R], keys: Collection[str]) -> Generator[None, None, None]:
        standings = yield from lines.weigh(keys, self._finder)
        for start in range(0, len(standings), _AT_ONCE):
            if start:
                yield
            part = standings[start : start + _AT_ONCE]
            # Rows that changed again meanwhile are looked at again.
            self.moved |= lines.apply(standing for standing in part if standing.key not in self._dirty)

    def _build(self, lines: Arrangement[R]) -> Generator[None, None, None]:
        yield from lines.fill(self._sequence(lines.plan), self._finder)
        late, self._late = self._late, set()
        lines.take_out([key for key in late if self._finder.row(key) is None])
        self.moved |= not lines.same_lines(self.lines)
        self.lines, self._next = lines, None
        self._dirty |= {key for key in late if self._finder.row(key) is not None}

    def _sequence(self, plan: Plan[R]) -> list[str]:
        """Return all keys, as they stand where the order stays: sorting what is in order costs next to nothing."""
        keys = self._keys()
        if plan.ordering is not self.lines.plan.ordering or self.lines.plan.grouping is not None:
            return keys
        places = self.lines.places
        return [*self.lines.keys(), *[key for key in keys if key not in places]]

    def _drop_taking(self) -> None:
        self._taking = None
        self._taken = set()
