"""The console as a program of its own, on a scripted fleet: ``python -m tests.tui.program MODE``.

``still``: nothing changes. ``churn``: forty pictures follow each other, then nothing changes. ``bug``: the fleet fails
with a secret in a local variable. ``misconfigured``: it cannot be connected.
"""

from __future__ import annotations

import asyncio
import fcntl
import random
import sys
import termios
from collections.abc import Iterator

import msgspec

from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.tui.run import run_console
from tests.tui.scripted import ScriptedFleet, busy_picture, picture, runner, settings

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


def main(mode: str) -> int:
    fleets = {"still": ScriptedFleet, "churn": ChurningFleet, "bug": BuggyFleet, "misconfigured": MisconfiguredFleet}
    return run_console(settings(), fleets[mode](busy_picture()), theme="ansi")


if __name__ == "__main__":
    # The terminal becomes this session's own, so that it is hung up as by a lost connection.
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    sys.exit(main(sys.argv[1]))
