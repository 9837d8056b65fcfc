"""The first keys of a k9s user on every kind of terminal, in the sequences which that kind sends."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.tui.pty_console import LEFT_ALTERNATE_SCREEN, SHOWS_CURSOR, Terminal, painted, started

KINDS = ("xterm", "xterm-256color", "screen", "tmux-256color", "linux", "vt220")
ASCII_KINDS = frozenset({"linux", "vt220"})
NORMAL = {"kcuu1": b"\x1b[A", "kcud1": b"\x1b[B", "khome": b"\x1b[H", "kend": b"\x1b[F"}
"""What terminals send as long as nobody asks for application keys, where terminfo tells only of those."""


def keys_of(kind: str) -> dict[str, bytes]:
    """Return what a kind of terminal sends for its keys, by terminfo's names."""
    told = subprocess.run(["infocmp", "-1", "-x", kind], capture_output=True, text=True, check=True).stdout
    keys: dict[str, bytes] = {}
    for entry in told.splitlines():
        name, found, value = entry.strip().rstrip(",").partition("=")
        if found and name.startswith("k"):
            keys[name] = value.replace("\\E", "\x1b").replace("^?", "\x7f").replace("^H", "\b").encode()
    return keys


def press(terminal: Terminal, key: bytes, text: str) -> None:
    """Press a key and check that the screen then shows the text."""
    terminal.send(key)
    assert terminal.shows(text, 5.0), (key, text, terminal.text)


def leave(terminal: Terminal, key: bytes, text: str) -> None:
    """Press a key and check that the screen then shows the text no more."""
    terminal.send(key)
    assert terminal.lacks(text, 5.0), (key, text, terminal.text)


def move(terminal: Terminal, key: bytes, name: str) -> None:
    """Press a key and check that the cursor then is on that row."""
    terminal.send(key)
    assert terminal.comes_to(name, 5.0), (key, name, terminal.text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_k9s_users_first_keys(kind: str) -> None:
    keys = keys_of(kind)
    with started("still", (120, 30), answers=True, TERM=kind, LANG="C.UTF-8") as terminal:
        terminal.read(painted)
        assert terminal.shows("arc-gpu-a100")
        assert "PROD" in terminal.screen.display[0]
        move(terminal, b"j", "gl-linux-xl")
        move(terminal, b"k", "arc-gpu-a100")
        move(terminal, b"G", "gl-deploy")
        move(terminal, b"g", "arc-gpu-a100")
        press(terminal, b"\r", "because")
        leave(terminal, b"\x1b", "because")
        press(terminal, b"?", ":sources  ")
        leave(terminal, b"\x1b", ":sources  ")
        press(terminal, b":pods\r", "CrashLoopBackOff")
        press(terminal, b":runners\r", "arc-gpu-a100")
        press(terminal, b"/gl\r", "[6/10]")
        leave(terminal, b"\x1b", "[6/10]")
        leave(terminal, b"1", "gh-mac-mini-03")
        press(terminal, b"0", "gh-mac-mini-03")
        press(terminal, b"N", "name^" if kind in ASCII_KINDS else "name↑")
        press(terminal, b"\x1a", "faults only")
        leave(terminal, b"\x1a", "faults only")
        press(terminal, b"\x17", "all columns")
        leave(terminal, b"\x17", "all columns")
        assert b"Traceback" not in terminal.output
        move(terminal, b"g", "arc-gpu-a100")
        for down, up in ((keys["kcud1"], keys["kcuu1"]), (NORMAL["kcud1"], NORMAL["kcuu1"])):
            move(terminal, down, "arc-linux-x64")
            move(terminal, up, "arc-gpu-a100")
        for end, home in ((keys.get("kend"), keys.get("khome")), (NORMAL["kend"], NORMAL["khome"])):
            if end is not None and home is not None:  # a VT220 has neither
                move(terminal, end, "gl-windows")
                move(terminal, home, "arc-gpu-a100")
        move(terminal, keys["knp"], "gl-windows")
        move(terminal, keys["kpp"], "arc-gpu-a100")
        press(terminal, keys["kf4"], "CrashLoopBackOff")
        press(terminal, keys["kf2"], "arc-gpu-a100")
        press(terminal, keys["kf6"], "ctrl-f page")
        press(terminal, keys["kf2"], "arc-gpu-a100")
        press(terminal, b"/" + b"gx" + keys["kbs"] + b"l\r", "[6/10]")
        leave(terminal, b"\x1b", "[6/10]")
        press(terminal, keys["kf1"], ":sources  ")
        leave(terminal, b"q", ":sources  ")
        if kind in ASCII_KINDS:
            assert terminal.output.isascii()


@pytest.mark.parametrize("kind", KINDS)
def test_leaving_gives_the_terminal_back(kind: str) -> None:
    with started("still", TERM=kind) as terminal:
        terminal.read(painted)
        terminal.send(b":q\r")
        assert terminal.ended() == 0
        assert not terminal.is_raw()
        left = terminal.output.partition(LEFT_ALTERNATE_SCREEN)[2]
        assert SHOWS_CURSOR in left
        # Nothing is left on the shell's screen but what was there before.
        assert not re.sub(rb"\x1b\[[?<]?[0-9]*[a-z]", b"", left).strip()
        assert (b"\x1b[>25u" in terminal.output) is (kind not in ASCII_KINDS)
