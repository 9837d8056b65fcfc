"""How long until the first live row, and how much of that was spent waiting for upstreams."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from benchmarks.harness.effort import Effort
from benchmarks.harness.emulator import Emulator
from benchmarks.harness.figures import Outcome
from benchmarks.harness.forwarder import forwarding
from benchmarks.harness.simulated import RUNNER_NAME, configuration, ports, simulator
from benchmarks.harness.start import first
from benchmarks.harness.terminal import LARGE, python, running

ROUNDS: Final = 5
FLEETS: Final = (148, 1_000, 10_000)


def measure(outcome: Outcome, effort: Effort) -> None:
    """Measure with fleets of several sizes, each start without anything of an earlier session."""
    for runners in FLEETS:
        effort.say(f"first live row of {runners:,} runners")
        with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as name:
            _measure(outcome, effort, Path(name), runners)


def _measure(outcome: Outcome, effort: Effort, folder: Path, runners: int) -> None:
    frames, rows, waits, own = [], [], [], []
    missed = 0
    with simulator(folder, runners) as simulated:
        for round_ in range(effort.rounds(ROUNDS if runners < max(FLEETS) else 3)):
            with forwarding(ports(simulated)) as (stands_for, traffic):
                config = configuration(simulated, folder, stands_for)
                environment = {"HOME": str(folder), "XDG_STATE_HOME": str(folder / f"state-{round_}")}
                with running(python("-m", "flywheel_tui", "--config", config), LARGE, environment) as terminal:
                    frame = first(terminal, lambda seen: "runners" in seen.text, longest_s=20.0)
                    row = first(terminal, _shows_rows, longest_s=60.0)
                if frame is None or row is None:
                    missed += 1
                    continue
                until = terminal.started_at + row.seconds
                waited = traffic.busy_s(terminal.started_at, until)
                frames.append(1000 * frame.seconds)
                rows.append(1000 * row.seconds)
                waits.append(1000 * waited)
                own.append(1000 * (row.seconds - frame.seconds - waited))
    case = f"{runners:,} runners"
    outcome.add("first live row", "first frame", case, "ms", frames, missed=missed)
    outcome.add("first live row", "upstreams busy", case, "ms", waits, missed=missed)
    outcome.add("first live row", "flywheel", case, "ms", rows, missed=missed)
    outcome.add("first live row", "beyond both", case, "ms", own, missed=missed)


def _shows_rows(seen: Emulator) -> bool:
    return bool(seen.rows(RUNNER_NAME))
