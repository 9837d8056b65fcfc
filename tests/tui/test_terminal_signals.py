"""Signals, stopping and continuing, a lost line: the terminal is always given back as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.tui.pty_console import (
    ENTERED_ALTERNATE_SCREEN,
    LEFT_ALTERNATE_SCREEN,
    PATIENCE_S,
    SHOWS_CURSOR,
    Terminal,
    painted,
    started,
)


def state(process: subprocess.Popen[bytes]) -> str:
    """Return the letter that Linux gives the state of a process: T is stopped."""
    return Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]


def cpu_s(process: subprocess.Popen[bytes]) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stopped(terminal: Terminal) -> bool:
    """Read until the program is stopped, and return whether it is."""
    deadline = time.monotonic() + PATIENCE_S
    while state(terminal.process) != "T" and time.monotonic() < deadline:
        terminal.rest(0.05)
    terminal.rest(0.1)
    return state(terminal.process) == "T"


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("typing", [b"", b"/gl", b"\x1b[200~half a paste"])
def test_a_signal_ends_it_cleanly(ending: signal.Signals, typing: bytes) -> None:
    with started("still") as terminal:
        terminal.read(painted)
        assert terminal.is_raw()
        terminal.send(typing)
        terminal.rest()
        terminal.process.send_signal(ending)
        assert terminal.ended() == 0
        assert LEFT_ALTERNATE_SCREEN in terminal.output
        assert SHOWS_CURSOR in terminal.output
        assert b"Traceback" not in terminal.output
        assert not terminal.is_raw()


def test_a_lost_line_ends_it() -> None:
    with started("still") as terminal:
        terminal.read(painted)
        os.close(terminal.line)
        assert terminal.process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("mode", ["still", "churn"])
def test_a_lost_line_without_a_hangup_ends_it_too(mode: str) -> None:
    # Not the session's own terminal, as below nohup or some supervisors: no signal tells of the loss.
    with started(mode, FLYWHEEL_TEST_NO_CONTROLLING_TERMINAL="1") as terminal:
        terminal.read(painted)
        os.close(terminal.line)
        assert terminal.process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_that_stands_still_does_not_keep_it(ending: signal.Signals) -> None:
    with started("churn", (200, 50)) as terminal:
        terminal.read(painted)
        # Nobody reads any more, as behind a connection that is dead but not yet given up.
        with pytest.raises(subprocess.TimeoutExpired):
            terminal.process.wait(3.0)
        terminal.process.send_signal(ending)
        assert terminal.process.wait(PATIENCE_S) == 0


def test_a_lost_line_while_stopped_ends_it() -> None:
    with started("still") as terminal:
        terminal.read(painted)
        terminal.process.send_signal(signal.SIGTSTP)
        assert stopped(terminal)
        os.close(terminal.line)
        terminal.process.send_signal(signal.SIGCONT)
        assert terminal.process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("resized", [False, True])
def test_stopped_and_continued(resized: bool) -> None:
    with started("still") as terminal:
        terminal.read(painted)
        terminal.send(b"/gl\r")
        assert terminal.shows("/gl")
        terminal.rest()
        terminal.send(b"j")
        terminal.rest()
        before = terminal.under_cursor
        terminal.process.send_signal(signal.SIGTSTP)
        assert stopped(terminal)
        assert not terminal.is_raw()
        assert terminal.output.count(LEFT_ALTERNATE_SCREEN) == 1
        # What the shell writes meanwhile.
        terminal.screen.reset()
        if resized:
            terminal.resize(100, 30)
        terminal.process.send_signal(signal.SIGCONT)
        assert terminal.shows("gl-linux-s")
        terminal.rest(0.5)
        assert terminal.is_raw()
        assert terminal.output.count(ENTERED_ALTERNATE_SCREEN) == 2
        assert "PROD" in terminal.screen.display[0]
        assert "/gl" in terminal.text
        assert before.split()[1] in terminal.under_cursor
        if resized:
            assert terminal.screen.display[29].strip()
        terminal.send(b"k")
        terminal.rest()
        assert before.split()[1] not in terminal.under_cursor


def test_the_command_leads_to_the_shell_and_fg_back() -> None:
    with started("shell") as terminal:
        terminal.read(painted)
        terminal.send(b"/gl\r")
        assert terminal.shows("[6/10]")
        terminal.send(b":suspend\r")
        assert terminal.shows("back in the shell")
        assert not terminal.is_raw()
        terminal.screen.reset()
        terminal.resize(100, 30)
        terminal.send(b"fg\r")
        assert terminal.shows("[6/10]")
        assert terminal.is_raw()
        assert "PROD" in terminal.screen.display[0]
        terminal.send(b"gj")
        assert terminal.comes_to("gl-lost")
        terminal.send(b":quit\r")
        assert terminal.ended() == 0


def test_without_a_shell_the_command_is_refused() -> None:
    with started("still") as terminal:
        terminal.read(painted)
        terminal.send(b":suspend\r")
        assert terminal.shows("There is no shell to go back to")
        assert state(terminal.process) != "T"


def test_stopped_from_outside_it_takes_the_terminal_again_and_gives_it_back() -> None:
    with started("still") as terminal:
        terminal.read(painted)
        for _ in range(3):
            terminal.process.send_signal(signal.SIGSTOP)
            assert stopped(terminal)
            terminal.screen.reset()
            terminal.process.send_signal(signal.SIGCONT)
            assert terminal.shows("gl-linux-xl")
        terminal.rest()
        first = terminal.under_cursor
        terminal.send(b"j")
        terminal.rest()
        assert terminal.under_cursor != first
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.ended() == 0
        assert not terminal.is_raw()


def test_stopped_twice() -> None:
    with started("still") as terminal:
        terminal.read(painted)
        for _ in range(2):
            terminal.process.send_signal(signal.SIGTSTP)
            assert stopped(terminal)
            assert not terminal.is_raw()
            terminal.screen.reset()
            terminal.process.send_signal(signal.SIGCONT)
            assert terminal.shows("gl-linux-xl")


def test_a_storm_of_resizes() -> None:
    with started("still") as terminal:
        terminal.read(painted)
        for number in range(200):
            terminal.resize(60 + number % 90, 16 + number % 40)
        terminal.resize(100, 30)
        terminal.rest(1.0)
        assert "PROD" in terminal.screen.display[0]
        assert terminal.screen.display[29].strip()
        before = terminal.under_cursor
        terminal.send(b"j")
        terminal.rest()
        assert before != terminal.under_cursor != ""
        used = cpu_s(terminal.process)
        terminal.rest(1.0)
        assert cpu_s(terminal.process) - used < 0.5
        assert b"Traceback" not in terminal.output


def test_a_resize_to_nothing_and_back() -> None:
    with started("still") as terminal:
        terminal.read(painted)
        for columns, rows in ((20, 5), (1, 1), (80, 24)):
            terminal.resize(columns, rows)
            terminal.rest(0.6)
        assert terminal.shows("gl-linux-xl")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.ended() == 0
        assert b"need 60x16," in terminal.output
        assert b"Traceback" not in terminal.output
