"""The way of frames to the terminal: written whole, watched for what others write, and what kinds of terminals can."""

from __future__ import annotations

import subprocess
import sys

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.driver import Driver
from textual.strip import Strip

from flywheel_tui.tui.frame_diff.differ import FrameDiff
from flywheel_tui.tui.frame_diff.outlet import Outlet
from flywheel_tui.tui.frame_diff.terminal import Terminal
from tests.unit.tui.frames import (
    XTERM,
    console,
    whole,
)


class Written(Driver):
    """A driver that keeps what is written to it."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def write(self, data: str) -> None:
        self.texts.append(data)

    def flush(self) -> None: ...

    def start_application_mode(self) -> None: ...

    def disable_input(self) -> None: ...

    def stop_application_mode(self) -> None: ...


@pytest.mark.parametrize(
    ("frame", "synchronized", "written"),
    [
        ("x" * 100, True, ["\x1b[?2026h" + "x" * 100 + "\x1b[?2026l"]),
        ("x" * 99, True, ["x" * 99]),
        ("x" * 100, False, ["x" * 100]),
        ("", True, []),
    ],
)
def test_long_frames_are_shown_whole_where_the_terminal_can(frame: str, synchronized: bool, written: list[str]) -> None:
    driver = Written()
    Outlet(driver, FrameDiff(XTERM)).write_frame(frame, synchronized=synchronized)
    assert driver.texts == written


def test_what_others_write_does_not_take_the_last_look() -> None:
    driver, diff = Written(), FrameDiff(XTERM)
    Outlet(driver, diff)
    diff.take(whole([Strip([Segment("abc", Style(reverse=True))])]), console())
    diff.frame(None)
    driver.write("\x1b[?1049l")
    assert driver.texts == ["\x1b[m", "\x1b[?1049l"]
    assert diff.forgotten


@pytest.mark.parametrize(
    ("name", "scrolls", "erases_in_color"),
    [
        ("xterm", True, True),
        ("xterm-256color", True, True),
        ("screen", True, False),
        ("tmux-256color", True, False),
        ("linux", True, True),
        ("vt100", True, False),
        ("ansi", False, False),
        ("dumb", False, False),
        ("unknown", False, False),
        ("", False, False),
        ("no-such-terminal", False, False),
    ],
)
def test_what_terminals_can_do(name: str, scrolls: bool, erases_in_color: bool) -> None:
    # Terminfo is read once in a process, so every name gets its own.
    code = f"from flywheel_tui.tui.frame_diff.terminal import terminal_of; print(terminal_of({name!r}))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == repr(Terminal(scrolls=scrolls, erases_in_color=erases_in_color))
