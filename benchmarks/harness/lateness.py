"""Asks probes (programs/probe.py) in other processes how late they were."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.harness.terminal import ROOT, Terminal, python
from benchmarks.programs.probe import REPORT, Lateness

_WITHIN_S = 10.0


def lateness(pid: int, report: Path, terminal: Terminal | None = None) -> Lateness:
    """Ask a probe for its report on the time since the last one.

    Args:
        pid: Its process.
        report: Where it writes.
        terminal: Of that process, to be read meanwhile.

    Raises:
        TimeoutError: It does not answer.
    """
    before = report.stat().st_mtime_ns if report.exists() else None
    os.kill(pid, REPORT)
    deadline = time.perf_counter() + _WITHIN_S
    while time.perf_counter() < deadline:
        if report.exists() and report.stat().st_mtime_ns != before:
            return msgspec.json.decode(report.read_bytes(), type=Lateness)
        if terminal is None:
            time.sleep(0.02)
        else:
            terminal.read(0.02)
    raise TimeoutError(f"the probe of process {pid} gives no report")


@contextmanager
def beside_a_probe(folder: Path) -> Iterator[Callable[[], Lateness]]:
    """Run an event loop with nothing but a probe, which tells how late the machine itself is."""
    report = folder / "alone"
    process = subprocess.Popen([str(word) for word in python("-m", "benchmarks.programs.probe", report)], cwd=ROOT)
    try:
        time.sleep(1.0)  # until then a signal would end it
        yield lambda: lateness(process.pid, report)
    finally:
        process.kill()
        process.wait()
