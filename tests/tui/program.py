"""The console as a program of its own, on a scripted fleet: ``python -m tests.tui.program MODE``.

``still``: nothing changes. ``bug``: the fleet fails with a secret in a local variable.
"""

from __future__ import annotations

import fcntl
import sys
import termios

from flywheel_tui.tui.run import run_console
from tests.tui.scripted import ScriptedFleet, busy_picture, settings

SECRET = "glpat-do-not-print-me"


class BuggyFleet(ScriptedFleet):
    """A fleet with a bug."""

    async def run(self) -> None:
        token = "".join(SECRET)
        raise RuntimeError("a bug" if token else "no bug")


def main(mode: str) -> int:
    fleet = BuggyFleet(busy_picture()) if mode == "bug" else ScriptedFleet(busy_picture())
    return run_console(settings(), fleet, theme="ansi")


if __name__ == "__main__":
    # The terminal becomes this session's own, so that it is hung up as by a lost connection.
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    sys.exit(main(sys.argv[1]))
