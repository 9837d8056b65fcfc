"""The machine that figures come from: figures of two machines are not compared."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

import msgspec


class Machine(msgspec.Struct, frozen=True):
    """What counts for speed and can be told without naming the machine."""

    cores: int
    processor: str
    memory_gib: int
    kernel: str
    python: str
    textual: str

    @property
    def slug(self) -> str:
        """Return a name for the files of this kind of machine."""
        return f"{self.cores}-cores-{platform.machine()}-python-{'.'.join(self.python.split('.')[:2])}"


def this_machine() -> Machine:
    """Return the machine that this runs on."""
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        processor=_field("/proc/cpuinfo", "model name") or platform.machine(),
        memory_gib=round(int((_field("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) / 2**20),
        kernel=f"{platform.system()} {'.'.join(platform.release().split('-')[0].split('.')[:2])}",
        python=platform.python_version(),
        textual=metadata.version("textual"),
    )


def load() -> float:
    """Return how many processes wanted a core in the last minute, on average."""
    return round(os.getloadavg()[0], 2)


def _field(path: str, name: str) -> str | None:
    for line in Path(path).read_text().splitlines():
        if line.split(":")[0].strip() == name:
            return line.partition(":")[2].strip()
    return None
