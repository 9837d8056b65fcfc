"""The last border before the terminal: whatever got this far leaves it without control characters."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from flywheel_tui.domain.text import clean
from flywheel_tui.tui.widgets.tone import ASCII


class TerminalBorder(LineFilter):
    """Cleans every line of every widget, and writes it in ASCII where the terminal can do no more.

    Args:
        ascii_only: Replace every other character by one of the same width.
    """

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__()
        self._ascii_only = ascii_only

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with safe text, each as wide as it was."""
        return [
            segment if segment.control or self._is_safe(segment.text) else self._safe(segment) for segment in segments
        ]

    def _is_safe(self, text: str) -> bool:
        return text.isprintable() and (text.isascii() or not self._ascii_only)

    def _safe(self, segment: Segment) -> Segment:
        text = clean(segment.text)
        text += " " * (cell_len(segment.text) - cell_len(text))
        return Segment("".join(map(_ascii, text)) if self._ascii_only else text, segment.style)


def _ascii(character: str) -> str:
    if character.isascii():
        return character
    return ASCII.get(character) or "?" * cell_len(character)
