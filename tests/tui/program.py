"""The console as a program of its own, on a scripted fleet: ``python -m tests.tui.program MODE``.

``still``: nothing changes. ``churn``: forty pictures follow each other, then nothing changes. ``bug``: the fleet fails
with a secret in a local variable. ``misconfigured``: it cannot be connected. ``hostile``: its rows carry what terminals
obey. ``shell``: a shell that runs ``still``, and after a line of input continues it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import random
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import msgspec

from flywheel_tui.domain.errors import ConfigError, FlywheelError
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.tui.run import run_console
from tests.tui.scripted import ScriptedFleet, alert, busy_picture, picture, pod, runner, settings

SECRET = "glpat-do-not-print-me"


class BuggyFleet(ScriptedFleet):
    """A fleet with a bug."""

    async def run(self) -> None:
        token = "".join(SECRET)
        raise RuntimeError("a bug" if token else "no bug")


def churned() -> Iterator[Picture]:
    """Yield forty pictures of two hundred runners, each ten runners other than the one before; always the same."""
    chance = random.Random(7)
    rows = [runner(f"gl-linux-{number:03}", busy=0, capacity=20, queued=0) for number in range(200)]
    for generation in range(1, 41):
        for number in chance.sample(range(200), 10):
            severity = Severity.WARNING if chance.random() < 0.1 else Severity.OK
            rows[number] = msgspec.structs.replace(
                rows[number], busy=chance.randrange(20), queued=chance.randrange(3), severity=severity
            )
        yield picture(rows, generation=generation, jobs_running=400 + generation, jobs_queued=generation)


class MisconfiguredFleet(ScriptedFleet):
    """A fleet that cannot be connected, for a reason that can be told."""

    async def run(self) -> None:
        raise ConfigError("There is no file token[/evil].", next_step="Write it.")


class ChurningFleet(ScriptedFleet):
    """A fleet that changes forty times and then stands still."""

    async def run(self) -> None:
        for shown in churned():
            self.show(shown)
            await asyncio.sleep(0.03)
        await super().run()


TRICKS = (
    "\x1b]0;owned\x07title",
    "\x1b]52;c;b3duZWQ=\x07clipboard",
    "\x1b[2J\x1b[Hcleared",
    "\x1b[?1049lleft",
    "\x9b31mc1",
    "\x1bP1$r0m\x1b\\dcs",
    "back\b\b\bspace",
    "line\r\nbreak",
    "right\u202eleft\u2066bidi",
    "zero\u200bwidth\ufeff",
    "[bold red]markup[/]",
    "東京" * 40,
    "x" * 5000,
    "e" + "\u0301" * 200,
)
"""Names that would take a terminal over, break a line, or hide what they are."""


def hostile_picture() -> Picture:
    """Return a picture whose every text from outside is a trick."""
    return picture(
        [
            runner(name, id=str(number), tags=(name,), owner=name, scope=name, versions=(name,))
            for number, name in enumerate(TRICKS)
        ],
        pods=[pod(name, reason=name) for name in TRICKS],
        alerts=[alert(name, summary=name, labels=(("name", name),)) for name in TRICKS],
    )


def main(mode: str) -> int:
    fleets = {"churn": ChurningFleet, "bug": BuggyFleet, "misconfigured": MisconfiguredFleet}
    shown = hostile_picture() if mode == "hostile" else busy_picture()
    try:
        state = os.environ.get("FLYWHEEL_TEST_STATE")
        return run_console(
            settings(),
            fleets.get(mode, ScriptedFleet)(shown),
            theme="ansi",
            state=Path(state) if state else None,
            resume="FLYWHEEL_TEST_RESUME" in os.environ,
        )
    except FlywheelError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


if __name__ == "__main__":
    # The terminal becomes this session's own, so that it is hung up as by a lost connection.
    if "FLYWHEEL_TEST_NO_CONTROLLING_TERMINAL" not in os.environ:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    if sys.argv[1] == "shell":
        os.environ["FLYWHEEL_TEST_NO_CONTROLLING_TERMINAL"] = "1"
        script = f"set -m; {sys.executable} -m tests.tui.program still; echo back in the shell; read line; fg"
        os.execvp("bash", ["bash", "--norc", "-c", script])
    sys.exit(main(sys.argv[1]))
