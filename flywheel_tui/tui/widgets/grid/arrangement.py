"""Which rows are shown and in what order: sorted, filtered and grouped, following single rows as they change."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import accumulate, islice
from typing import Final, Generic, NamedTuple, TypeVar

from flywheel_tui.domain.record import Record
from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.order import SortKey
from flywheel_tui.tui.widgets.grid.groups import Figures, Totals, group_order
from flywheel_tui.tui.widgets.grid.plan import Plan
from flywheel_tui.tui.widgets.grid.sections import Section
from flywheel_tui.tui.widgets.grid.slices import sorted_in_slices

R = TypeVar("R", bound=Row)
T = TypeVar("T")

_SLICE: Final = 48
"""Rows looked at between two looks at the clock: about a millisecond where their text is to be made."""


class Standing(NamedTuple):
    """How a row is to stand.

    Attributes:
        key: The row.
        place: Its place in the order; None where it is not to be shown.
        groups: The groups it stands in; empty where the list is not grouped.
        figures: What it brings to their totals; None for a ghost.
    """

    key: str
    place: SortKey | None
    groups: tuple[str, ...] = ()
    figures: Figures | None = None


class Finder(Record, Generic[R], frozen=True, eq=False):
    """Finds what there is; that may change between two slices.

    Attributes:
        row: Returns a row, or the ghost of one, or None for a key that is neither.
        ghosts: The keys of ghosts.
        now: Returns the time.
    """

    row: Callable[[str], R | None]
    ghosts: Container[str]
    now: Callable[[], datetime]


class Arrangement(Generic[R]):
    """The lines of a list from top to bottom.

    Every line has an index: with groups, a head comes before the rows of each, and a folded group is its head alone.

    Args:
        plan: What it is made by.
        folded: The groups that are folded, by name; call :meth:`refold` after a change.

    Attributes:
        places: Of all rows that pass the filter, by key.
    """

    def __init__(self, plan: Plan[R], folded: set[str]) -> None:
        self.plan = plan
        self.places: dict[str, SortKey] = {}
        self.folded = folded
        self._heads = 0 if plan.grouping is None else 1
        self._groups: dict[str, tuple[str, ...]] = {}
        self._figures: dict[str, Figures] = {}
        self._sections: list[Section] = [] if self._heads else [Section(None, Totals(()))]
        self._by_name: dict[str | None, Section] = {section.name: section for section in self._sections}
        self._starts: list[int] | None = None

    def __len__(self) -> int:
        if not self._heads:
            return len(self._sections[0].keys)
        return self._ends()[-1] if self._sections else 0

    def keys(self) -> Iterator[str]:
        """Return the keys of all rows that have a line, from top to bottom."""
        for section in self._sections:
            if not self.is_folded(section):
                for place in section.keys:
                    yield place[-1]

    def is_folded(self, section: Section) -> bool:
        """Return whether the rows of a section are put away."""
        return bool(self._heads) and section.name in self.folded

    def at(self, index: int) -> tuple[Section, SortKey | None]:
        """Return the section of a line, and the place of its row; None for a head.

        Raises:
            IndexError: There is no such line.
        """
        if not self._heads:
            return self._sections[0], self._sections[0].keys[index]
        number = bisect_right(self._ends(), index)
        section = self._sections[number]
        offset = index - self._start(number)
        return section, section.keys[offset - 1] if offset else None

    def index(self, group: str | None, key: str | None) -> int | None:
        """Return the line of a row within a group, or of the head for no key; None where it has no line."""
        section = self._by_name.get(group)
        if section is None:
            return None
        if key is None:
            return self._start_of(section) if self._heads else None
        place = self.places.get(key)
        if place is None or self.is_folded(section) or (self._heads and group not in self._groups[key]):
            return None
        return self._start_of(section) + self._heads + section.place(place)

    def first_index(self, key: str) -> int | None:
        """Return the first line of a row, or None where it has none."""
        if key not in self.places:
            return None
        if not self._heads:
            return self._sections[0].place(self.places[key])
        found = (self.index(group, key) for group in self._groups[key])
        return min((index for index in found if index is not None), default=None)

    def folded_index(self, key: str) -> int | None:
        """Return the first head behind which a row is put away, or None where it is not."""
        found = (self._start_of(self._by_name[group]) for group in self._groups.get(key, ()) if group in self.folded)
        return min(found, default=None)

    def nearest(self, group: str | None, place: SortKey | None) -> int:
        """Return the line nearest to where a row would stand: the next in its group, or the last before it."""
        section = self._by_name.get(group) if self._heads else self._sections[0]
        if section is None:
            if group is None:
                return 0
            names = [group_order(other.name or "") for other in self._sections]
            number = bisect_left(names, group_order(group))
            return min(self._start(number), len(self) - 1)
        start = self._start_of(section)
        if self.is_folded(section) or not section.keys or place is None:
            return start
        return start + self._heads + min(section.place(place), len(section.keys) - 1)

    def names(self) -> list[str]:
        """Return the names of the groups in order."""
        return [section.name for section in self._sections if section.name is not None]

    def refold(self) -> None:
        """Count lines anew after groups were folded or unfolded."""
        self._starts = None

    def same_lines(self, other: Arrangement[R]) -> bool:
        """Return whether another one shows the same rows in the same order."""
        return [(section.name, section.keys) for section in self._sections] == [
            (section.name, section.keys) for section in other._sections
        ]

    def stand(self, keys: Iterable[str], finder: Finder[R]) -> list[Standing]:
        """Return how rows are to stand now."""
        now, find, place_of = finder.now(), finder.row, self.plan.ordering.of
        accepts, grouping = self.plan.accepts, self.plan.grouping
        standings = []
        for key in keys:
            row = find(key)
            if row is None or (accepts is not None and not accepts(row, now)):
                standings.append(Standing(key, None))
            elif grouping is None:
                standings.append(Standing(key, place_of(row)))
            else:
                figures = None if key in finder.ghosts else grouping.figures(row)
                standings.append(Standing(key, place_of(row), grouping.names(row, now), figures))
        return standings

    def fill(self, keys: Sequence[str], finder: Finder[R]) -> Generator[None, None, None]:
        """Arrange all rows; for an arrangement that is still empty. Yields after each bit of work."""
        find_places = self._find_groups if self._heads else self._find_places
        for part in _parts(keys):
            find_places(part, finder)
            yield
        ordered = yield from sorted_in_slices(list(self.places.values()))
        if not self._heads:
            self._sections[0].keys = ordered
            return
        for places in _parts(ordered):
            for place in places:
                key = place[-1]
                figures = self._figures.get(key)
                for group in self._groups[key]:
                    section = self._section(group)
                    section.keys.append(place)
                    if figures is not None:
                        section.totals.add(figures)
            yield
        self._tidy()

    def _find_places(self, keys: Iterable[str], finder: Finder[R]) -> None:
        now, find, place_of, accepts = finder.now(), finder.row, self.plan.ordering.of, self.plan.accepts
        for key in keys:
            row = find(key)
            if row is not None and (accepts is None or accepts(row, now)):
                self.places[key] = place_of(row)

    def _find_groups(self, keys: Iterable[str], finder: Finder[R]) -> None:
        for key, place, groups, figures in self.stand(keys, finder):
            if place is not None:
                self.places[key] = place
                self._groups[key] = groups
                if figures is not None:
                    self._figures[key] = figures

    def weigh(self, keys: Iterable[str], finder: Finder[R]) -> Generator[None, None, list[Standing]]:
        """Return how rows are to stand now; yields after each bit of work."""
        standings: list[Standing] = []
        for part in _parts(keys):
            standings += self.stand(part, finder)
            yield
        return standings

    def apply(self, standings: Iterable[Standing]) -> bool:
        """Put rows where they are to stand, and return whether any line is another now."""
        if not self._heads:
            return self._apply_plain(standings)
        gone: dict[str, list[SortKey]] = {}
        come: dict[str, list[SortKey]] = {}
        for new in standings:
            old_place = self.places.get(new.key)
            if old_place is None and new.place is None:
                continue
            old_groups = self._groups.get(new.key, ())
            self._count(new, old_groups)
            if old_place == new.place and old_groups == new.groups:
                continue
            if old_place is not None:
                for group in old_groups:
                    gone.setdefault(group, []).append(old_place)
                del self.places[new.key], self._groups[new.key]
            if new.place is not None:
                for group in new.groups:
                    come.setdefault(group, []).append(new.place)
                self.places[new.key] = new.place
                self._groups[new.key] = new.groups
        for group in {**gone, **come}:
            self._section(group).edit(gone.get(group, []), come.get(group, []))
        if gone or come:
            self._tidy()
        return bool(gone or come)

    def _apply_plain(self, standings: Iterable[Standing]) -> bool:
        gone: list[SortKey] = []
        come: list[SortKey] = []
        places = self.places
        for key, place, _, _ in standings:
            old = places.get(key)
            if old == place:
                continue
            if old is not None:
                gone.append(old)
                del places[key]
            if place is not None:
                come.append(place)
                places[key] = place
        self._sections[0].edit(gone, come)
        return bool(gone or come)

    def take_out(self, keys: Iterable[str]) -> bool:
        """Take rows out, whatever they are now, and return whether one of them had a place."""
        return self.apply([Standing(key, None) for key in keys])

    def _count(self, new: Standing, old_groups: tuple[str, ...]) -> None:
        """Bring the totals of a row's groups up to date."""
        old = self._figures.get(new.key)
        if old_groups == new.groups and old is not None and new.figures is not None:
            if old != new.figures:
                for group in new.groups:
                    self._by_name[group].totals.swap(old, new.figures)
                self._figures[new.key] = new.figures
            return
        if old is not None:
            del self._figures[new.key]
            for group in old_groups:
                self._section(group).totals.add(old, -1)
        if new.figures is not None:
            self._figures[new.key] = new.figures
            for group in new.groups:
                self._section(group).totals.add(new.figures)

    def _section(self, group: str | None) -> Section:
        section = self._by_name.get(group)
        if section is None:
            grouping = self.plan.grouping
            section = self._by_name[group] = Section(group, Totals(grouping.summed if grouping else ()))
        return section

    def _tidy(self) -> None:
        """Put the groups in order and let empty ones go."""
        self._starts = None
        if self._heads:
            filled = [section for section in self._by_name.values() if section.keys]
            if len(filled) != len(self._by_name) or len(filled) != len(self._sections):
                filled.sort(key=lambda section: group_order(section.name or ""))
                self._sections = filled
                self._by_name = {section.name: section for section in filled}

    def _ends(self) -> list[int]:
        """Return, for each section, the index of the line after its last one."""
        if self._starts is None:
            self._starts = list(
                accumulate(1 if section.name in self.folded else 1 + len(section.keys) for section in self._sections)
            )
        return self._starts

    def _start(self, number: int) -> int:
        return self._ends()[number - 1] if number else 0

    def _start_of(self, section: Section) -> int:
        if not self._heads:
            return 0
        order = group_order(section.name or "")
        return self._start(bisect_left(self._sections, order, key=lambda other: group_order(other.name or "")))


def _parts(items: Iterable[T]) -> Iterator[list[T]]:
    """Return the items in slices."""
    rest = iter(items)
    while part := list(islice(rest, _SLICE)):
        yield part
