"""How long until the console shows its first frame, and what that costs on the line, against an empty Textual app.

Both run in turn in a terminal of 200x50 in one run on one machine; read the ratios, not the milliseconds. The console
has a configuration whose upstreams do not answer, so what is measured is the program and not a network.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

ROUNDS = 7
SIZE = (50, 200)
LONGEST_S = 20.0
QUIET_S = 0.4

CONFIG = """
[contexts.prod.gitlab]
url = "http://127.0.0.1:9"
token = { env = "FLYWHEEL_BENCH_TOKEN" }
[contexts.prod.prometheus]
url = "http://127.0.0.1:9"
"""

EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("first frame")
Empty().run(mouse=False)
"""


def first_frame(words: list[str], sign: bytes) -> tuple[float, int]:
    """Return the seconds until ``sign`` is on the line, and the bytes sent until the line is quiet."""
    started = time.perf_counter()
    child, line = pty.fork()
    if child == 0:
        os.execv(words[0], words)
    fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
    seen = b""
    shown: float | None = None
    try:
        while time.perf_counter() - started < LONGEST_S:
            ready, _, _ = select.select([line], [], [], QUIET_S)
            if not ready and shown is not None:
                return shown, len(seen)
            if ready:
                seen += os.read(line, 65536)
                if shown is None and sign in seen:
                    shown = time.perf_counter() - started
        raise SystemExit(f"{words} showed no {sign!r} within {LONGEST_S:g} s: {seen[-500:]!r}")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(line)


def main() -> None:
    """Measure both in turn and print medians and ratios."""
    os.environ.update(TERM="xterm-256color", FLYWHEEL_BENCH_TOKEN="none", TEXTUAL_ANIMATIONS="none")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(CONFIG)
        programs = {
            "empty Textual app": ([sys.executable, "-c", EMPTY_APP], b"first frame"),
            "flywheel": ([sys.executable, "-m", "flywheel_tui", "--config", str(config)], b"gitlab"),
        }
        times: dict[str, list[float]] = {name: [] for name in programs}
        sizes: dict[str, list[int]] = {name: [] for name in programs}
        for _ in range(ROUNDS):
            for name, (words, sign) in programs.items():
                seconds, size = first_frame(words, sign)
                times[name].append(seconds)
                sizes[name].append(size)
    base = statistics.median(times["empty Textual app"])
    for name in programs:
        seconds, size = statistics.median(times[name]), statistics.median(sizes[name])
        print(f"{name:20} {seconds * 1000:6.0f} ms  {seconds / base:5.2f}x  {size:8.0f} bytes")


if __name__ == "__main__":
    main()
