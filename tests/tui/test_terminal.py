"""The console in a real terminal: the first frame, silence when idle, no colour, a crash."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.tui.run import check_terminal
from tests.tui.program import SECRET
from tests.tui.pty_console import LEFT_ALTERNATE_SCREEN, ROOT, painted, started


def test_the_first_frame_comes_before_any_client_library() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.tui.first_frame"],
        cwd=ROOT,
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
        terminal.rest()
        assert "PROD prod" in terminal.screen.display[0]
        assert "arc-gpu-a100" in terminal.under_cursor


def test_without_colour_no_colour_is_sent() -> None:
    with started("still", NO_COLOR="1") as terminal:
        terminal.read(painted)
        terminal.rest()
        cells = [cell for row in terminal.screen.buffer.values() for cell in row.values()]
        assert {(cell.fg, cell.bg) for cell in cells} == {("default", "default")}


def test_a_dumb_terminal_is_told_in_a_sentence() -> None:
    with started("still", TERM="dumb") as terminal:
        assert terminal.ended() == 2
        assert b"TERM=dumb" in terminal.output
        assert b"flywheel get runners" in terminal.output
        assert b"Traceback" not in terminal.output
        assert b"\x1b[" not in terminal.output


@pytest.mark.parametrize(("reads", "draws", "missing"), [(False, True, "input"), (True, False, "error")])
def test_without_a_terminal_it_says_so(reads: bool, draws: bool, missing: str) -> None:
    with pytest.raises(UsageError, match=f"standard {missing}"):
        check_terminal({"TERM": "xterm"}, reads=reads, draws=draws)
