"""The whole console over a simulated fleet: the event loop while it is read, memory, and requests to upstreams."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.harness.effort import Effort
from benchmarks.harness.emulator import Emulator
from benchmarks.harness.figures import Outcome
from benchmarks.harness.lateness import beside_a_probe, lateness
from benchmarks.harness.process import Meter, peak_resident_mib, resident_mib
from benchmarks.harness.simulated import RUNNER_NAME, configuration, requests, simulator
from benchmarks.harness.start import first
from benchmarks.harness.terminal import LARGE, Terminal, python, running
from flywheel_tui.simulator.launch import RunningSimulator

FLEETS: Final = (1_000, 10_000)
FIRST_ROUND_S: Final = 45.0
"""Long enough for every source to be read once; the figures are taken after it."""
WINDOW_S: Final = 60.0


def measure(outcome: Outcome, effort: Effort) -> None:
    """Measure with fleets of both sizes; 10,000 simulated runners come with about as many pods."""
    for runners in FLEETS:
        effort.say(f"a simulated fleet of {runners:,} runners: event loop, memory, requests")
        with (
            tempfile.TemporaryDirectory(prefix="flywheel-bench-") as name,
            simulator(Path(name), runners) as simulated,
        ):
            _measure(outcome, effort, Path(name), simulated, f"{runners:,} runners")


def _measure(outcome: Outcome, effort: Effort, folder: Path, simulated: RunningSimulator, case: str) -> None:
    report = folder / "probe"
    words = python("-m", "benchmarks.programs.console", "--config", configuration(simulated, folder), "--probe", report)
    before = requests(simulated)
    with running(words, LARGE, {"HOME": str(folder)}) as terminal, beside_a_probe(folder) as alone:
        if first(terminal, lambda seen: "runners" in seen.text, longest_s=20.0) is None:
            outcome.skip(f"simulated fleet, {case}", "no first frame within 20 s")
            return
        alone()
        if not _shows_a_row(terminal):
            outcome.skip(f"simulated fleet, {case}", "no runner within 90 s")
            return
        terminal.read(effort.seconds(FIRST_ROUND_S))
        outcome.add("stall while listing", "flywheel", case, "ms", lateness(terminal.pid, report, terminal).largest_ms)
        outcome.add("stall while listing", "empty event loop", case, "ms", alone().largest_ms)
        first_round = requests(simulated)
        meter, sent, since = Meter(terminal.pid), terminal.size_written, time.perf_counter()
        terminal.read(effort.seconds(WINDOW_S))
        usage, minutes = meter.read(), (time.perf_counter() - since) / 60
        later = requests(simulated)
        outcome.add("live CPU", "flywheel", case, "%", usage.percent)
        outcome.add("live bytes", "flywheel", case, "bytes/s", (terminal.size_written - sent) / usage.wall_s)
        outcome.add("stall while polling", "flywheel", case, "ms", lateness(terminal.pid, report, terminal).largest_ms)
        outcome.add("stall while polling", "empty event loop", case, "ms", alone().largest_ms)
        outcome.add("resident memory", "flywheel", case, "MiB", resident_mib(terminal.pid))
        outcome.add("peak resident memory", "flywheel", case, "MiB", peak_resident_mib(terminal.pid))
    for upstream, count in later.items():
        start = first_round[upstream] - before[upstream]
        outcome.add("requests until every source was read", upstream, case, "requests", start)
        outcome.add("requests a minute", upstream, case, "requests", (count - first_round[upstream]) / minutes)
    total = sum(later.values()) - sum(first_round.values())
    outcome.add("requests a minute", "all upstreams", case, "requests", total / minutes)


def _shows_a_row(terminal: Terminal) -> bool:
    def shown(seen: Emulator) -> bool:
        return bool(seen.rows(RUNNER_NAME))

    return first(terminal, shown, longest_s=90.0) is not None
