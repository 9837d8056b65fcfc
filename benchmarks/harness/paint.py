"""Key to paint: from the write of a key to the last byte of the burst that shows what it did."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.harness.emulator import Emulator
from benchmarks.harness.process import Meter
from benchmarks.harness.terminal import Piece, Terminal

_QUIET_S: Final = 0.1
_LONGEST_S: Final = 4.0
_SAME_BURST_S: Final = 0.006
_PAUSE_S: Final = 0.1


@dataclass
class Series:
    """What repeated key presses gave."""

    seconds: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    missed: int = 0
    cpu_s: float = 0.0

    def take(self, other: Series) -> None:
        """Take what other key presses gave."""
        self.seconds += other.seconds
        self.sizes += other.sizes
        self.missed += other.missed
        self.cpu_s += other.cpu_s

    @property
    def cpu_ms(self) -> float:
        """Return the CPU time that a key cost the process, on average."""
        return 1000 * self.cpu_s / max(1, len(self.seconds) + self.missed)

    @property
    def milliseconds(self) -> list[float]:
        """Return the times in ms."""
        return [1000 * each for each in self.seconds]


class Typist:
    """Presses keys on a program that shows a list, and finds the paint of each among whatever else is painted.

    A key's effect is a change of which names stand on which lines or of the line under the list's cursor. Ticks change
    neither, as long as the list is sorted by something that does not tick. After the key the program may write until it
    is quiet; only then the emulator looks at what was written, so that looking costs no time that is measured.

    Args:
        terminal: The program.
        name: The form of a row's name.
        seed: Of the pauses between keys, which keep keys and ticks from falling into step.
    """

    def __init__(self, terminal: Terminal, name: re.Pattern[str], *, seed: int = 1) -> None:
        self.terminal = terminal
        self.emulator = Emulator(terminal.size)
        self.name = name
        self._chance = random.Random(seed)
        self._fed = 0

    def settle(self, quiet_s: float = 0.3, longest_s: float = _LONGEST_S) -> None:
        """Wait until the program is quiet."""
        self.terminal.read_until_quiet(quiet_s, longest_s)
        self.look()

    def look(self, *, skip: int = 0) -> None:
        """Bring the emulator up to date; ``skip`` pieces were fed to it by someone else."""
        self._fed += skip
        for piece in self.terminal.pieces[self._fed :]:
            self.emulator.feed(piece.data)
        self._fed = len(self.terminal.pieces)

    def wait_for_rows(self, seconds: float) -> float | None:
        """Wait until the list shows a row; return the seconds from the start of the program, None where none came."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            for piece in self.terminal.read_until_quiet(0.02, 1.0):
                self.emulator.feed(piece.data)
                self._fed += 1
                if self.emulator.rows(self.name):
                    self.look()
                    return piece.at - self.terminal.started_at
        return None

    def press(
        self, key: bytes, *, quiet_s: float = _QUIET_S, longest_s: float = _LONGEST_S
    ) -> tuple[float, int] | None:
        """Press a key and return the seconds to its paint and the bytes of it; None where it had no effect.

        Args:
            key: What is typed.
            quiet_s: How long the program must be quiet before what it shows is taken for the key's whole effect.
            longest_s: How long an effect is waited for.
        """
        self.terminal.read_until_quiet(_QUIET_S * self._chance.random() + 0.01, _PAUSE_S)
        self.look()
        before = self.emulator.signature(self.name)
        pressed = self.terminal.send(key)
        deadline = pressed + longest_s
        came: list[Piece] = []
        last = None
        while last is None and time.perf_counter() < deadline:
            came += self.terminal.read_until_quiet(quiet_s, max(0.01, deadline - time.perf_counter()))
            last = self._effect(came, before)
        if last is None:
            return None
        return came[last].at - pressed, sum(len(piece.data) for piece in came[: last + 1])

    def press_all(self, keys: Sequence[bytes], series: Series | None = None, *, quiet_s: float = _QUIET_S) -> Series:
        """Press keys one after the other, and return what each gave."""
        series = series or Series()
        meter = Meter(self.terminal.pid)
        for key in keys:
            gave = self.press(key, quiet_s=quiet_s)
            if gave is None:
                series.missed += 1
            else:
                series.seconds.append(gave[0])
                series.sizes.append(gave[1])
        series.cpu_s += meter.read().cpu_s
        return series

    def _effect(self, came: Sequence[Piece], before: object) -> int | None:
        """Return the index of the last piece of the burst after which the screen has what it has in the end."""
        first_new = self._fed - (len(self.terminal.pieces) - len(came))
        states = []
        for piece in came[first_new:]:
            self.emulator.feed(piece.data)
            states.append(self.emulator.signature(self.name))
        self._fed = len(self.terminal.pieces)
        if not states or states[-1] == before:
            return None
        last = first_new + states.index(states[-1])
        while last + 1 < len(came) and came[last + 1].at - came[last].at < _SAME_BURST_S:
            last += 1
        return last
