"""Frames for tests of the frame diff, and what Textual and a terminal make of them."""

from __future__ import annotations

import random
from typing import Literal

from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from flywheel_tui.tui.frame_diff.differ import FrameDiff
from flywheel_tui.tui.frame_diff.terminal import Terminal
from tests.tui.emulator import Cell, Emulator

XTERM = Terminal(scrolls=True, erases_in_color=True)

SCREEN = Terminal(scrolls=True, erases_in_color=False)

BARE = Terminal(scrolls=False, erases_in_color=False)

STYLES = (
    None,
    Style(),
    Style(color="red", bold=True),
    Style(reverse=True),
    Style(color="default", bgcolor="default"),
    Style(bold=True, dim=True),
    Style(dim=True, color="bright_green"),
    Style(bgcolor="#123456"),
    Style(color="#abcdef", bgcolor="color(200)", underline=True, italic=True),
    Style(strike=True, blink=True, overline=True),
    Style(link="https://example.com/"),
)

# Characters for which Rich, pyte and terminals agree on the width.
CHARACTERS = [*"abcdefgh0123        ", "─", "é", "漢", "字", "ｶ", "…"]

COMBINED = ["e\u0301", "a\u0308\u0323"]

Frame = list[Strip]

ColorSystem = Literal["standard", "256", "truecolor"]


def console(color_system: ColorSystem = "truecolor") -> Console:
    return Console(force_terminal=True, color_system=color_system, legacy_windows=False)


def whole(frame: Frame) -> LayoutUpdate:
    return LayoutUpdate([[strip] for strip in frame], Region(0, 0, frame[0].cell_length, len(frame)))


def strip_of(seed: int, width: int, *, combines: bool = False) -> Strip:
    """Return any strip; one in three seeds gives plain ASCII, one in three ends in blanks."""
    chance = random.Random(seed)
    characters = CHARACTERS[:20] if seed % 3 == 0 else [*CHARACTERS, *(COMBINED if combines else [])]
    segments: list[Segment] = []
    left = width
    if seed % 3 == 1:
        left = chance.randint(0, width)
    while left > 0:
        text = "".join(chance.choices(characters, k=chance.randint(1, 9)))
        piece = Strip([Segment(text, chance.choice(STYLES))]).crop(0, left)
        segments.extend(piece)
        left -= piece.cell_length
    return Strip(segments).extend_cell_length(width, chance.choice(STYLES) or Style())


def painted(frame: Frame, color_system: ColorSystem = "truecolor") -> list[list[Cell]]:
    """Return the cells that Textual's own way of writing a whole frame gives."""
    emulator = Emulator(frame[0].cell_length, len(frame))
    # A terminal's line discipline turns LF into CR LF.
    emulator.feed(whole(frame).render_segments(console(color_system)).replace("\n", "\r\n"))
    return emulator.shown().cells


SEEDS = st.integers(0, 2**16)


def lines(*texts: str) -> Frame:
    width = max(map(len, texts))
    return [Strip([Segment(text.ljust(width))]) for text in texts]


def shown_then(first: Frame, second: Frame, terminal: Terminal = XTERM) -> str:
    """Return what the second frame costs after the first."""
    diff = FrameDiff(terminal)
    diff.take(whole(first), console())
    diff.frame(None)
    diff.take(whole(second), console())
    return diff.frame(None)


LIST = [f"{number:02} a runner in a long list {number * 7919 % 1000}" for number in range(40)]
