"""The last lines of every screen: where one is, then keys, a message or a prompt."""

from __future__ import annotations

from collections.abc import Sequence

from flywheel_tui.tui.widgets.line import Line, Piece, cut_line, piece
from flywheel_tui.tui.widgets.lines import Lines
from flywheel_tui.tui.widgets.tone import Tone

_GAP = Piece("  ")


class Status(Lines, can_focus=False):
    """One line of text that changes seldom."""

    DEFAULT_CSS = """
    Status { height: 1; }
    """

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._left = Line()
        self._right = Line()

    def show(self, left: Line, right: Line | None = None) -> None:
        """Show a line, and another at the right edge where there is room."""
        self._left, self._right = left, right or Line()
        self.redraw()

    def line_at(self, y: int) -> Line:
        """Return the two parts, the left one first where they do not both fit."""
        width = self.size.width
        left = cut_line(self._left, width)
        room = width - left.width - 2
        if room < 8 or not self._right.pieces:
            return left
        right = cut_line(self._right, room)
        filler = Piece(" " * (width - left.width - right.width))
        return Line((*left.pieces, filler, *right.pieces))


class Bottom(Status):
    """Hints which keys there are, or for some seconds a message."""

    def __init__(self) -> None:
        super().__init__(id="bottom")
        self._hints: Sequence[tuple[str, str]] = ()
        self._message: Line | None = None

    @property
    def message(self) -> str:
        """Return the message on the screen, or an empty string."""
        return self._message.text.strip() if self._message else ""

    def set_hints(self, hints: Sequence[tuple[str, str]]) -> None:
        """Set ``(key, what it does)`` pairs, the most useful first."""
        self._hints = hints
        self.redraw()

    def say(self, text: str, tone: Tone) -> None:
        """Show a message in place of the hints."""
        self._message = Line((Piece(" "), piece(text, tone)))
        self.redraw()

    def hush(self) -> None:
        """Show the hints again."""
        self._message = None
        self.redraw()

    def line_at(self, y: int) -> Line:
        """Return the message, or as many whole hints as fit."""
        if self._message is not None:
            return cut_line(self._message, self.size.width)
        pieces: list[Piece] = [Piece(" ")]
        room = self.size.width - 1
        for key, words in self._hints:
            room -= len(key) + len(words) + 3 + len(_GAP.text)
            if room < 0:
                break
            pieces += [Piece(key, Tone.KEY), Piece(f" {words}", Tone.MUTED), _GAP]
        return Line(tuple(pieces))
