"""From the start of a program to the first pods on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Outcome
from benchmarks.k9s.programs import FLYWHEEL, Contender

ROUNDS: Final = 4


def starts(outcome: Outcome, effort: Effort, programs: Sequence[Contender], pods: int) -> None:
    """Start all programs in turn."""
    effort.say(f"start to first rows, {pods:,} pods")
    seconds: dict[str, list[float]] = {each.name: [] for each in programs}
    missed = dict.fromkeys(seconds, 0)
    for _ in range(effort.rounds(ROUNDS)):
        for each in programs:
            with each.shown() as (_, took):
                if took is None:
                    missed[each.name] += 1
                else:
                    seconds[each.name].append(1000 * took)
    for name, took_all in seconds.items():
        note = "goes to the page of pods with `:pods`, typed after its first frame" if name == FLYWHEEL else ""
        outcome.add("start to first pods", name, f"{pods:,} pods", "ms", took_all, missed=missed[name], note=note)
