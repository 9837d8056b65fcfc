"""A cell's text as pieces: padded or cut to its cells, with the parts that a filter found laid over."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from rich.cells import cell_len

from flywheel_tui.tui.widgets.line import ELLIPSIS, Piece, ends
from flywheel_tui.tui.widgets.tone import Tone

Spans = Iterable[tuple[int, int]]
"""Characters of a text, from the first to the one after the last."""


def fit_pieces(
    text: str,
    width: int,
    tone: Tone,
    *,
    over: Tone | None = None,
    found: Spans = (),
    right: bool = False,
    middle: bool = False,
) -> tuple[Piece, ...]:
    """Return ``text`` in exactly ``width`` cells, as :func:`~flywheel_tui.tui.widgets.line.fit` does.

    What was found in the part that is cut away is told by the ellipsis.

    Args:
        text: Cleaned text.
        width: Cells.
        tone: Tone of all pieces.
        over: Laid over the text, but not over the padding.
        found: The parts to lay :attr:`Tone.MATCH` over.
        right: Pad on the left.
        middle: Cut in the middle.
    """
    if width <= 0:
        return ()
    length = cell_len(text)
    if length > width:
        head, tail = ends(text, width, middle=middle)
        found = _moved(found, len(head), len(text) - len(tail))
        text = f"{head}{ELLIPSIS}{tail}"
        length = cell_len(text)
    padding = (Piece(" " * (width - length), tone),) if length < width else ()
    pieces = _over(text, tone, over, found)
    return (*padding, *pieces) if right else (*pieces, *padding)


def _over(text: str, tone: Tone, over: Tone | None, found: Spans) -> tuple[Piece, ...]:
    layers: list[Tone | None] = [over] * len(text)
    for start, end in found:
        layers[start:end] = [Tone.MATCH] * len(layers[start:end])
    runs = groupby(zip(text, layers, strict=True), key=lambda pair: pair[1])
    return tuple(Piece("".join(character for character, _ in run), tone, layer) for layer, run in runs)


def _moved(found: Spans, head: int, tail: int) -> list[tuple[int, int]]:
    """Return where spans stand once the characters from ``head`` to ``tail`` became one ellipsis."""
    gone = tail - head - 1

    def place(at: int, *, is_end: bool) -> int:
        if at <= head:
            return at
        return head + is_end if at < tail or (at == tail and is_end) else at - gone

    return [(place(start, is_end=False), place(end, is_end=True)) for start, end in found]
