"""What a tick costs the console's process, and for how long it keeps the event loop from everything else."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Outcome
from benchmarks.harness.lateness import beside_a_probe, lateness
from benchmarks.harness.made_up import case_of, console
from benchmarks.harness.process import Meter, resident_mib
from benchmarks.harness.terminal import LARGE

LENGTHS: Final = (10_000, 50_000)
EVERY_S: Final = 0.5
WINDOW_S: Final = 15.0


def measure(outcome: Outcome, effort: Effort) -> None:
    """Compare a console at rest with one that changes; then look at the event loop of a third."""
    seconds = effort.seconds(WINDOW_S)
    for runners in LENGTHS:
        case = f"{runners:,} rows, 5 % a tick"
        effort.say(f"CPU a tick, {case}")
        with console(runners, None, size=LARGE) as typist:
            meter = Meter(typist.terminal.pid)
            typist.terminal.read(seconds)
            rest = meter.read()
        with console(runners, EVERY_S, size=LARGE) as typist:
            meter = Meter(typist.terminal.pid)
            typist.terminal.read(seconds)
            busy = meter.read()
            outcome.add(
                "memory of a made-up fleet", "flywheel", f"{runners:,} rows", "MiB", resident_mib(typist.terminal.pid)
            )
        ticks = busy.wall_s / EVERY_S
        own = busy.cpu_s - rest.percent / 100 * busy.wall_s
        outcome.add(
            "CPU a tick", "flywheel", case, "ms", max(0.0, 1000 * own / ticks), note=f"mean of {ticks:.0f} ticks"
        )
        outcome.add("CPU at rest", "flywheel", f"{runners:,} rows", "%", rest.percent)
        _stall(outcome, effort, runners)


def _stall(outcome: Outcome, effort: Effort, runners: int) -> None:
    case = case_of(runners, EVERY_S)
    with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as name:
        report = Path(name) / "probe"
        with console(runners, EVERY_S, probe=report) as typist, beside_a_probe(Path(name)) as alone:
            pid = typist.terminal.pid
            lateness(pid, report, typist.terminal)  # what came before does not count
            alone()
            typist.terminal.read(effort.seconds(WINDOW_S))
            outcome.add("event loop stall", "flywheel", case, "ms", lateness(pid, report, typist.terminal).largest_ms)
            outcome.add("event loop stall", "empty event loop", case, "ms", alone().largest_ms)
