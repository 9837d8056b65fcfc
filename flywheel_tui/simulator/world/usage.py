"""CPU and memory of a container as closed-form functions of time.

The rate is a mean plus three sine waves whose amplitudes add up to less than the mean, so its integral (the CPU
counter) is known exactly and never falls, at any instant and without any history being kept.
"""

from __future__ import annotations

from math import cos, pi, sin

import msgspec

from flywheel_tui.simulator.world.chance import Chance

_PERIODS = (86_400.0, 5_400.0, 420.0)
_SHARES = (0.45, 0.35, 0.20)


class Usage(msgspec.Struct, frozen=True):
    """How a container burns its node.

    Attributes:
        cpu: Mean use, in cores.
        cpu_swing: Part of the mean that the waves move it by, 0 up to (not including) 1.
        memory: Mean working set, in bytes.
        memory_swing: The same for memory.
        memory_top: The working set never exceeds this, in bytes (None: no bound).
        leak_seconds: When set, the working set climbs to memory_top in this time and starts again (an OOM saw tooth).
        phases: Phase of each wave, in radians.
    """

    cpu: float
    cpu_swing: float
    memory: float
    memory_swing: float
    memory_top: float | None = None
    leak_seconds: float | None = None
    phases: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def cpu_cores(self, at: float) -> float:
        """Return the CPU rate at the time, in cores (never negative)."""
        wave = 0.0
        for period, share, phase in zip(_PERIODS, _SHARES, self.phases, strict=True):
            wave += share * sin(2 * pi * at / period + phase)
        return self.cpu * (1 + self.cpu_swing * wave)

    def cpu_seconds(self, since: float, at: float) -> float:
        """Return the CPU time used from the start to the time, in core-seconds: the integral of cpu_cores."""
        if at <= since:
            return 0.0
        area = at - since
        for period, share, phase in zip(_PERIODS, _SHARES, self.phases, strict=True):
            omega = 2 * pi / period
            area += self.cpu_swing * share * (cos(omega * since + phase) - cos(omega * at + phase)) / omega
        return self.cpu * area

    def memory_bytes(self, since: float, at: float) -> float:
        """Return the working set at the time, in bytes, for a container started at `since`."""
        warm = min(1.0, 0.25 + (at - since) / 90.0)
        if self.leak_seconds is not None and self.memory_top is not None:
            grown = ((at - since) % self.leak_seconds) / self.leak_seconds
            return self.memory + (self.memory_top - self.memory) * grown
        wave = 0.0
        for period, share, phase in zip(_PERIODS, _SHARES, self.phases, strict=True):
            wave += share * sin(2 * pi * at / (period * 1.3) + phase)
        value = self.memory * warm * (1 + self.memory_swing * wave)
        return value if self.memory_top is None else min(value, self.memory_top)


def usage_for(
    chance: Chance,
    *parts: object,
    cpu: tuple[float, float],
    cpu_limit: float | None,
    memory: tuple[float, float],
    memory_limit: float | None,
) -> Usage:
    """Draw a usage: mean shares of the limits (or absolute values where there is no limit) from the given ranges."""
    cpu_mean = chance.between(*cpu, "cpu", *parts) * (1.0 if cpu_limit is None else cpu_limit)
    memory_mean = chance.between(*memory, "memory", *parts) * (1.0 if memory_limit is None else memory_limit)
    room = 0.9 if cpu_limit is None else max(0.02, min(0.9, cpu_limit / max(cpu_mean, 1e-9) - 1))
    phases = (
        chance.between(0, 2 * pi, "phase", 0, *parts),
        chance.between(0, 2 * pi, "phase", 1, *parts),
        chance.between(0, 2 * pi, "phase", 2, *parts),
    )
    return Usage(
        cpu=cpu_mean,
        cpu_swing=min(room, chance.between(0.25, 0.7, "swing", *parts)),
        memory=memory_mean,
        memory_swing=chance.between(0.05, 0.15, "memory-swing", *parts),
        memory_top=memory_limit,
        phases=phases,
    )
