"""What a process uses, by Linux's /proc."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_MIB: Final = 1024.0


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and of all its threads, those that ended included, to 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_mib(pid: int) -> float:
    """Return how much memory of a process is in RAM, in MiB."""
    return _status(pid, "VmRSS")


def peak_resident_mib(pid: int) -> float:
    """Return the most memory of a process that ever was in RAM, in MiB."""
    return _status(pid, "VmHWM")


def _status(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / _MIB
    raise LookupError(f"/proc/{pid}/status has no {name}")


@dataclass(frozen=True)
class Usage:
    """CPU time and wall-clock time of one window."""

    cpu_s: float
    wall_s: float

    @property
    def percent(self) -> float:
        """Return the share of one core in per cent."""
        return 100 * self.cpu_s / self.wall_s


class Meter:
    """Reads how much CPU a process used since the meter was made."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu = cpu_seconds(pid)
        self._at = time.perf_counter()

    def read(self) -> Usage:
        """Return the use until now."""
        return Usage(cpu_seconds(self._pid) - self._cpu, time.perf_counter() - self._at)
