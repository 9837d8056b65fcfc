"""How long the console's event loop is kept busy while it lists the pods of a real apiserver."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.harness.figures import Outcome
from benchmarks.harness.lateness import beside_a_probe, lateness
from benchmarks.harness.made_up import NAME
from benchmarks.harness.paint import Typist
from benchmarks.harness.start import first
from benchmarks.harness.terminal import LARGE, python, running
from benchmarks.k9s.programs import FLYWHEEL, Contender

_LISTED_S = 10.0


def stall(outcome: Outcome, programs: list[Contender], pods: int) -> None:
    """Start the console with a probe beside its fleet, and ask the probe when the pods are there."""
    ours = next(each for each in programs if each.name == FLYWHEEL)
    config = ours.words[-1]
    with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as name, beside_a_probe(Path(name)) as alone:
        report = Path(name) / "probe"
        words = python("-m", "benchmarks.programs.console", "--config", config, "--probe", report)
        with running(words, LARGE, {"HOME": name}) as terminal:
            first(terminal, lambda seen: "runners" in seen.text, longest_s=20.0)
            terminal.send(ours.to_pods)
            alone()
            if Typist(terminal, NAME).wait_for_rows(60.0) is None:
                outcome.skip(f"event loop while {pods:,} pods are listed", "no pod within 60 s")
                return
            terminal.read(_LISTED_S)
            case = f"{pods:,} pods"
            outcome.add(
                "stall while listing", FLYWHEEL, case, "ms", lateness(terminal.pid, report, terminal).largest_ms
            )
            outcome.add("stall while listing", "empty event loop", case, "ms", alone().largest_ms)
