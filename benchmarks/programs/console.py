"""The real console in a process that can be measured: over a made-up fleet, or over one that a configuration names.

    python -m benchmarks.programs.console --runners 10000 --every 2      a made-up fleet that changes every two seconds
    python -m benchmarks.programs.console --config FILE                  what ``flywheel --config FILE`` shows

With ``--probe FILE`` an event loop probe (probe.py) runs beside the fleet.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from benchmarks.programs.probe import Probe
from flywheel_tui.config.settings import ContextSettings, Settings


def beside(probe: Probe, run: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], Coroutine[Any, Any, None]]:
    """Return what runs a fleet and a probe in the same event loop."""

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(probe.run())
            group.create_task(run())

    return both


def main() -> int:
    """Run the console."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runners", type=int, default=10_000)
    parser.add_argument("--every", type=float, default=None, help="seconds between two pictures; else nothing changes")
    parser.add_argument("--share", type=float, default=0.05, help="of the rows that differ in the next picture")
    parser.add_argument("--config", type=Path, default=None)
    parser.add_argument("--probe", type=Path, default=None)
    parser.add_argument("--theme", default=None)
    options = parser.parse_args()
    probe = Probe(options.probe) if options.probe is not None else None
    return _made_up(options, probe) if options.config is None else _configured(options.config, probe)


def _made_up(options: argparse.Namespace, probe: Probe | None) -> int:
    from benchmarks.programs.synthetic import CONTEXT, Churn, SyntheticFleet
    from flywheel_tui.tui.run import run_console

    fleet = SyntheticFleet(options.runners, Churn(options.every, options.share))
    if probe is not None:
        fleet.run = beside(probe, fleet.run)  # type: ignore[method-assign]
    settings = Settings(contexts=(ContextSettings(name=CONTEXT, protected=True),))
    return run_console(settings, fleet, theme=options.theme)


def _configured(path: Path, probe: Probe | None) -> int:
    """Do exactly what ``flywheel --config`` does, with a probe beside its fleet."""
    from flywheel_tui.cli.main import cli
    from flywheel_tui.services.fleet_service import FleetService

    if probe is not None:
        run = FleetService.run

        async def probed(self: FleetService) -> None:
            await beside(probe, lambda: run(self))()

        FleetService.run = probed  # type: ignore[method-assign]
    cli(["--config", str(path)], prog_name="flywheel")
    return 0


if __name__ == "__main__":
    sys.exit(main())
