"""Frames through the frame diff into a terminal emulator: the same screen as the last frame painted whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from flywheel_tui.tui.frame_diff.differ import FrameDiff
from flywheel_tui.tui.frame_diff.terminal import Terminal
from tests.tui.emulator import Emulator, Shown

SCROLLING = Terminal(scrolls=True, erases_in_color=True)
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
Frame = list[Strip]


def console(color_system: str = "truecolor") -> Console:
    return Console(force_terminal=True, color_system=color_system, legacy_windows=False)  # type: ignore[arg-type]


def whole(strips: Frame) -> LayoutUpdate:
    return LayoutUpdate([[strip] for strip in strips], Region(0, 0, strips[0].cell_length, len(strips)))


def painted(strips: Frame, color_system: str = "truecolor") -> list[list[tuple[object, ...]]]:
    """Return the cells that Textual's own way of writing a whole frame gives."""
    emulator = Emulator(strips[0].cell_length, len(strips))
    # A terminal's line discipline turns LF into CR LF.
    emulator.feed(whole(strips).render_segments(console(color_system)).replace("\n", "\r\n"))
    return [list(row) for row in emulator.shown().cells]


# Characters for which Rich, pyte and terminals agree on the width.
CHARACTERS = st.sampled_from([*"ab01    ", "─", "é", "漢", "字", "e\u0301", "ｶ", "…"])


@st.composite
def strip(draw: st.DrawFn, width: int) -> Strip:
    segments: list[Segment] = []
    left = width
    while left > 0:
        text = "".join(draw(st.lists(CHARACTERS, min_size=1, max_size=width)))
        piece = Strip([Segment(text, draw(st.sampled_from(STYLES)))]).crop(0, left)
        segments.extend(piece)
        left -= piece.cell_length
    return Strip(segments)


@st.composite
def next_frame(draw: st.DrawFn, before: Frame) -> Frame:
    """Return a frame that is like the one before: rows changed, or moved within a band."""
    frame = list(before)
    width, height = frame[0].cell_length, len(frame)
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            frame[draw(st.integers(0, height - 1))] = draw(strip(width))
            continue
        top = draw(st.integers(0, height - 1))
        bottom = draw(st.integers(top, height - 1))
        rows = draw(st.integers(1, bottom - top + 1))
        fresh = [draw(strip(width)) for _ in range(rows)]
        band = frame[top : bottom + 1]
        moved = band[rows:] + fresh if draw(st.booleans()) else fresh + band[: len(band) - rows]
        frame[top : bottom + 1] = moved
    return frame


@st.composite
def films(draw: st.DrawFn) -> list[Frame]:
    width, height = draw(st.integers(1, 24)), draw(st.integers(1, 9))
    frames = [[draw(strip(width)) for _ in range(height)]]
    for _ in range(draw(st.integers(1, 4))):
        frames.append(draw(next_frame(frames[-1])))
    return frames


@pytest.mark.parametrize("terminal", [SCROLLING, BARE])
@given(films(), st.data())
def test_any_film_ends_with_its_last_frame(terminal: Terminal, film: list[Frame], data: st.DataObject) -> None:
    emulator = Emulator(film[0][0].cell_length, len(film[0]))
    emulator.feed("\x1b[7mwhat was there before")
    diff = FrameDiff(terminal)
    for frame in film:
        if data.draw(st.booleans()):
            diff.take(whole(frame), console())
        else:
            diff.take(whole(film[0]), console())
            rows = range(len(frame))
            width = frame[0].cell_length
            chops = ChopsUpdate([{0: strip} for strip in frame], [(y, 0, width) for y in rows], [[width] for _ in rows])
            assert diff.fits(chops)
            diff.take(chops, console())
        if data.draw(st.booleans()):
            emulator.feed(diff.frame(None))
            assert emulator.shown().cells == painted(frame)
    emulator.feed(diff.frame((0, 0)))
    assert emulator.shown() == Shown(painted(film[-1]), (0, 0))  # type: ignore[arg-type]
    assert diff.frame((0, 0)) == ""
