"""The console behind a pseudo terminal whose picture, as the emulator pyte draws it, a test can look at."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pyte

ROOT = Path(__file__).parents[2]
PATIENCE_S = 20.0
_OVER_SSH = "10.0.0.1 1 10.0.0.2 22"

LEFT_ALTERNATE_SCREEN = b"\x1b[?1049l"
ENTERED_ALTERNATE_SCREEN = b"\x1b[?1049h"
SHOWS_CURSOR = b"\x1b[?25h"


class Answering(pyte.Screen):
    """An emulated screen that answers the questions it is asked, behind what it has sent before.

    Args:
        columns: Its width.
        lines: Its height.
        line: Where the answers go; None for a terminal that gives none.
    """

    def __init__(self, columns: int, lines: int, line: int | None) -> None:
        super().__init__(columns, lines)
        self._line = line
        self._held: list[str] | None = None

    def write_process_input(self, data: str) -> None:
        """Send an answer, or keep it back while something before it is still on the way."""
        if self._held is not None:
            self._held.append(data)
        elif self._line is not None:
            os.write(self._line, data.encode())

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Keep answers back until what is sent here is on its way."""
        self._held = []
        yield
        held, self._held = self._held, None
        for answer in held:
            self.write_process_input(answer)


class Terminal:
    """The other end of a program's terminal."""

    def __init__(self, process: subprocess.Popen[bytes], line: int, size: tuple[int, int], *, answers: bool) -> None:
        self.process = process
        self.line = line
        self.output = b""
        self.screen = Answering(*size, line if answers else None)
        self._stream = pyte.ByteStream(self.screen)

    def read(self, until: Callable[[bytes], bool], patience_s: float = PATIENCE_S) -> bytes:
        """Return all output, read until it is as wanted, the program ends or the patience does."""
        deadline = time.monotonic() + patience_s
        while not until(self.output) and (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self.line], [], [], left)
            if not ready:
                break
            try:
                data = os.read(self.line, 65536)
            except OSError:  # Linux's way to say that the other end is closed
                break
            if not data:
                break
            self.output += data
            self._stream.feed(data)
        return self.output

    def rest(self, seconds: float = 0.3) -> None:
        """Read for that long."""
        self.read(lambda _: False, seconds)

    def shows(self, text: str, patience_s: float = PATIENCE_S) -> bool:
        """Read until the text is on the screen, and return whether it is."""
        self.read(lambda _: text in self.text, patience_s)
        return text in self.text

    def lacks(self, text: str, patience_s: float = PATIENCE_S) -> bool:
        """Read until the text is not on the screen, and return whether it is not."""
        self.read(lambda _: text not in self.text, patience_s)
        return text not in self.text

    def comes_to(self, text: str, patience_s: float = PATIENCE_S) -> bool:
        """Read until the cursor is on a line with that text, and return whether it is."""
        self.read(lambda _: text in self.under_cursor, patience_s)
        return text in self.under_cursor

    def send(self, *parts: bytes, delay_s: float = 0.0) -> None:
        """Send parts with a delay between them, and read meanwhile."""
        with self.screen.sending():
            for number, part in enumerate(parts):
                if number:
                    self.rest(delay_s)
                os.write(self.line, part)

    def send_much(self, data: bytes) -> None:
        """Send more than the terminal holds at once."""
        while data:
            select.select([], [self.line], [], PATIENCE_S)
            data = data[os.write(self.line, data[:1024]) :]

    def resize(self, columns: int, lines: int) -> None:
        """Change the size, as a window does."""
        self.screen.resize(lines, columns)
        fcntl.ioctl(self.line, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    @property
    def text(self) -> str:
        """Return the screen as text."""
        return "\n".join(self.screen.display)

    @property
    def under_cursor(self) -> str:
        """Return the line under the console's cursor."""
        return line_in_reverse(self.screen)

    def is_raw(self) -> bool:
        """Return whether keys reach the program one by one."""
        return not termios.tcgetattr(self.line)[3] & (termios.ICANON | termios.ECHO)

    def ended(self) -> int:
        """Read to the end and return the exit code."""
        self.read(lambda _: self.process.poll() is not None)
        self.read(lambda _: False, 0.2)
        return self.process.wait(PATIENCE_S)


@contextmanager
def started(
    mode: str,
    size: tuple[int, int] = (80, 24),
    *,
    answers: bool = False,
    ssh: bool = False,
    words: Sequence[str] = (),
    **environment: str,
) -> Iterator[Terminal]:
    """Run the console on a terminal of that size.

    Args:
        mode: What :mod:`tests.tui.program` runs.
        size: Columns and lines.
        answers: Whether the terminal answers questions.
        ssh: Whether the console believes to be reached over SSH.
        words: Run the command line with these words instead.
        environment: Variables beside those of the tests.
    """
    line, other_end = pty.openpty()
    fcntl.ioctl(other_end, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    # Whoever imports readline puts the size into the environment, and that would count more than the terminal.
    inherited = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "TMUX"}}
    process = subprocess.Popen(
        [sys.executable, "-m", *(("flywheel_tui", *words) if words else ("tests.tui.program", mode))],
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        cwd=ROOT,
        env=inherited | {"TERM": "xterm-256color"} | ({"SSH_CONNECTION": _OVER_SSH} if ssh else {}) | environment,
        start_new_session=True,
    )
    os.close(other_end)
    try:
        yield Terminal(process, line, size, answers=answers)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        # A test that hangs up has closed it.
        with suppress(OSError):
            os.close(line)


def painted(output: bytes) -> bool:
    """Return whether the landing page is on the terminal."""
    return b"refresh" in output or b"faults" in output


def line_in_reverse(screen: pyte.Screen) -> str:
    """Return the line that is drawn in reverse, but for what a filter found in it: it is under the cursor."""
    for y in range(1, screen.lines - 2):
        if sum(screen.buffer[y][x].reverse for x in range(screen.columns)) > screen.columns // 2:
            return str(screen.display[y])
    return ""
