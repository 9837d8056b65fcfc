"""How long a program takes from its start until it shows something."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.harness.emulator import Emulator
from benchmarks.harness.terminal import Size, Terminal, running

_SAME_BURST_S: Final = 0.02


@dataclass(frozen=True)
class Start:
    """What a start gave: seconds to the last byte of the first frame, and the bytes until then."""

    seconds: float
    size: int


def start(
    words: Sequence[str | Path],
    size: Size,
    environment: Mapping[str, str],
    shown: Callable[[Emulator], bool],
    *,
    longest_s: float = 20.0,
) -> Start | None:
    """Start a program, and return when the burst ended that made ``shown`` true; None where it never did."""
    with running(words, size, environment) as terminal:
        return first(terminal, shown, longest_s=longest_s)


def first(terminal: Terminal, shown: Callable[[Emulator], bool], *, longest_s: float) -> Start | None:
    """Return when a program that was just started has shown something, to the end of that burst."""
    emulator = Emulator(terminal.size)
    fed = 0
    found = False
    deadline = terminal.started_at + longest_s
    while not found and (left := deadline - time.perf_counter()) > 0:
        terminal.read_until_quiet(_SAME_BURST_S, left)
        for piece in terminal.pieces[fed:]:
            emulator.feed(piece.data)
            found = found or shown(emulator)
        fed = len(terminal.pieces)
    return Start(terminal.pieces[-1].at - terminal.started_at, terminal.size_written) if found else None
