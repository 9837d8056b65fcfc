"""Keys, bytes, CPU and memory of both programs, at rest and while 5 % of the pods change every two seconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from typing import Final

from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Outcome
from benchmarks.harness.paint import Typist
from benchmarks.harness.process import Meter, peak_resident_mib, resident_mib
from benchmarks.k9s.cluster import Cluster
from benchmarks.k9s.programs import K9S_BARE, Contender
from benchmarks.key_to_paint import filters, moves, pages, sorts

CHURN_S: Final = 2.0
WINDOW_S: Final = 20.0
_LISTED_WITHIN_S: Final = 12.0


def keys_and_traffic(
    outcome: Outcome, effort: Effort, programs: Sequence[Contender], cluster: Cluster, pods: int
) -> None:
    """Run all programs at the same time; read them all, then press keys on one after the other."""
    with ExitStack() as stack:
        typists = {}
        for each in programs:
            if each.name == K9S_BARE:  # once it is up there is no difference
                continue
            typist, took = stack.enter_context(each.shown())
            if took is None:
                outcome.skip(f"{each.name}, {pods:,} pods", "it shows no pods")
                continue
            typists[each.name] = typist
        _read(typists, _LISTED_WITHIN_S)
        for every_s in (None, CHURN_S):
            kind = "idle" if every_s is None else f"{every_s:g} s churn"
            case = f"{pods:,} pods, {kind}"
            effort.say(f"traffic and keys, {case}")
            with cluster.churn(every_s) if every_s is not None else nullcontext():
                _read(typists, 4.0)
                _traffic(outcome, effort, typists, case)
                for name, typist in typists.items():
                    _keys(outcome, effort, typist, name, case, typists)
        for name, typist in typists.items():
            outcome.add("resident memory", name, f"{pods:,} pods", "MiB", resident_mib(typist.terminal.pid))
            outcome.add("peak resident memory", name, f"{pods:,} pods", "MiB", peak_resident_mib(typist.terminal.pid))


def _traffic(outcome: Outcome, effort: Effort, typists: dict[str, Typist], case: str) -> None:
    meters = {name: Meter(typist.terminal.pid) for name, typist in typists.items()}
    written = {name: typist.terminal.size_written for name, typist in typists.items()}
    _read(typists, effort.seconds(WINDOW_S))
    for name, typist in typists.items():
        usage = meters[name].read()
        sent = typist.terminal.size_written - written[name]
        outcome.add("bytes a minute", name, case, "bytes/min", 60 * sent / usage.wall_s)
        outcome.add("CPU", name, case, "%", usage.percent)


def _keys(outcome: Outcome, effort: Effort, typist: Typist, name: str, case: str, typists: dict[str, Typist]) -> None:
    gave = {
        "move": moves(typist, effort.rounds(40)),
        "page": pages(typist, effort.rounds(16)),
        "sort": sorts(typist, effort.rounds(10)),
        "filter": filters(typist, 2_000, effort.rounds(3)),
    }
    for measure, series in gave.items():
        outcome.add(measure, name, case, "ms", series.milliseconds, missed=series.missed)
        outcome.add(f"{measure}, bytes", name, case, "bytes", series.sizes)
        if "idle" in case:
            outcome.add(f"{measure}, CPU", name, case, "ms", series.cpu_ms)
    _read({other: each for other, each in typists.items() if other != name}, 1.0)


def _read(typists: dict[str, Typist], seconds: float) -> None:
    """Read from all programs in turn, so that none is held up by a full terminal."""
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        for typist in typists.values():
            typist.terminal.read(0.05)
    for typist in typists.values():
        typist.look()
