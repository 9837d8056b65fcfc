"""The sources: state, age, errors with the next step, findings of the probes, request budget."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.app import ComposeResult

from flywheel_tui.domain.fleet import FleetChange
from flywheel_tui.domain.text import clean
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.screens.sources.sections import source_sections, source_tone
from flywheel_tui.tui.store_screen import StoreScreen
from flywheel_tui.tui.widgets.facts import fact_lines
from flywheel_tui.tui.widgets.line import Line, Piece
from flywheel_tui.tui.widgets.text_pane import TextPane
from flywheel_tui.tui.widgets.tone import Tone


class SourcesScreen(StoreScreen):
    """Shows every feed.

    Args:
        deck: Settings and live fleet.
    """

    freezes = False

    def __init__(self, deck: Deck) -> None:
        super().__init__(deck)
        self.pane = TextPane(self._lines, id="body")

    def body(self) -> ComposeResult:
        """Compose the text."""
        yield self.pane

    def draw(self, picture: Picture, change: FleetChange | None) -> None:
        """Show the feeds of a picture."""
        self.pane.update()
        count = len(picture.snapshot.feeds)
        self.title_line.show(Line((Piece(" "), Piece("sources", Tone.TITLE), Piece(f" {count}"))))

    def reveal(self, key: str) -> None:
        """Scroll to the section of a source, and say which one it is: a page of text has no cursor."""
        self.pane.show_line(lambda text: text.strip() == clean(key))
        self.say(f"Sources have no rows: look below the name {clean(key)}.")

    def tick(self, now: datetime) -> None:
        """Let ages grow."""
        self.pane.update()

    def hints(self) -> Sequence[str]:
        """Return the ids of the bindings that matter most here."""
        return ("app.back", "app.refresh", "move.page_down", "app.command", "app.help")

    def _lines(self, width: int) -> Sequence[Line]:
        sections = source_sections(self.picture.snapshot, self.now)
        if not sections:
            where = self.deck.settings.path or "the configuration"
            return [Line((Piece(f" No source is configured in {where}.", Tone.STRONG),))]
        return fact_lines(sections, width, tone_of=source_tone)
