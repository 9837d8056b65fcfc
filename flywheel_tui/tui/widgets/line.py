"""Lines of text as pieces with a tone: cut to cells, and compared so that only what differs is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from rich.cells import cell_len, split_text

from flywheel_tui.domain.text import clean
from flywheel_tui.tui.widgets.tone import Tone

ELLIPSIS: Final = "…"

# Moving the terminal's cursor and setting a colour costs about as many bytes as writing this many cells again.
_CHEAPER_TO_REPEAT: Final = 8


class Piece(NamedTuple):
    """Text of one tone. Its text is one line without control characters: make it with :func:`piece`."""

    text: str
    tone: Tone = Tone.PLAIN


class Line(NamedTuple):
    """One line of the screen.

    Attributes:
        tone: Laid over every piece: the cursor, or staleness. None leaves the pieces as they are.
    """

    pieces: tuple[Piece, ...] = ()
    tone: Tone | None = None

    @property
    def text(self) -> str:
        """Return the text without tones."""
        return "".join(text for text, _ in self.pieces)

    @property
    def width(self) -> int:
        """Return the width in cells."""
        return sum(cell_len(text) for text, _ in self.pieces)


def piece(text: str, tone: Tone = Tone.PLAIN) -> Piece:
    """Return outside text as a piece: cleaned, never read as markup."""
    return Piece(clean(text), tone)


def line(*pieces: Piece | str, tone: Tone | None = None) -> Line:
    """Return a line of pieces; a bare string is a plain piece."""
    return Line(tuple(piece(part) if isinstance(part, str) else part for part in pieces), tone)


def fit(text: str, width: int, *, right: bool = False, middle: bool = False) -> str:
    """Return ``text`` in exactly ``width`` cells, padded or cut with an ellipsis.

    Args:
        text: Cleaned text; wide characters count as two cells.
        width: Cells; nothing is returned below one.
        right: Pad on the left.
        middle: Cut in the middle: of a runner's name both the head and the tail carry meaning.
    """
    if width <= 0:
        return ""
    length = cell_len(text)
    if length > width:
        text = _cut(text, length, width, middle=middle)
        length = cell_len(text)
    padding = " " * (width - length)
    return padding + text if right else text + padding


def _cut(text: str, length: int, width: int, *, middle: bool) -> str:
    if width == 1:
        return ELLIPSIS
    tail_width = (width - 1) // 2 if middle else 0
    head, _ = split_text(text, width - 1 - tail_width)
    _, tail = split_text(text, length - tail_width) if tail_width else ("", "")
    return f"{head}{ELLIPSIS}{tail}"


def cut_line(whole: Line, width: int) -> Line:
    """Return the line in at most ``width`` cells, its end replaced by an ellipsis where it is longer."""
    if whole.width <= width:
        return whole
    pieces: list[Piece] = []
    left = width
    for text, tone in whole.pieces:
        length = cell_len(text)
        if length >= left:
            pieces.append(Piece(fit(text + ELLIPSIS, left) if length == left else fit(text, left), tone))
            break
        pieces.append(Piece(text, tone))
        left -= length
    return Line(tuple(pieces), whole.tone)


def wrap(text: str, width: int) -> list[str]:
    """Return cleaned text in lines of at most ``width`` cells, broken at spaces where there are any."""
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        candidate = f"{current} {word}" if current else word
        if cell_len(candidate) <= width:
            current = candidate
            continue
        if current:
            lines.append(current)
        while cell_len(word) > width:
            head, word = split_text(word, width)
            lines.append(head)
        current = word
    return [*lines, current]


def changed_spans(old: Line, new: Line) -> Iterator[tuple[int, int]]:
    """Yield ``(x, width)`` of the cells that differ, near ones joined to one span.

    Lines that are not cut into the same columns differ as a whole.
    """
    if old == new:
        return
    widths = [cell_len(text) for text, _ in new.pieces]
    if old.tone != new.tone or [cell_len(text) for text, _ in old.pieces] != widths:
        yield 0, max(old.width, sum(widths))
        return
    yield from _join(_differing(old, new, widths))


def _differing(old: Line, new: Line, widths: list[int]) -> Iterator[tuple[int, int]]:
    x = 0
    for before, after, width in zip(old.pieces, new.pieces, widths, strict=True):
        if before != after:
            yield x, width
        x += width


def _join(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    start = end = -1
    for x, width in spans:
        if start >= 0 and x - end <= _CHEAPER_TO_REPEAT:
            end = x + width
            continue
        if start >= 0:
            yield start, end - start
        start, end = x, x + width
    if start >= 0:
        yield start, end - start
