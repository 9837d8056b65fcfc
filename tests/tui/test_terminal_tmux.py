"""The console in a real tmux: keys, resizing, detaching, copy mode, torn keys, its buffer."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest

from tests.tui.pty_console import PATIENCE_S, ROOT, Terminal, line_in_reverse

pytestmark = pytest.mark.skipif(
    shutil.which("tmux") is None and os.environ.get("CI") != "true", reason="needs tmux; with CI=true that is a failure"
)


class Tmux:
    """A server of this test alone."""

    def __init__(self, socket: str) -> None:
        self._socket = socket

    def __call__(self, *command: str) -> str:
        """Run a command of tmux."""
        whole = ["tmux", "-L", self._socket, "-f", "/dev/null", *command]
        return subprocess.run(
            whole, capture_output=True, text=True, check=True, timeout=PATIENCE_S, env=_environment(), cwd=ROOT
        ).stdout

    @property
    def text(self) -> str:
        """Return what is in the pane."""
        return self("capture-pane", "-p")

    @property
    def under_cursor(self) -> str:
        """Return the line under the console's cursor."""
        columns, lines = map(int, self("display", "-p", "#{pane_width} #{pane_height}").split())
        screen = pyte.Screen(columns, lines)
        pyte.Stream(screen).feed(self("capture-pane", "-p", "-e").rstrip("\n").replace("\n", "\r\n"))
        return line_in_reverse(screen)

    def until(self, wanted: Callable[[], bool], patience_s: float = 10.0) -> bool:
        """Look until it is as wanted, and return whether it is."""
        deadline = time.monotonic() + patience_s
        while not wanted() and time.monotonic() < deadline:
            # tmux has nothing to wait on for what a program draws.
            select.select([], [], [], 0.05)
        return wanted()

    def shows(self, text: str) -> bool:
        """Return whether the pane comes to show the text."""
        return self.until(lambda: text in self.text)

    def comes_to(self, name: str) -> bool:
        """Return whether the cursor comes to the row of that name."""
        return self.until(lambda: name in self.under_cursor)

    @contextmanager
    def attached(self, columns: int, lines: int) -> Iterator[Terminal]:
        """Attach a terminal of that size."""
        line, other_end = pty.openpty()
        fcntl.ioctl(other_end, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        process = subprocess.Popen(
            ["tmux", "-L", self._socket, "-f", "/dev/null", "attach"],
            stdin=other_end,
            stdout=other_end,
            stderr=other_end,
            env=_environment(),
            start_new_session=True,
        )
        os.close(other_end)
        try:
            terminal = Terminal(process, line, (columns, lines), answers=True)
            assert terminal.shows("PROD")
            yield terminal
        finally:
            process.terminate()
            process.wait()
            os.close(line)


def _environment() -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "TMUX"}}
    # What tmux sends to an xterm, such as REP, the emulator does not know.
    return ours | {"TERM": "screen", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


@pytest.fixture
def tmux() -> Iterator[Tmux]:
    """Run the console in a tmux whose configuration is its default."""
    server = Tmux(f"flywheel-{uuid.uuid4().hex[:12]}")
    command = f"exec env FLYWHEEL_TEST_NO_CONTROLLING_TERMINAL=1 {sys.executable} -m tests.tui.program still"
    server("new-session", "-d", "-x", "100", "-y", "30", "-c", str(ROOT), command)
    try:
        assert server.shows("gl-deploy")
        yield server
    finally:
        path = Path(server("display", "-p", "#{socket_path}").strip())
        server("kill-server")
        path.unlink(missing_ok=True)


def test_keys(tmux: Tmux) -> None:
    tmux("send-keys", "j")
    assert tmux.comes_to("gl-linux-xl")
    tmux("send-keys", "Down", "Down", "Up", "End", "Home", "NPage", "PPage", "Down")
    assert tmux.comes_to("gl-linux-xl")
    tmux("send-keys", "Enter")
    assert tmux.shows("because")
    tmux("send-keys", "Escape")
    assert tmux.comes_to("gl-linux-xl")
    tmux("send-keys", "/", "g", "l", "Enter")
    assert tmux.shows("[6/10]")
    tmux("send-keys", "Escape")
    assert tmux.until(lambda: "[6/10]" not in tmux.text)
    tmux("send-keys", "F4")
    assert tmux.shows("CrashLoopBackOff")
    tmux("send-keys", "F2")
    tmux("send-keys", "C-z")
    assert tmux.shows("faults only")
    tmux("send-keys", "C-z", "C-w")
    assert tmux.shows("all columns")


def test_another_size(tmux: Tmux) -> None:
    tmux("send-keys", "/", "g", "l", "Enter", "j")
    assert tmux.comes_to("gl-lost")
    for columns, lines in ((80, 24), (60, 16), (200, 50)):
        tmux("resize-window", "-x", str(columns), "-y", str(lines))
        assert tmux.shows("[6/10]"), tmux.text
        assert tmux.comes_to("gl-lost"), tmux.text
    tmux("split-window", "-h", "exec cat")
    tmux("select-pane", "-t", "0")
    assert tmux.comes_to("gl-lost")


def test_detached_and_attached_with_another_size(tmux: Tmux) -> None:
    with tmux.attached(100, 30) as terminal:
        terminal.send(b"/gl\r")
        assert tmux.shows("[6/10]")
        terminal.send(b"gj")
        assert tmux.comes_to("gl-lost")
        tmux("detach-client")
    with tmux.attached(80, 24) as terminal:
        assert tmux.comes_to("gl-lost")
        assert "[6/10]" in tmux.text
        terminal.send(b"k")
        assert tmux.comes_to("gl-linux-xl")
        # A line that breaks takes the client, not the console.
        terminal.process.kill()
    with tmux.attached(120, 40) as terminal:
        assert tmux.comes_to("gl-linux-xl")
        terminal.send(b"j")
        assert tmux.comes_to("gl-lost")


def test_copy_mode(tmux: Tmux) -> None:
    tmux("copy-mode")
    tmux("send-keys", "j", "q")
    tmux("send-keys", "j")
    assert tmux.comes_to("gl-linux-xl")


@pytest.mark.parametrize("delay_s", [0.0, 0.05, 0.15, 0.4])
def test_a_torn_arrow(tmux: Tmux, delay_s: float) -> None:
    tmux("set", "-s", "escape-time", "500")
    with tmux.attached(100, 30) as terminal:
        terminal.send(b"/gl\r")
        assert tmux.shows("[6/10]")
        terminal.send(b"gj")
        assert tmux.comes_to("gl-lost")
        terminal.send(b"\x1b", b"[B", delay_s=delay_s)
        assert tmux.comes_to("gl-windows")
        assert "[6/10]" in tmux.text
        terminal.send(b"\x1b[", b"B", delay_s=delay_s)
        assert tmux.comes_to("gl-new")
        assert "[6/10]" in tmux.text


def test_where_tmux_tears_an_arrow_itself_its_rest_is_no_key(tmux: Tmux) -> None:
    tmux("set", "-s", "escape-time", "10")
    with tmux.attached(100, 30) as terminal:
        terminal.send(b"jj")
        assert tmux.comes_to("gh-mac-mini-03")
        terminal.send(b"\x1b", b"[B", delay_s=0.15)
        terminal.rest(0.5)
        # tmux says that `esc` was pressed, which leads nowhere from here; `[` and `B` would be keys.
        assert "gh-mac-mini-03" in tmux.under_cursor
        assert "severity" in tmux.text
        terminal.send(b"j")
        assert tmux.comes_to("arc-linux-x64")


def test_copied_text_is_in_the_buffer_of_tmux(tmux: Tmux) -> None:
    tmux("send-keys", "j", "c")
    assert tmux.shows("Copied gl-linux-xl to tmux and the terminal's clipboard")
    assert tmux("show-buffer") == "gl-linux-xl"


def test_a_pane_that_is_closed_ends_the_console(tmux: Tmux) -> None:
    number = int(tmux("display", "-p", "#{pane_pid}"))
    tmux("split-window", "-d", "exec cat")
    tmux("kill-pane", "-t", "0")
    assert tmux.until(lambda: not Path(f"/proc/{number}").exists())
