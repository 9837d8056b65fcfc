"""The page of what was found: live while the fleet changes, and searched in slices between keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, Final

from flywheel_tui.domain.fleet import FleetChange
from flywheel_tui.domain.row import Row
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.services.listing.filter import Sought
from flywheel_tui.services.listing.find import Finder, sought
from flywheel_tui.services.listing.format import UNKNOWN
from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.emptiness import Sentence, unread
from flywheel_tui.tui.list_screen import ListScreen
from flywheel_tui.tui.screens.find.columns import SHOWING, VIEW
from flywheel_tui.tui.widgets.tone import Tone

SLICE_S: Final = 0.008
"""Seconds of search at once: with a frame's drawing it stays below what a key press may wait."""


class FindScreen(ListScreen):
    """Lists where a text is found; ``enter`` goes there.

    Args:
        deck: Settings, live fleet and session.
        finder: Finds.
        timer: Tells seconds, for the length of a slice.
    """

    scoped = False

    def __init__(self, deck: Deck, finder: Finder | None = None, timer: Callable[[], float] = perf_counter) -> None:
        super().__init__(deck, VIEW)
        self.text = ""
        self._finder = finder or Finder()
        self._timer = timer
        self._found: Mapping[str, Row] = {}
        self._asked = False
        self._searching = False
        self._through = False

    @property
    def part(self) -> str:
        """Return the text that is looked for."""
        return self.text

    @property
    def sought(self) -> tuple[Sought, ...]:
        """Return the words that are looked for, where hits show them."""
        return sought(self.text, SHOWING)

    def count(self) -> str:
        """Return how many hits there are, once everything was looked at."""
        return super().count() if self._through else UNKNOWN

    def hints(self) -> Sequence[str]:
        """Return the ids of the bindings that matter most here."""
        return ("list.open", "list.filter", "app.command", "list.group", "app.back", "app.help")

    def hint_of(self, name: str) -> str:
        """Return what a binding does here: opening leads to where the thing is listed."""
        return "go there" if name == "list.open" else super().hint_of(name)

    def rows(self, picture: Picture) -> Mapping[str, Row]:
        """Return what is found so far."""
        return self._found

    def draw(self, picture: Picture, change: FleetChange | None) -> None:
        """Show what is found, and look again in a new picture."""
        super().draw(picture, None)
        self._search()

    @property
    def words(self) -> str:
        """Return the text that is looked for."""
        return self.text

    def take_words(self, words: str) -> None:
        """Find a text."""
        if words != self.text:
            # What was found of another text must not stand under this one.
            self._found, self._through = {}, False
            self.grid.show({}, self.picture.snapshot, self.now, hold=False, chosen=False)
        self.text = words
        self.chosen = False
        self.set_filter(self.filter_text)
        self._search()
        self.show_all()

    async def opened_with(self, words: str) -> None:
        """Find a text."""
        self.take_words(words)

    def nothing_there(self) -> Sequence[Sentence]:
        """Say that nothing is found, or how to find something."""
        if not self.text:
            return [
                ("Find a text in everything: names, tags, owners, reasons, what sources say.", Tone.STRONG),
                ("Write :find TEXT; several words must stand in the same field.", Tone.PLAIN),
            ]
        if self._searching:
            return [(f"Looking for {self.text} …", Tone.PENDING)]
        reading = ", ".join(feed.name for feed in unread(tuple(self.picture.snapshot.feeds.values())))
        if reading:
            return [
                (f"{self.text} is not in what was read so far.", Tone.STRONG),
                (f"reading {reading}", Tone.PENDING),
            ]
        said = [(f"{self.text} is found nowhere.", Tone.STRONG)]
        silent = [feed.name for feed in self.picture.snapshot.feeds.values() if feed.fetched_at is None]
        if silent:
            said.append((f"Nothing is known of {', '.join(silent)}.", Tone.WARNING))
        return said

    async def open_row(self, row: Any) -> None:  # noqa: ANN401 - as the base class
        """Go to the thing that was found."""
        await self.deck.helm.show_row(row.kind, row.row)

    def _search(self) -> None:
        """Begin to search; a search under way begins anew when it is through."""
        self._asked = True
        if not self._searching:
            self._searching = True
            self.run_worker(self._search_in_slices(), name="find", group="find", exit_on_error=True)

    async def _search_in_slices(self) -> None:
        try:
            while self._asked:
                self._asked = False
                text, picture = self.text, self.picture
                found = await self._all_hits(text, picture)
                if text == self.text:
                    self._through = bool(text)
                    self._take(found)
                # Whatever changes how often: keys come in between.
                await asyncio.sleep(0)
        finally:
            self._searching = False
        self.show_all()

    async def _all_hits(self, text: str, picture: Picture) -> dict[str, Row]:
        found: dict[str, Row] = {}
        began = self._timer()
        for hits in self._finder.search(text, picture):
            for hit in hits:
                # A hit that is as before stays the same object, so that nothing is drawn anew.
                known = self._found.get(hit.key)
                found[hit.key] = known if known == hit else hit
            if self._timer() - began >= SLICE_S:
                await asyncio.sleep(0)
                began = self._timer()
            if text != self.text:
                break
        return found

    def _take(self, found: Mapping[str, Row]) -> None:
        self._found = found
        if self.in_sight:
            self.grid.show(
                found,
                self.picture.snapshot,
                self.now,
                hold=self.chosen,
                chosen=self.chosen,
                since=self.missed_since,
            )
            self.show_all()
