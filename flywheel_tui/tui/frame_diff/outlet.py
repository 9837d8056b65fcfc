"""The way to the terminal: the frame diff's own frames, and a watch over what others write there."""

from __future__ import annotations

import re
from typing import Final

from textual.driver import Driver

from flywheel_tui.tui.frame_diff.differ import FrameDiff

_LEAVES_CELLS_ALONE: Final = re.compile(
    r"""(?: \a                                  # bell
        | \x1b\] [^\a\x1b]* (?: \a | \x1b\\ )   # OSC: clipboard, title, pointer
        | \x1b\[ [>=<] [\d;]* [a-z]             # keyboard protocol
        | \x1b\[ (?: [56]n | >? 0? c )         # questions for status, cursor and kind
        | \x1b\[ \? (?! [356]\D | 69 | 47 | 104[789]) \d+ \$? [hlp] # modes, but for widths, margins, other screens
        )*""",
    re.VERBOSE,
)
_SYNC_BEGIN: Final = "\x1b[?2026h"
_SYNC_END: Final = "\x1b[?2026l"
_SYNC_WORTH: Final = 100
"""Bytes of a frame below which a terminal hardly draws half of it."""


class Outlet:
    """Writes frames to a driver, and notices when something else writes to its terminal.

    Args:
        driver: Textual's driver; from now on its ``write`` is watched.
        diff: Forgets its cells when something unknown is written.
    """

    def __init__(self, driver: Driver, diff: FrameDiff) -> None:
        self.driver = driver
        self._diff = diff
        self._write = driver.write
        driver.write = self._write_of_others  # type: ignore[method-assign]

    def write_frame(self, frame: str, *, synchronized: bool) -> None:
        """Write a frame.

        Args:
            frame: What :meth:`FrameDiff.frame` returned.
            synchronized: Whether the terminal can wait with showing a frame until all of it is there.
        """
        if not frame:
            return
        if synchronized and len(frame) >= _SYNC_WORTH:
            frame = f"{_SYNC_BEGIN}{frame}{_SYNC_END}"
        self._write(frame)
        self.driver.flush()

    def _write_of_others(self, data: str) -> None:
        if _LEAVES_CELLS_ALONE.fullmatch(data) is None:
            self._diff.forget()
            if not self._diff.plain:
                # The shell would go on in the colours of the last cell.
                self._write("\x1b[m")
        self._write(data)
