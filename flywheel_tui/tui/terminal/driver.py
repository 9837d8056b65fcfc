"""The driver of the real terminal: Textual's, with its input, its suspending and its last words done more carefully."""

from __future__ import annotations

import codecs
import errno
import logging
import os
import select
import selectors
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Final, TextIO

from textual import constants
from textual.drivers.linux_driver import LinuxDriver

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.tui.terminal.keys import STATUS_QUESTION, Translator, is_answer
from flywheel_tui.tui.terminal.scanner import PATIENT, Patience, Scanner

if TYPE_CHECKING:
    from textual.app import App

_LOG: Final = logging.getLogger(__name__)
_LOOK_S: Final = 0.1
"""How often the end is looked for, as Textual does."""
_LAST_LOOKS: Final = 5
_READ_BYTES: Final = 65_536
_LOST: Final = frozenset({errno.EIO, errno.EPIPE, errno.ENXIO, errno.EBADF, errno.ENODEV})
_UNWANTED: Final = frozenset({"\x1b[?1004h"})
"""Reports of focus would go up the line with every change of the window, and nothing here reads them."""


class LastingFile:
    """A terminal to write to that may stand still or go away.

    Textual's writing thread would end when it goes away, and the console would stand still as soon as the queue to the
    thread is full. While the terminal stands still the console does too, but it can be told to end.

    Args:
        file: The terminal.
    """

    def __init__(self, file: TextIO | None) -> None:
        if file is None:
            raise UsageError("The console has no terminal to write to.", next_step="Run it in one.")
        self._number = file.fileno()
        self._unwritten: list[str] = []
        self._hurried = False
        self._lost = False
        # A description of its own: what is set on the shell's would outlive the console.
        try:
            self._writing = os.open(os.ttyname(self._number), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError:
            self._writing = self._number

    def write(self, text: str) -> int:
        """Keep text until the next flush."""
        self._unwritten.append(text)
        return len(text)

    def flush(self) -> None:
        """Write, as long as there is somebody who may read it."""
        data = memoryview("".join(self._unwritten).encode(errors="replace"))
        self._unwritten.clear()
        stands_still = 0
        while data and not self._lost:
            _, ready, _ = select.select([], [self._writing], [], _LOOK_S)
            try:
                data = data[os.write(self._writing, data) if ready else 0 :]
            except BlockingIOError:
                continue
            except OSError as error:
                if error.errno not in _LOST:
                    raise
                self._lost = True
            stands_still = 0 if ready else stands_still + 1
            if self._hurried and stands_still >= _LAST_LOOKS:
                self._lost = True

    def hurry(self) -> None:
        """Wait no longer for a terminal that stands still."""
        self._hurried = True

    def fileno(self) -> int:
        """Return the file's number."""
        return self._number


class TerminalDriver(LinuxDriver):
    """Reads keys with a :class:`Scanner`, stops and continues as shells ask for, and ends when the line is lost.

    A lone ESC may be the escape key or the torn beginning of a sequence. Instead of waiting some milliseconds and
    guessing, the terminal is asked for its status: its answer comes after whatever it had sent before. Only a terminal
    that never answers is waited for (``ESCDELAY``).

    Args:
        app: The app.
        debug: As in Textual.
        mouse: Whether to ask for mouse reports.
        size: Of the terminal, where it is not to be asked.
    """

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._terminal = LastingFile(sys.__stderr__)
        self._file = self._terminal  # type: ignore[assignment]
        # Beside the app's own, which wait for the loop: it may wait itself, for a terminal that stands still.
        for ending in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, lambda *_: self._terminal.hurry())
        self._stopped = False
        self._answers = False
        # What waits for the answers to the questions asked, in their order.
        self._waiting: deque[Callable[[], None] | None] = deque()
        self._asking = Lock()
        # Textual's own handlers act in the midst of whatever runs, which may hold the lock of the writer's queue.
        self._loop.add_signal_handler(signal.SIGTSTP, self._stop)
        self._loop.add_signal_handler(signal.SIGCONT, self._continue)

    def write(self, data: str) -> None:
        """Write to the terminal, but for what it need not do."""
        if data not in _UNWANTED:
            super().write(data)

    def ask(self, then: Callable[[], None] | None = None) -> None:
        """Ask the terminal for its status, and call ``then`` on the app's loop when it answers.

        By then it has read all that was written before. A terminal that does not answer is not waited for.
        """
        with self._asking:
            self._waiting.append(then if self._answers else None)
            self.write(STATUS_QUESTION)
        if not self._answers and then is not None:
            self._loop.call_soon_threadsafe(then)

    def run_input_thread(self) -> None:
        """Read until the app ends or the line is lost."""
        scanner = Scanner(Patience(escape=constants.ESCAPE_DELAY))
        translator = Translator(mouse=self._mouse)
        decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        asked = False
        # The answer tells early whether this terminal gives any.
        self._waiting.clear()
        self.ask()
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_wait(scanner.deadline, time.monotonic())):
                    data = self._read()
                    if not data:
                        self._loop.call_soon_threadsafe(self._lost)
                        return
                    tokens = scanner.feed(decode(data), time.monotonic())
                else:
                    tokens = scanner.tick(time.monotonic())
                for token in tokens:
                    if is_answer(token):
                        scanner.patience = PATIENT
                        self._answered()
                    for message in translator.events_of(token):
                        self.process_message(message)
                if scanner.unfinished and not asked:
                    self.ask()
                asked = scanner.unfinished

    def _answered(self) -> None:
        self._answers = True
        with self._asking:
            then = self._waiting.popleft() if self._waiting else None
        if then is not None:
            self._loop.call_soon_threadsafe(then)

    def _read(self) -> bytes:
        """Return what came in, or nothing when nothing can come any more."""
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError as error:
            if error.errno in _LOST:
                return b""
            raise

    def _lost(self) -> None:
        _LOG.warning("The terminal is gone.")
        # The console keeps where the operator was, to take it up again; any other app just ends.
        leave = getattr(self._app, "hang_up", self._app.exit)
        leave()

    def _stop(self) -> None:
        """Give the terminal back and stop, as ``ctrl-z`` does elsewhere."""
        if self._auto_restart:
            self.suspend_application_mode()
            self._stopped = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _continue(self) -> None:
        """Take the terminal again. Whoever stopped the process from outside may have left it in any state."""
        if not self._auto_restart:
            return
        if not self._stopped:
            self.suspend_application_mode()
        self._must_signal_resume = True
        writer = self._writer_thread
        self.resume_application_mode()
        # In the background it stops again without having taken the terminal.
        self._stopped = self._writer_thread is writer


def _wait(deadline: float | None, now: float) -> float:
    return _LOOK_S if deadline is None else max(0.0, min(_LOOK_S, deadline - now))
