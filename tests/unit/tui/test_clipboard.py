"""The ladder of the clipboard: tmux, the terminal, a file."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from flywheel_tui.domain.errors import FlywheelError
from flywheel_tui.tui.clipboard import OSC52_MOST_BYTES, Clipboard, Rung, choose_rung, osc52, tmux_version

INSIDE_TMUX = {"TMUX": "/tmp/tmux-0/default,1,0", "TERM": "tmux-256color"}
XTERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("size", "environment", "tmux", "rung"),
    [
        (10, INSIDE_TMUX, (3, 3), Rung.TMUX),
        (10, INSIDE_TMUX, (3, 2), Rung.TMUX),
        (10**6, INSIDE_TMUX, (3, 3), Rung.TMUX),
        (10, INSIDE_TMUX, (3, 1), Rung.TMUX_BUFFER),
        (10, INSIDE_TMUX, None, Rung.FILE),
        (10, XTERM, None, Rung.OSC52),
        (OSC52_MOST_BYTES, XTERM, None, Rung.OSC52),
        (OSC52_MOST_BYTES + 1, XTERM, None, Rung.FILE),
        (10, {"TERM": "linux"}, None, Rung.FILE),
        (10, {"TERM": "vt220"}, None, Rung.FILE),
        (10, {"TERM": "screen.xterm-256color", "STY": "1.pts-0"}, None, Rung.FILE),
        (10, {}, None, Rung.OSC52),
    ],
)
def test_the_rung(size: int, environment: dict[str, str], tmux: tuple[int, int] | None, rung: Rung) -> None:
    assert choose_rung(size, environment, tmux) is rung


@pytest.mark.parametrize(
    ("text", "version"),
    [("tmux 3.3a\n", (3, 3)), ("tmux 3.2", (3, 2)), ("tmux next-3.4", (3, 4)), ("tmux master", None), ("", None)],
)
def test_the_version_of_tmux(text: str, version: tuple[int, int] | None) -> None:
    assert tmux_version(text) == version


def test_the_largest_text_fits_into_what_terminals_take() -> None:
    sequence = osc52("x" * OSC52_MOST_BYTES)
    assert len(sequence) <= 100_000
    assert base64.b64decode(osc52("gl-ä").removeprefix("\x1b]52;c;").removesuffix("\x07")).decode() == "gl-ä"


async def test_the_terminal_is_told(tmp_path: Path) -> None:
    written: list[str] = []
    where = await Clipboard(written.append, tmp_path, XTERM).copy("gl-linux-xl")
    assert written == [osc52("gl-linux-xl")]
    assert "if it allows that" in where


async def test_what_is_too_large_goes_into_a_file_of_nobody_else(tmp_path: Path) -> None:
    written: list[str] = []
    text = "x" * (OSC52_MOST_BYTES + 1)
    where = await Clipboard(written.append, tmp_path / "state", XTERM).copy(text)
    path = tmp_path / "state" / "copied.txt"
    assert str(path) in where
    assert path.read_text(encoding="utf-8") == text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert written == []


async def test_the_file_is_no_way_into_another(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("kept", encoding="utf-8")
    (tmp_path / "copied.txt").symlink_to(target)
    with pytest.raises(FlywheelError, match=r"copied\.txt cannot be written"):
        await Clipboard(print, tmp_path, {"TERM": "linux"}).copy("x")
    assert target.read_text(encoding="utf-8") == "kept"


async def test_a_tmux_that_is_gone_leaves_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    where = await Clipboard(print, tmp_path, INSIDE_TMUX).copy("gl-linux-xl")
    assert "copied.txt" in where
