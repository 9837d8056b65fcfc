"""Results of an imaginary run."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.harness.figures import Outcome
from benchmarks.harness.machine import Machine
from benchmarks.harness.results import Group, Results

MACHINE = Machine(cores=2, processor="abacus", memory_gib=4, kernel="Linux 6.18", python="3.11.7", textual="8.2.8")


def results(**groups: Outcome) -> Results:
    return Results(
        machine=MACHINE,
        groups={
            name: Group(
                measured_on="2026-11-21",
                load=0.1,
                seconds=3.0,
                scale=1.0,
                figures=outcome.figures,
                skipped=outcome.skipped,
            )
            for name, outcome in groups.items()
        },
    )


def outcome(*figures: tuple[str, str, str, str, float | Sequence[float]]) -> Outcome:
    made = Outcome()
    for figure in figures:
        made.add(*figure)
    return made
