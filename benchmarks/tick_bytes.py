"""What a tick sends, against the fewest bytes that would bring the old screen to the new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from benchmarks.harness.cell_diff import minimal_bytes
from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Outcome
from benchmarks.harness.made_up import ALL, MANY, SIXTEEN, Colours, console
from benchmarks.harness.paint import Typist
from benchmarks.harness.terminal import LARGE, SMALL, Piece

RUNNERS: Final = 10_000
EVERY_S: Final = 1.0
TICKS: Final = 12
_APART_S: Final = 0.15
"""Bursts so far apart are two ticks."""


def measure(outcome: Outcome, effort: Effort) -> None:
    """Measure on both sizes with all three depths of colour."""
    for size in (SMALL, LARGE):
        for colours in (SIXTEEN, MANY, ALL):
            case = f"{size}, {colours.name}"
            effort.say(f"bytes a tick, {case}")
            with console(RUNNERS, EVERY_S, size=size, colours=colours) as typist:
                sent, least = ticks(typist, effort.rounds(TICKS), colours)
            outcome.add("bytes a tick", "flywheel", case, "bytes", sent)
            outcome.add("bytes a tick", "minimal", case, "bytes", least)
            ratios = [mine / best for mine, best in zip(sent, least, strict=True) if best]
            outcome.add("bytes a tick", "times minimal", case, "x", ratios)


def ticks(typist: Typist, count: int, colours: Colours) -> tuple[list[int], list[int]]:
    """Return for so many ticks the bytes that were sent and the fewest that could have been."""
    typist.settle(_APART_S, 2 * EVERY_S)
    pieces = typist.terminal.read((count + 0.5) * EVERY_S)
    sent, least = [], []
    for burst in bursts(pieces):
        before = typist.emulator.cells()
        cursor = typist.emulator.screen.cursor
        pen, place = cursor.attrs, (cursor.y, cursor.x)
        for piece in burst:
            typist.emulator.feed(piece.data)
        after = typist.emulator.cells()
        sent.append(sum(len(piece.data) for piece in burst))
        least.append(minimal_bytes(before, after, pen, place, truecolor=colours is ALL))
    typist.look(skip=len(pieces))
    return sent, least


def bursts(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return the pieces of each tick."""
    found: list[list[Piece]] = []
    for piece in pieces:
        if not found or piece.at - found[-1][-1].at > _APART_S:
            found.append([])
        found[-1].append(piece)
    return found
