"""However a session ends, the next one can go on where it was."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import msgspec
import pytest

from flywheel_tui.tui.finding.saved_state import LastSession, StateFile
from tests.tui.pty_console import PATIENCE_S, Terminal, painted, started


def last_of(path: Path) -> LastSession:
    last = StateFile(path).read()[0].last
    assert last is not None
    return last


def leave(terminal: Terminal, how: str) -> None:
    match how:
        case "word":
            terminal.send(b":q\r")
        case "twice":
            terminal.send(b"\x03", b"\x03", delay_s=0.3)
        case "lost line":
            os.close(terminal.line)
        case "SIGHUP" | "SIGTERM":
            terminal.process.send_signal(signal.Signals[how])
    if how == "lost line":
        assert terminal.process.wait(PATIENCE_S) == 0
    else:
        assert terminal.ended() == 0


@pytest.mark.parametrize(
    ("how", "cut_off"),
    [("word", False), ("twice", False), ("SIGTERM", False), ("SIGHUP", True), ("lost line", True)],
)
def test_every_orderly_end_keeps_where_one_was(tmp_path: Path, how: str, cut_off: bool) -> None:
    path = tmp_path / "console.json"
    with started("still", FLYWHEEL_TEST_STATE=str(path)) as terminal:
        terminal.read(painted)
        terminal.send(b"/forge:gitlab\r")
        assert terminal.shows("/forge:gitlab")
        terminal.send(b"j", b" ", delay_s=0.2)
        assert terminal.shows("1 marked")
        leave(terminal, how)
    last = last_of(path)
    assert last.cut_off is cut_off
    assert last.page == "runners"
    place = last.places["runners"]
    assert place.arrangement.filter == "forge:gitlab"
    assert place.marks
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_next_session_offers_or_takes_up_what_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "console.json"
    with started("still", FLYWHEEL_TEST_STATE=str(path)) as terminal:
        terminal.read(painted)
        terminal.send(b":pods\r")
        assert terminal.shows("pods(all)")
        terminal.send(b"/crash\r")
        assert terminal.shows("/crash")
        terminal.process.send_signal(signal.SIGHUP)
        assert terminal.ended() == 0
    kept = path.read_bytes()
    with started("still", FLYWHEEL_TEST_STATE=str(path)) as terminal:
        assert terminal.shows("The last session was cut off")
        assert terminal.shows("runners(all)")
        leave(terminal, "word")
    path.write_bytes(kept)
    with started("still", FLYWHEEL_TEST_STATE=str(path), FLYWHEEL_TEST_RESUME="1") as terminal:
        assert terminal.shows("pods(all)[1/3]  /crash")
        leave(terminal, "word")
    assert not last_of(path).cut_off


def test_a_crash_and_a_wrong_configuration_keep_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "console.json"
    StateFile(path).apply([lambda state: msgspec.structs.replace(state, sorts={"pods": ("name",)})])
    before = path.read_bytes()
    for mode in ("bug", "misconfigured"):
        with started(mode, FLYWHEEL_TEST_STATE=str(path)) as terminal:
            assert terminal.ended() != 0
        assert path.read_bytes() == before
