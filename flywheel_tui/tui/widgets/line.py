"""Lines of text as pieces with a tone: cut to cells, and compared so that only what differs is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Final, NamedTuple

from rich.cells import cell_len, split_text

from flywheel_tui.domain.text import clean
from flywheel_tui.tui.widgets.tone import Tone

ELLIPSIS: Final = "…"

# Moving the terminal's cursor and setting a colour costs about as many bytes as writing this many cells again.
_CHEAPER_TO_REPEAT: Final = 8


class Piece(NamedTuple):
    """Text of one tone.

    Attributes:
        text: One line without control characters: make it with :func:`piece`.
        over: Laid over the tone: that the text changed, or that a filter found it. None leaves the tone as it is.
    """

    text: str
    tone: Tone = Tone.PLAIN
    over: Tone | None = None


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
        return "".join(part.text for part in self.pieces)

    @property
    def width(self) -> int:
        """Return the width in cells."""
        return sum(cell_len(part.text) for part in self.pieces)


def piece(text: str, tone: Tone = Tone.PLAIN) -> Piece:
    """Return outside text as a piece: cleaned, never read as markup."""
    return Piece(clean(text), tone)


def line(*pieces: Piece | str, tone: Tone | None = None) -> Line:
    """Return a line of pieces; a bare string is a plain piece."""
    return Line(tuple(piece(part) if isinstance(part, str) else part for part in pieces), tone)


def joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the pieces with neighbours of one look as one: what comes after costs by the piece."""
    runs: list[Piece] = []
    texts: list[str] = []
    tone = over = None
    for part in pieces:
        if part.tone is not tone or part.over is not over:
            if tone is not None:
                runs.append(Piece("".join(texts), tone, over))
            texts, tone, over = [], part.tone, part.over
        texts.append(part.text)
    if tone is not None:
        runs.append(Piece("".join(texts), tone, over))
    return tuple(runs)


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
        head, tail = ends(text, width, middle=middle)
        text = f"{head}{ELLIPSIS}{tail}"
        length = cell_len(text)
    padding = " " * (width - length)
    return padding + text if right else text + padding


def ends(text: str, width: int, *, middle: bool) -> tuple[str, str]:
    """Return what is left of a text that is wider than ``width`` cells, before and after the ellipsis."""
    tail_width = (width - 1) // 2 if middle else 0
    head, _ = split_text(text, width - 1 - tail_width)
    _, tail = split_text(text, cell_len(text) - tail_width) if tail_width else ("", "")
    # A wide character that is cut through leaves a blank, which fitting puts at the end.
    return head.rstrip(), tail.lstrip()


def cut_line(whole: Line, width: int) -> Line:
    """Return the line in at most ``width`` cells, its end replaced by an ellipsis where it is longer."""
    if whole.width <= width:
        return whole
    pieces: list[Piece] = []
    left = width
    for part in whole.pieces:
        length = cell_len(part.text)
        if length >= left:
            pieces.append(part._replace(text=fit(part.text + ELLIPSIS if length == left else part.text, left)))
            break
        pieces.append(part)
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
    """Yield ``(x, width)`` of the cells that differ, near ones joined to one span."""
    if old == new:
        return
    if old.tone != new.tone:
        yield 0, max(old.width, new.width)
        return
    before, after = _cells(old), _cells(new)
    start = end = -1
    for x, (one, other) in enumerate(zip_longest(before, after, fillvalue=_BLANK)):
        if one == other:
            continue
        if start >= 0 and x - end > _CHEAPER_TO_REPEAT:
            yield start, end - start
            start = -1
        if start < 0:
            start = x
        end = x + 1
    if start >= 0:
        yield start, end - start


_BLANK: Final = (" ", Tone.PLAIN, None, 0)


def _cells(whole: Line) -> list[tuple[str, Tone, Tone | None, int]]:
    """Return what is in each cell. Text with wide characters counts as one thing that fills its cells."""
    cells: list[tuple[str, Tone, Tone | None, int]] = []
    for text, tone, over in whole.pieces:
        width = cell_len(text)
        if width == len(text):
            cells.extend((character, tone, over, 0) for character in text)
        else:
            cells.extend((text, tone, over, offset) for offset in range(width))
    return cells
