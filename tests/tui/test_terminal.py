"""The console in a real terminal: the first frame, silence when idle, signals, a lost line, a crash."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyte
import pytest

from tests.tui.program import SECRET

_ROOT = Path(__file__).parents[2]
_PATIENCE_S = 20.0

LEFT_ALTERNATE_SCREEN = b"\x1b[?1049l"
SHOWS_CURSOR = b"\x1b[?25h"


class Terminal:
    """The other end of a program's terminal."""

    def __init__(self, process: subprocess.Popen[bytes], line: int) -> None:
        self.process = process
        self.line = line
        self.output = b""

    def read(self, until: Callable[[bytes], bool], patience_s: float = _PATIENCE_S) -> bytes:
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
        return self.output

    def ended(self) -> int:
        """Read to the end and return the exit code."""
        self.read(lambda _: self.process.poll() is not None)
        self.read(lambda _: False, 0.2)
        return self.process.wait(_PATIENCE_S)


@contextmanager
def started(mode: str, size: tuple[int, int] = (80, 24), **environment: str) -> Iterator[Terminal]:
    """Run the console on a terminal of that size."""
    line, other_end = pty.openpty()
    fcntl.ioctl(other_end, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.tui.program", mode],
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        cwd=_ROOT,
        # Whoever imports readline puts these into the environment, and they would count more than the terminal.
        env={name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}} | environment,
        start_new_session=True,
    )
    os.close(other_end)
    try:
        yield Terminal(process, line)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        # A test that hangs up has closed it.
        with suppress(OSError):
            os.close(line)


def painted(output: bytes) -> bool:
    return b"refresh" in output or b"faults" in output


def test_the_first_frame_comes_before_any_client_library() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.tui.first_frame"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout)
    assert seen["imported"] == []
    assert "reading prod/gitlab" in seen["screen"]


def test_an_idle_console_sends_nothing() -> None:
    with started("still") as terminal:
        terminal.read(painted)
        before = len(terminal.read(lambda _: False, 1.0))
        # Longer than a tick: ages are looked at, and none of them changes while the clock stands still.
        assert len(terminal.read(lambda _: False, 6.0)) == before


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_cleanly(ending: signal.Signals) -> None:
    with started("still") as terminal:
        terminal.read(painted)
        terminal.process.send_signal(ending)
        assert terminal.ended() == 0
        assert LEFT_ALTERNATE_SCREEN in terminal.output
        assert SHOWS_CURSOR in terminal.output
        assert b"Traceback" not in terminal.output


def test_a_lost_line_ends_it() -> None:
    with started("still") as terminal:
        terminal.read(painted)
        os.close(terminal.line)
        assert terminal.process.wait(_PATIENCE_S) == 0


def test_a_crash_shows_where_and_no_secret() -> None:
    with started("bug") as terminal:
        assert terminal.ended() == 1
        text = terminal.output
        assert b"a bug" in text
        assert b"program.py" in text
        assert SECRET.encode() not in text
        assert LEFT_ALTERNATE_SCREEN in text


def test_what_can_be_told_in_a_sentence_is_no_crash() -> None:
    with started("misconfigured") as terminal:
        assert terminal.ended() == 2
        assert b"There is no file token[/evil]. Write it." in terminal.output
        assert b"Traceback" not in terminal.output


def test_what_a_terminal_shows_is_the_landing_page() -> None:
    with started("still") as terminal:
        terminal.read(painted)
        output = terminal.read(lambda _: False, 0.5)
        screen = pyte.Screen(80, 24)
        pyte.ByteStream(screen).feed(output)
        assert screen.display[0].startswith("  PROD prod   10 runners")
        assert "arc-gpu-a100" in screen.display[4]
        assert screen.buffer[4][4].reverse


def test_without_colour_no_colour_is_sent() -> None:
    with started("still", NO_COLOR="1") as terminal:
        terminal.read(painted)
        output = terminal.read(lambda _: False, 0.5)
        screen = pyte.Screen(80, 24)
        pyte.ByteStream(screen).feed(output)
        cells = [cell for row in screen.buffer.values() for cell in row.values()]
        assert {(cell.fg, cell.bg) for cell in cells} == {("default", "default")}


def test_a_torn_arrow_key_is_one_key_over_ssh() -> None:
    with started("still", SSH_CONNECTION="10.0.0.1 1 10.0.0.2 22") as terminal:
        terminal.read(painted)
        os.write(terminal.line, b"\x1b")
        terminal.read(lambda _: False, 0.2)
        os.write(terminal.line, b"[B")
        output = terminal.read(lambda _: False, 1.0)
        screen = pyte.Screen(80, 24)
        pyte.ByteStream(screen).feed(output)
        assert screen.buffer[5][4].reverse
        assert not screen.buffer[4][4].reverse


def test_a_resize_to_nothing_and_back() -> None:
    with started("still") as terminal:
        terminal.read(painted)
        for columns, rows in ((20, 5), (1, 1), (80, 24)):
            fcntl.ioctl(terminal.line, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            terminal.read(lambda output: b"need 60x16," in output)
            terminal.read(lambda _: False, 0.6)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.ended() == 0
        assert b"need 60x16," in terminal.output
        assert b"Traceback" not in terminal.output
