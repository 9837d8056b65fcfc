"""A server in a process of its own: started, watched until it answers, stopped, its log kept."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.real.servers.waiting import NotInTimeError, wait_for

STOP_SECONDS = 20.0


class ServerFailedError(RuntimeError):
    """The server ended by itself or did not answer in time. The message carries the end of its log."""


class ServerProcess:
    """One server program with its log. It may be stopped and started again, with the same arguments, repeatedly.

    It runs in a session of its own (a Ctrl-C in the terminal reaches pytest only, which then stops it in order), and
    Linux ends it should pytest die without stopping it.
    """

    def __init__(self, command: Sequence[str | Path], *, log: Path, answers: Callable[[], bool], folder: Path) -> None:
        """Describes the server without starting it.

        Args:
            command: the program and its arguments.
            log: what the program prints is appended here.
            answers: asks the server once whether it is ready; False while it is not, never raises for that.
            folder: the working directory, which exists.
        """
        self.command = [str(part) for part in command]
        self.log = log
        self._answers = answers
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """The program's name."""
        return Path(self.command[0]).name

    @property
    def running(self) -> bool:
        """Whether the process is there. A server that crashed is not running."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process id while it is running."""
        return self._process.pid if self._process is not None and self.running else None

    def start(self, *, seconds: float = 60.0) -> None:
        """Starts the server and returns when it answers. Does nothing when it is already running.

        Raises:
            ServerFailedError: it ended or did not answer within the limit; it is not running then.
        """
        if self.running:
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*_ended_with_us(), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                start_new_session=True,
            )
        try:
            wait_for(f"{self.name} answers", self._answered_or_ended, seconds=seconds)
        except NotInTimeError as error:
            self.stop(kill=True)
            raise ServerFailedError(f"{error}\n{self.log_tail()}") from error

    def stop(self, *, kill: bool = False) -> None:
        """Ends the server and waits until it is gone. Does nothing when it is not running.

        Args:
            kill: SIGKILL at once, as a crash or a lost machine would; else SIGTERM, and SIGKILL after 20 s.
        """
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        _signal_group(process, signal.SIGKILL if kill else signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _signal_group(process, signal.SIGKILL)
            process.wait(STOP_SECONDS)

    def log_tail(self, lines: int = 30) -> str:
        """The last lines of the log, headed by its path."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join([f"--- {self.log}", *text.splitlines()[-lines:]])

    def _answered_or_ended(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            status = None if self._process is None else self._process.returncode
            raise ServerFailedError(f"{self.name} ended by itself with status {status}\n{self.log_tail()}")
        return self._answers()


def _ended_with_us() -> list[str]:
    # The signal comes when the starting thread ends, so only the main thread may ask for it. The wrapper becomes the
    # server (same process id); Python code between fork and exec could not do this safely.
    wrapper = shutil.which("setpriv")
    if wrapper is None or threading.current_thread() is not threading.main_thread():
        return []
    return [wrapper, "--pdeathsig", "KILL", "--"]


def _signal_group(process: subprocess.Popen[bytes], signal_number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, signal_number)
    except ProcessLookupError:
        return  # it ended between the look and the signal
