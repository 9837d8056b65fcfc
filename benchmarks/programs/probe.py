"""Looks how long an event loop keeps others waiting: a timer of 5 ms, and by how much it comes late."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Final

import msgspec

PERIOD_S: Final = 0.005
REPORT: Final = signal.SIGUSR1
"""Asks a probe for its report on the time since the last one."""


class Lateness(msgspec.Struct, frozen=True):
    """How late the timer came, in ms.

    Attributes:
        number: Of the report; the first is 1.
        beats: How often the timer came.
    """

    number: int
    beats: int
    largest_ms: float
    p99_ms: float


class Probe:
    """Beats until cancelled.

    Args:
        path: Where a report is written when the process gets :data:`REPORT`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._late: list[float] = []
        self._number = 0

    async def run(self) -> None:
        """Beat until cancelled."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(REPORT, self._report)
        while True:
            before = loop.time()
            await asyncio.sleep(PERIOD_S)
            self._late.append(loop.time() - before - PERIOD_S)

    def _report(self) -> None:
        late, self._late = sorted(self._late), []
        self._number += 1
        report = Lateness(
            number=self._number,
            beats=len(late),
            largest_ms=1000 * late[-1] if late else 0.0,
            p99_ms=1000 * late[int(0.99 * len(late))] if late else 0.0,
        )
        unfinished = self._path.with_suffix(".unfinished")
        unfinished.write_bytes(msgspec.json.encode(report))
        unfinished.replace(self._path)


if __name__ == "__main__":
    # Alone in a process, it tells how late the machine itself is.
    import sys

    asyncio.run(Probe(Path(sys.argv[1])).run())
