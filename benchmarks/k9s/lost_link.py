"""What both programs do when the apiserver is gone: the rows, a word about it, the keys; and once it is back."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Outcome
from benchmarks.harness.paint import Typist
from benchmarks.harness.terminal import ProgramEndedError
from benchmarks.k9s.cluster import FIRST_OF_ALL, Cluster
from benchmarks.k9s.programs import K9S_BARE, Contender

LOOKS_S: Final = (10.0, 30.0, 60.0)
_BACK_WITHIN_S: Final = 60.0
_TROUBLE: Final = re.compile(
    r"stale|down\b|error|fail\w*|refused|unreachable|cannot|lost|dial\b[^│]*|no answer|does not answer|not answer\w*",
    re.IGNORECASE,
)


@dataclass
class _Watched:
    typist: Typist
    before: frozenset[str]
    ended_after_s: float | None = None


def lost_link(outcome: Outcome, effort: Effort, programs: Sequence[Contender], cluster: Cluster) -> None:
    """Kill the apiserver under both programs, look, and start it again."""
    effort.say("the link dies")
    with ExitStack() as stack:
        watched: dict[str, _Watched] = {}
        for program in programs:
            if program.name != K9S_BARE:
                typist, took = stack.enter_context(program.shown())
                typist.settle(1.0, 10.0)
                if took is not None:
                    watched[program.name] = _Watched(typist, frozenset(typist.emulator.lines))
        cluster.apiserver.stop(kill=True)
        lost_at = time.perf_counter()
        for seconds in LOOKS_S if effort.scale >= 1 else LOOKS_S[:2]:
            _read(watched, lost_at, lost_at + seconds)
            for name, each in watched.items():
                _look(outcome, name, each, lost_at, f"{seconds:g} s after")
        for name, each in watched.items():
            if each.ended_after_s is not None:
                outcome.add("link lost: program ended", name, "seconds after", "s", each.ended_after_s)
        cluster.apiserver.start()
        cluster.pods.create([(0, FIRST_OF_ALL)])
        _until_back(outcome, watched)


def _look(outcome: Outcome, name: str, watched: _Watched, lost_at: float, case: str) -> None:
    typist = watched.typist
    rows, word, alive = 0, "", False
    if watched.ended_after_s is None:
        try:
            typist.look()
            rows = len(typist.emulator.rows(typist.name))
            new = [line for line in typist.emulator.lines if line not in watched.before]
            word = "; ".join(sorted({found.group().strip() for line in new for found in _TROUBLE.finditer(line)}))
            alive = any(typist.press(key, longest_s=2.0) is not None for key in (b"j", b"k"))
        except ProgramEndedError:
            watched.ended_after_s = time.perf_counter() - lost_at
    outcome.add("link lost: rows on the screen", name, case, "rows", rows)
    outcome.add("link lost: says so", name, case, "yes/no", float(bool(word)), note=word[:80])
    outcome.add("link lost: keys alive", name, case, "yes/no", float(alive))


def _read(watched: dict[str, _Watched], lost_at: float, until: float) -> None:
    while time.perf_counter() < until:
        for each in watched.values():
            _read_one(each, lost_at)
        if all(each.ended_after_s is not None for each in watched.values()):
            return


def _read_one(each: _Watched, lost_at: float) -> None:
    if each.ended_after_s is None:
        try:
            each.typist.terminal.read(0.1)
        except ProgramEndedError:
            each.ended_after_s = time.perf_counter() - lost_at


def _until_back(outcome: Outcome, watched: dict[str, _Watched]) -> None:
    """Wait until each program shows a pod that was created when the server was back."""
    back_at = time.perf_counter()
    waiting = {name: each for name, each in watched.items() if each.ended_after_s is None}
    for each in waiting.values():
        each.typist.terminal.send(b"g")
    while waiting and time.perf_counter() - back_at < _BACK_WITHIN_S:
        for name, each in list(waiting.items()):
            _read_one(each, back_at)
            each.typist.look()
            if FIRST_OF_ALL in each.typist.emulator.text:
                outcome.add("link back: first new pod", name, "seconds after", "s", time.perf_counter() - back_at)
                del waiting[name]
    for name in watched:
        if name in waiting or watched[name].ended_after_s is not None:
            why = "it had ended" if name not in waiting else f"not within {_BACK_WITHIN_S:g} s"
            outcome.skip(f"link back: first new pod, {name}", why)
