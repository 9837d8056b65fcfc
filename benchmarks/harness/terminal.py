"""The other end of a program's terminal: what it writes, and when each piece came."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
"""The repository, from which all programs are run."""

_PIECE: Final = 65_536
_END_S: Final = 5.0
_FROM_HERE: Final = ("PATH", "TZ", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "CI")
"""What a program inherits from the environment of the benchmarks; the rest is set, so that no configuration counts."""


class ProgramEndedError(RuntimeError):
    """The program ended while it was looked at."""


@dataclass(frozen=True)
class Piece:
    """What one read gave, and when (seconds of ``time.perf_counter``)."""

    at: float
    data: bytes


@dataclass(frozen=True)
class Size:
    """Size of a terminal in cells."""

    columns: int
    lines: int

    def __str__(self) -> str:
        return f"{self.columns}x{self.lines}"


SMALL: Final = Size(80, 24)
LARGE: Final = Size(200, 50)


class Terminal:
    """A program in a terminal of its own. Queries of the program are left unanswered, as by a plain terminal.

    Args:
        words: The program and its arguments.
        size: Of the terminal.
        environment: Beside ``PATH`` and its like all that the program gets.
    """

    def __init__(self, words: Sequence[str | Path], size: Size, environment: Mapping[str, str]) -> None:
        self.size = size
        self.pieces: list[Piece] = []
        self._ended = False
        settings = {name: os.environ[name] for name in _FROM_HERE if name in os.environ}
        settings |= {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **environment}
        program = [str(word) for word in words]
        self.started_at = time.perf_counter()
        self.pid, self._line = pty.fork()
        if self.pid == 0:
            _become(program, size, settings)

    def send(self, data: bytes) -> float:
        """Press keys, and return when."""
        at = time.perf_counter()
        os.write(self._line, data)
        return at

    def read(self, seconds: float, *, done: Callable[[], bool] = lambda: False) -> list[Piece]:
        """Return what comes within that time, or until ``done``, which is asked after each piece.

        Raises:
            ProgramEndedError: The program ended.
        """
        first = len(self.pieces)
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0 and not done():
            if not self._wait(left):
                break
        return self.pieces[first:]

    def read_until_quiet(self, quiet_s: float, longest_s: float) -> list[Piece]:
        """Return what comes until nothing came for ``quiet_s``, at most for ``longest_s``.

        Raises:
            ProgramEndedError: The program ended.
        """
        first = len(self.pieces)
        deadline = time.perf_counter() + longest_s
        while (left := deadline - time.perf_counter()) > 0 and self._wait(min(quiet_s, left)):
            pass
        return self.pieces[first:]

    def _wait(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._line], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._line, _PIECE)
        except OSError:  # Linux's way to say that the other end is closed
            data = b""
        if not data:
            self._ended = True
            said = b"".join(piece.data for piece in self.pieces[-3:])[-400:]
            raise ProgramEndedError(f"process {self.pid} ended; its last words: {said!r}")
        self.pieces.append(Piece(time.perf_counter(), data))
        return True

    @property
    def size_written(self) -> int:
        """Return how many bytes the program wrote so far."""
        return sum(len(piece.data) for piece in self.pieces)

    def end(self) -> None:
        """End the program: politely, and after some seconds at once."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                break
            if self._gone(_END_S):
                break
        os.close(self._line)

    def _gone(self, seconds: float) -> bool:
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            # A program whose terminal is full would never end.
            while not self._ended and select.select([self._line], [], [], 0.02)[0]:
                try:
                    if not os.read(self._line, _PIECE):
                        self._ended = True
                except OSError:
                    self._ended = True
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return True
            if self._ended:
                time.sleep(0.01)
        return False


def _become(program: list[str], size: Size, environment: Mapping[str, str]) -> None:
    try:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size.lines, size.columns, 0, 0))
        os.chdir(ROOT)
        os.execvpe(program[0], program, dict(environment))
    except OSError as error:
        os.write(2, f"{program[0]}: {error}\n".encode())
    finally:
        os._exit(127)


@contextmanager
def running(words: Sequence[str | Path], size: Size, environment: Mapping[str, str]) -> Iterator[Terminal]:
    """Run a program in a terminal as long as the block lasts."""
    terminal = Terminal(words, size, environment)
    try:
        yield terminal
    finally:
        terminal.end()


def python(*words: str | Path) -> list[str | Path]:
    """Return a command line of this Python."""
    return [sys.executable, *words]
