"""What a first paint and a scroll by one row send."""

from __future__ import annotations

from typing import Final

from benchmarks.harness.cell_diff import minimal_bytes
from benchmarks.harness.effort import Effort
from benchmarks.harness.emulator import Emulator
from benchmarks.harness.figures import Outcome
from benchmarks.harness.made_up import ALL, SIXTEEN, console
from benchmarks.harness.terminal import LARGE, SMALL
from benchmarks.key_to_paint import scrolls

RUNNERS: Final = 10_000


def measure(outcome: Outcome, effort: Effort) -> None:
    """Measure on both sizes."""
    for size in (SMALL, LARGE):
        for colours in (SIXTEEN, ALL):
            case = f"{size}, {colours.name}"
            effort.say(f"first paint and scroll, {case}")
            with console(RUNNERS, None, size=size, colours=colours) as typist:
                outcome.add("first paint", "flywheel", case, "bytes", typist.terminal.size_written)
                empty = Emulator(size)
                pen, cells = empty.screen.cursor.attrs, typist.emulator.cells()
                least = minimal_bytes(empty.cells(), cells, pen, (0, 0), truecolor=colours is ALL)
                outcome.add("first paint", "minimal", case, "bytes", least)
                series = scrolls(typist, effort.rounds(10))
                outcome.add("scroll by one row", "flywheel", case, "bytes", series.sizes, missed=series.missed)
