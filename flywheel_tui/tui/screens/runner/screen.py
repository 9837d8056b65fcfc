"""The page of one runner: its verdicts with evidence and next step, then everything known, with source and age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.app import ComposeResult

from flywheel_tui.domain.errors import NotFoundError
from flywheel_tui.domain.fleet import FleetChange, Runner
from flywheel_tui.services.describe import Section, describe_runner
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.store_screen import StoreScreen
from flywheel_tui.tui.widgets.facts import fact_lines
from flywheel_tui.tui.widgets.line import Line, Piece, piece
from flywheel_tui.tui.widgets.text_pane import TextPane
from flywheel_tui.tui.widgets.tone import STATUS_MARKS, Tone


class RunnerScreen(StoreScreen):
    """Follows one runner; when it vanishes the last facts stay, marked as gone.

    Args:
        deck: Settings and live fleet.
        key: Key of the runner.
    """

    def __init__(self, deck: Deck, key: str) -> None:
        super().__init__(deck)
        self.key = key
        self.pane = TextPane(self._lines, id="body")
        self._sections: tuple[Section, ...] = ()
        self._runner: Runner | None = None
        self._gone = False

    def body(self) -> ComposeResult:
        """Compose the facts."""
        yield self.pane

    def draw(self, picture: Picture, change: FleetChange | None) -> None:
        """Show the facts of a picture."""
        self._describe(picture, self.now)

    def tick(self, now: datetime) -> None:
        """Let ages grow."""
        self._describe(self.deck.fleet.current, now)

    def _describe(self, picture: Picture, now: datetime) -> None:
        try:
            self._sections = describe_runner(picture, self.key, now)
        except NotFoundError:
            self._gone = True
        else:
            self._gone = False
            self._runner = picture.fleet.runners[self.key]
        self.pane.update()
        self._show_title()

    def _lines(self, width: int) -> Sequence[Line]:
        lines = fact_lines(self._sections, width, gone=self._gone)
        if not self._gone:
            return lines
        words = (
            " This runner is gone from the fleet. These are its last facts." if lines else " There is no such runner."
        )
        return [Line((Piece(words, Tone.WARNING),)), Line(), *lines]

    def _show_title(self) -> None:
        pieces = [Piece(" "), Piece("runners", Tone.MUTED), Piece(" > ", Tone.MUTED)]
        runner = self._runner
        pieces.append(piece(runner.name if runner is not None else self.key, Tone.TITLE))
        if self._gone:
            pieces.append(Piece("  gone", Tone.WARNING))
        elif runner is not None:
            mark = STATUS_MARKS[runner.status]
            pieces.append(Piece(f"  {mark.symbol} {runner.status.value}", mark.tone))
        self.title_line.show(Line(tuple(pieces)))

    def hints(self) -> Sequence[str]:
        """Return the ids of the bindings that matter most here."""
        return ("app.back", "move.page_down", "app.command", "app.help")
