"""Key to paint on lists of several lengths, at rest and while they change."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Outcome
from benchmarks.harness.made_up import case_of, console
from benchmarks.harness.paint import Series, Typist
from benchmarks.programs.synthetic import LETTERS, name_of

CHURN_S: Final = 2.0
LENGTHS: Final = (100, 1_000, 10_000, 50_000)
_FULL: Final = frozenset({100, 10_000})
"""Lengths that the targets are about get all rounds, the others a quarter."""
_PAGE_DOWN: Final = b"\x06"
_PAGE_UP: Final = b"\x02"
_ESCAPE: Final = b"\x1b"
_ESCAPE_S: Final = 0.8
"""A terminal that answers no questions may deliver a key's sequence in parts, so a lone escape is waited for."""
_STEPS_IN_VIEW: Final = 20
_TYPED: Final = 3
_FIRST: Final = min(LETTERS)
"""All names on top of a list sorted by name begin with it: as a filter it would change nothing that is seen."""
_SLOW_QUIET_S: Final = 0.4
"""Work on all rows may be painted in parts: the paint is the last one."""


def measure(outcome: Outcome, effort: Effort) -> None:
    """Press every kind of key on every length of list."""
    for runners in LENGTHS:
        for every_s in (None, CHURN_S):
            case = case_of(runners, every_s)
            effort.say(f"key to paint, {case}")
            share = 1.0 if runners in _FULL else 0.25
            with console(runners, every_s) as typist:
                gave = {
                    "move": moves(typist, effort.rounds(100 * share)),
                    "scroll": scrolls(typist, effort.rounds(30 * share)),
                    "page": pages(typist, effort.rounds(40 * share)),
                    "sort": sorts(typist, effort.rounds(24 * share)),
                    "filter": filters(typist, runners, effort.rounds(8 * share)),
                }
            for measure_, series in gave.items():
                outcome.add(measure_, "flywheel", case, "ms", series.milliseconds, missed=series.missed)
                outcome.add(f"{measure_}, bytes", "flywheel", case, "bytes", series.sizes)
                if every_s is None:
                    outcome.add(f"{measure_}, CPU", "flywheel", case, "ms", series.cpu_ms)


def moves(typist: Typist, count: int) -> Series:
    """Move the cursor down and up without scrolling."""
    keys = [b"j"] * _STEPS_IN_VIEW + [b"k"] * _STEPS_IN_VIEW
    return typist.press_all([keys[place % len(keys)] for place in range(count)])


def scrolls(typist: Typist, count: int) -> Series:
    """Move the cursor down at the lower edge, so that all rows scroll by one."""
    to_top(typist)
    for _ in range(typist.terminal.size.lines):
        shown = typist.emulator.signature(typist.name)
        if shown[0] and shown[1] == shown[0][-1][0]:
            break
        typist.press(b"j")
    series = typist.press_all([b"j"] * min(count, 30))
    to_top(typist)
    return series


def pages(typist: Typist, count: int) -> Series:
    """Turn pages, two down and two up, and keep the keys that brought other rows: from the top the first does not."""
    keys = [_PAGE_DOWN, _PAGE_DOWN, _PAGE_UP, _PAGE_UP]
    series = Series()
    for place in range(count):
        before = typist.emulator.rows(typist.name)
        gave = typist.press_all([keys[place % len(keys)]])
        if typist.emulator.rows(typist.name) != before or gave.missed:
            series.take(gave)
    to_top(typist)
    return series


def sorts(typist: Typist, count: int) -> Series:
    """Sort by age and by name in turn, neither of which changes from tick to tick."""
    series = typist.press_all([b"A" if place % 2 == 0 else b"N" for place in range(count)], quiet_s=_SLOW_QUIET_S)
    to_top(typist)
    return series


def filters(typist: Typist, runners: int, rounds: int) -> Series:
    """Type the beginning of a name into the filter, letter by letter, and take the filter away again."""
    chance = random.Random(rounds)
    series = Series()
    for _ in range(rounds):
        typist.terminal.send(b"/")
        typist.settle(0.15)
        typed = next(name for name in _names(chance, runners) if name[0] not in _FIRST and len(set(name)) == _TYPED)
        series = typist.press_all([letter.encode() for letter in typed], series, quiet_s=_SLOW_QUIET_S)
        typist.terminal.send(_ESCAPE)
        typist.settle(_ESCAPE_S)
        typist.terminal.send(b"g")
        typist.settle(0.15)
    return series


def _names(chance: random.Random, runners: int) -> Iterator[str]:
    """Yield beginnings of names that exist."""
    while True:
        yield name_of(chance.randrange(runners))[:_TYPED]


def to_top(typist: Typist) -> None:
    """Go to the first row."""
    typist.terminal.send(b"g")
    typist.settle(0.2)
