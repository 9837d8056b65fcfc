"""What the pages of a console share: scope, favourites, histories, orders, saved views, and the session to resume."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from flywheel_tui.domain.clock import age_seconds, short_age
from flywheel_tui.domain.errors import NotFoundError, UsageError
from flywheel_tui.domain.text import clean
from flywheel_tui.tui.finding.saved_state import (
    Arrangement,
    Change,
    Favourite,
    LastSession,
    Place,
    SavedState,
    SavedView,
    StateFile,
)
from flywheel_tui.tui.finding.scope import EVERYTHING, Scope, parse_scope

COMMANDS: Final = ":"
"""The history of commands."""
FAVOURITE_DIGITS: Final = range(3, 10)
_LINES_KEPT: Final = 50

_replace = msgspec.structs.replace


class Session:
    """The state of this console, and the part of it that outlives it.

    What changes is kept in memory and written by :meth:`write`: at once where somebody said "save", else when the
    console is left.

    Args:
        file: Where it is kept; None keeps nothing, for tests.
        contexts: Names of the contexts: where there are several, each is a favourite until a better one comes.
    """

    def __init__(self, file: StateFile | None = None, contexts: Sequence[str] = ()) -> None:
        self._file = file
        self.state, self.problem = file.read() if file is not None else (SavedState(), "")
        self.scope: Scope = EVERYTHING
        self.view = ""
        self._followed: dict[str, Callable[[], Place]] = {}
        self._waiting: dict[str, Place] = {}
        self._changes: list[Change] = []
        if not self.state.favourites and len(contexts) > 1:
            seats = dict(zip(FAVOURITE_DIGITS, (Favourite(scope=name) for name in contexts), strict=False))
            self._change(lambda state: _replace(state, favourites={**seats, **state.favourites}))

    def history(self, name: str) -> Sequence[str]:
        """Return the lines entered before, the latest last: filters of a page, or :data:`COMMANDS`."""
        return self.state.histories.get(name, ())

    def remember_line(self, name: str, line: str) -> None:
        """Add a line to a history."""
        if line := clean(line).strip():
            self._change(lambda state: _with_line(state, name, line))

    def order_of(self, page: str) -> tuple[str, ...]:
        """Return the order that a page's list was last sorted in, or nothing."""
        return self.state.sorts.get(page, ())

    def remember_order(self, page: str, order: tuple[str, ...]) -> None:
        """Keep the order of a page's list."""
        self._change(lambda state: _replace(state, sorts={**state.sorts, page: order}))

    def favourite(self, digit: int) -> str | None:
        """Return the scope under a digit."""
        seat = self.state.favourites.get(digit)
        return None if seat is None else seat.scope

    @property
    def favourites(self) -> Mapping[int, Favourite]:
        """Return the scopes by digit, in the order of the digits."""
        return dict(sorted(self.state.favourites.items()))

    def choose_scope(self, text: str) -> Scope:
        """Make a scope the present one; one that no digit leads to takes a free digit or a recent one's.

        Raises:
            UsageError: It is no scope.
        """
        self.scope = parse_scope(text)
        chosen = self.scope.text
        if chosen and chosen not in _FIXED:
            self._change(lambda state: _with_favourite(state, Favourite(scope=chosen)))
        return self.scope

    def toggle_favourite(self) -> int | None:
        """Pin the present scope under a digit and return that, or unpin it and return None.

        Raises:
            UsageError: There is no scope to pin, or it has a digit for good, or all digits are taken.
        """
        text = self.scope.text
        if not text:
            raise UsageError("Everything is shown: there is no scope to keep.", next_step="Choose one: :scope NAME.")
        if text in _FIXED:
            raise UsageError(f"{text} has its own digit.")
        digit = _digit_of(self.state, text)
        if digit is not None and self.state.favourites[digit].pinned:
            self._change(lambda state: _without_favourite(state, text))
            return None
        self._change(lambda state: _with_favourite(state, Favourite(scope=text, pinned=True)))
        digit = _digit_of(self.state, text)
        if digit is None:
            raise UsageError("Digits 3 to 9 are all taken.", next_step="Go to one of them and press the same key.")
        return digit

    def saved_view(self, name: str) -> SavedView:
        """Return a saved view.

        Raises:
            NotFoundError: There is none of that name.
        """
        if name not in self.state.views:
            known = ", ".join(sorted(self.state.views))
            raise NotFoundError(
                f"There is no view {name}.",
                next_step=f"There are {known}." if known else "Save one: :save NAME.",
            )
        return self.state.views[name]

    def save_view(self, name: str, view: SavedView) -> None:
        """Save a view, in place of one of the same name.

        Raises:
            OSError: It cannot be written.
        """
        self._change(lambda state: _replace(state, views={**state.views, name: view}))
        self.view = name
        self.write()

    def drop_view(self, name: str) -> None:
        """Forget a saved view.

        Raises:
            OSError: It cannot be written.
        """
        self._change(
            lambda state: _replace(state, views={key: view for key, view in state.views.items() if key != name})
        )
        if self.view == name:
            self.view = ""
        self.write()

    def offer(self, now: datetime) -> str:
        """Return one sentence about the last session where it was cut off, or an empty string."""
        last = self.state.last
        if last is None or not last.cut_off:
            return ""
        return f"The last session was cut off {short_age(age_seconds(last.at, now))} ago; :resume takes it up."

    def resume(self) -> str:
        """Take up the last session and return its page: the lists take their places when they are next shown.

        Raises:
            NotFoundError: There was none.
        """
        last = self.state.last
        if last is None:
            raise NotFoundError("There is no earlier session to take up.")
        self.scope = _scope_or_everything(last.scope)
        self.view = last.view if last.view in self.state.views else ""
        self._waiting = dict(last.places)
        return last.page

    def wait_with(self, page: str, place: Place) -> None:
        """Let a page's list take a place when it is next shown."""
        self._waiting[page] = place

    def take_place(self, page: str) -> Place | None:
        """Return the place that waits for a page's list, once."""
        return self._waiting.pop(page, None)

    def follow(self, page: str, place: Callable[[], Place]) -> None:
        """Ask ``place`` where the operator is on a page, when the session ends."""
        self._followed[page] = place

    def end(self, page: str, at: datetime, *, cut_off: bool) -> None:
        """Keep what is on the screen, and write everything.

        Args:
            page: The present page.
            at: The time.
            cut_off: Whether the terminal went away.

        Raises:
            OSError: It cannot be written.
        """
        places = {name: place() for name, place in self._followed.items()}
        # A page that was not looked at again since it was to be resumed is still to be resumed.
        places |= self._waiting
        last = LastSession(at=at, page=page, cut_off=cut_off, scope=self.scope.text, view=self.view, places=places)
        self._change(lambda state: _replace(state, last=last))
        self.write()

    def write(self) -> None:
        """Write what changed.

        Raises:
            OSError: It cannot be written; it is kept for the next time.
        """
        if self._file is not None and self._changes:
            self.state = self._file.apply(self._changes)
            self._changes.clear()

    def _change(self, change: Change) -> None:
        self.state = change(self.state)
        self._changes.append(change)


_FIXED: Final = frozenset({"gitlab", "github"})
"""Scopes with digits of their own."""


def arrangement_words(arrangement: Arrangement) -> Iterable[str]:
    """Yield what an arrangement does, in words."""
    if arrangement.filter:
        yield f"/{arrangement.filter}"
    if arrangement.faults:
        yield "faults only"
    if arrangement.group:
        yield f"by {arrangement.group}"
    if arrangement.sort:
        yield f"sorted by {arrangement.sort[0].lstrip('+-')}"
    if arrangement.wide:
        yield "all columns"


def view_in_words(view: SavedView) -> str:
    """Return what a saved view shows, in words."""
    page = f"{view.page} {view.words}".rstrip()
    return ", ".join([page, view.scope or "everything", *arrangement_words(view.arrangement)])


def _scope_or_everything(text: str) -> Scope:
    try:
        return parse_scope(text)
    except UsageError:
        return EVERYTHING


def _with_line(state: SavedState, name: str, line: str) -> SavedState:
    lines = [*(known for known in state.histories.get(name, ()) if known != line), line]
    return _replace(state, histories={**state.histories, name: tuple(lines[-_LINES_KEPT:])})


def _digit_of(state: SavedState, scope: str) -> int | None:
    return next((digit for digit, seat in state.favourites.items() if seat.scope == scope), None)


def _with_favourite(state: SavedState, favourite: Favourite) -> SavedState:
    """Return the state with a scope under its digit, a free one, or that of the last recent one: digits never move."""
    seats = dict(state.favourites)
    digit = _digit_of(state, favourite.scope)
    if digit is not None:
        if favourite.pinned:
            seats[digit] = favourite
        return _replace(state, favourites=seats)
    free = [digit for digit in FAVOURITE_DIGITS if digit not in seats]
    recent = [digit for digit in reversed(FAVOURITE_DIGITS) if digit in seats and not seats[digit].pinned]
    for digit in (*free, *recent):
        seats[digit] = favourite
        break
    return _replace(state, favourites=seats)


def _without_favourite(state: SavedState, scope: str) -> SavedState:
    return _replace(state, favourites={digit: seat for digit, seat in state.favourites.items() if seat.scope != scope})
