"""Starts the simulator in a process of its own, waits until it is ready, and ends it: for the demo and for tests."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO

import msgspec

from flywheel_tui.domain.errors import FlywheelError
from flywheel_tui.simulator.credentials import Handover

READY_WITHIN = 60.0  # seconds; 10,000 runners need about six on one slow core
_LOOK = 0.05
_END_WITHIN = 5.0


class RunningSimulator(msgspec.Struct, frozen=True):
    """A simulator that serves.

    Attributes:
        config: The configuration that it wrote.
        urls: Address of each upstream, and of the controls under `control`.
        tokens: Its credentials, by name; `control` opens the controls.
        pid: Its process.
    """

    config: Path
    urls: dict[str, str]
    tokens: dict[str, str]
    pid: int


@contextmanager
def running_simulator(
    config: Path,
    *,
    scenario: str = "calm",
    runners: int = 148,
    seed: int = 7,
    without: tuple[str, ...] = (),
    ready_within: float = READY_WITHIN,
) -> Iterator[RunningSimulator]:
    """Run a simulator as long as the block lasts; it also ends when this process dies.

    Args:
        config: Where it writes its configuration.
        scenario: What happens in the fleet.
        runners: How many rows a console shows.
        seed: The same seed gives the same fleet.
        without: Resources that the cluster does not serve.
        ready_within: How long to wait until it serves, in seconds.

    Raises:
        FlywheelError: If it ended or was not ready in time, with what it said.
    """
    with tempfile.TemporaryFile("w+") as said:
        process = _start(config, scenario, runners, seed, without, said)
        try:
            deadline = time.monotonic() + ready_within
            while not _ready(config, process, said, deadline):
                time.sleep(_LOOK)
            yield _read(config)
        finally:
            _end(process)


@asynccontextmanager
async def launched_simulator(
    config: Path,
    *,
    scenario: str = "calm",
    runners: int = 148,
    seed: int = 7,
    without: tuple[str, ...] = (),
    ready_within: float = READY_WITHIN,
) -> AsyncIterator[RunningSimulator]:
    """Do what `running_simulator` does without blocking the event loop."""
    with tempfile.TemporaryFile("w+") as said:
        process = _start(config, scenario, runners, seed, without, said)
        try:
            deadline = time.monotonic() + ready_within
            # Another process can set no event of ours: its file is looked for.
            while not _ready(config, process, said, deadline):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK)
            yield _read(config)
        finally:
            await asyncio.to_thread(_end, process)


def _start(
    config: Path, scenario: str, runners: int, seed: int, without: tuple[str, ...], said: IO[str]
) -> subprocess.Popen[bytes]:
    config.unlink(missing_ok=True)
    words = ["--scenario", scenario, "--runners", str(runners), "--seed", str(seed), "--config-out", str(config)]
    for resource in without:
        words += ["--without", resource]
    return subprocess.Popen(  # noqa: S603 - our own program with our own words
        [sys.executable, "-m", "flywheel_tui.simulator.process", *words, "--until-eof"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=said,
    )


def _ready(config: Path, process: subprocess.Popen[bytes], said: IO[str], deadline: float) -> bool:
    if config.exists():
        return True
    ended = process.poll()
    if ended is None and time.monotonic() < deadline:
        return False
    said.seek(0)
    lines = said.read().strip().splitlines()
    why = "it was not ready in time" if ended is None else f"it ended with code {ended}"
    detail = f": {lines[-1]}" if lines else ""
    raise FlywheelError(
        f"The simulator did not start: {why}{detail}.", next_step="Run `flywheel simulate` to see more."
    )


def _read(config: Path) -> RunningSimulator:
    written = msgspec.json.decode(config.with_name(config.stem + ".json").read_bytes(), type=Handover)
    return RunningSimulator(config, written.urls, written.tokens, written.pid)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()
