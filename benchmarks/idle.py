"""What programs send and use while nothing happens, and while they refresh: a second of each on screens of one size."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Outcome
from benchmarks.harness.process import Meter
from benchmarks.harness.terminal import LARGE, SMALL, Size, Terminal, python, running

WINDOW_S: Final = 24.0
CHURN_S: Final = 2.0
RUNNERS: Final = 10_000

STANDS: Final = "flywheel, nothing changes"
CHURNS: Final = "flywheel, 5 % change every 2 s"
HTOP: Final = "htop, 2 s"
TOP: Final = "top, 2 s"


def measure(outcome: Outcome, effort: Effort) -> None:
    """Run all programs at the same time, each in a terminal of its own, and count."""
    seconds = effort.seconds(WINDOW_S)
    for size in (SMALL, LARGE):
        effort.say(f"bytes a second at {size}")
        with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as home, ExitStack() as stack:
            terminals = {
                name: stack.enter_context(running(words, size, {"HOME": home}))
                for name, words in _programs(outcome, size).items()
            }
            _settle(terminals)
            meters = {name: Meter(terminal.pid) for name, terminal in terminals.items()}
            written = {name: terminal.size_written for name, terminal in terminals.items()}
            _settle(terminals, seconds)
            for name, terminal in terminals.items():
                usage = meters[name].read()
                sent = terminal.size_written - written[name]
                outcome.add("bytes a second", name, str(size), "bytes/s", sent / usage.wall_s)
                outcome.add("CPU", name, str(size), "%", usage.percent)


def _programs(outcome: Outcome, size: Size) -> dict[str, list[str | Path]]:
    console = python("-m", "benchmarks.programs.console", "--runners", str(RUNNERS), "--theme", "ansi")
    programs = {STANDS: console, CHURNS: [*console, "--every", str(CHURN_S)]}
    for name, words in ((HTOP, ["htop", "-d", "20"]), (TOP, ["top", "-d", "2"])):
        found = shutil.which(words[0])
        if found is None:
            outcome.skip(f"{name} at {size}", f"there is no {words[0]} here: apt-get install htop procps")
        else:
            programs[name] = [found, *words[1:]]
    return programs


def _settle(terminals: dict[str, Terminal], seconds: float = 5.0) -> None:
    """Read from all terminals in turn, so that none is held up by a full one."""
    slices = max(1, round(seconds / (0.05 * len(terminals))))
    for _ in range(slices):
        for terminal in terminals.values():
            terminal.read(0.05)
