"""The real console in a process that can be measured: over a made-up fleet, or over one that a configuration names.

    python -m benchmarks.programs.console --runners 10000 --every 2      a made-up fleet that changes every two seconds
    python -m benchmarks.programs.console --config FILE                  what ``flywheel --config FILE`` shows

With ``--probe FILE`` an event loop probe (probe.py) runs beside the fleet.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.programs.probe import Probe
from flywheel_tui.config.settings import ContextSettings, Settings
from flywheel_tui.domain.clock import Clock
from flywheel_tui.services.fleet_service import Listener, Picture
from flywheel_tui.tui.run import run_console

if TYPE_CHECKING:
    from flywheel_tui.tui.live_fleet import LiveFleet


class ProbedFleet:
    """A fleet beside which a probe runs in the same event loop."""

    def __init__(self, fleet: LiveFleet, probe: Probe) -> None:
        self._fleet = fleet
        self._probe = probe

    @property
    def current(self) -> Picture:
        """Return the fleet's picture."""
        return self._fleet.current

    @property
    def clock(self) -> Clock:
        """Return the fleet's clock."""
        return self._fleet.clock

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Subscribe to the fleet."""
        return self._fleet.subscribe(listener)

    def refresh(self) -> None:
        """Refresh the fleet."""
        self._fleet.refresh()

    def set_rate(self, seconds: float | None) -> None:
        """Set the fleet's rate."""
        self._fleet.set_rate(seconds)

    async def run(self) -> None:
        """Run the fleet and the probe."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._probe.run())
            group.create_task(self._fleet.run())

    def __getattr__(self, name: str) -> object:
        # What the console asks of its fleet beyond the above is the fleet's own.
        return getattr(self._fleet, name)


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
    settings, fleet = _configured(options.config) if options.config is not None else _made_up(options)
    if options.probe is not None:
        fleet = ProbedFleet(fleet, Probe(options.probe))
    return run_console(settings, fleet, theme=options.theme)


def _made_up(options: argparse.Namespace) -> tuple[Settings, LiveFleet]:
    from benchmarks.programs.synthetic import CONTEXT, Churn, SyntheticFleet

    settings = Settings(contexts=(ContextSettings(name=CONTEXT, protected=True),))
    return settings, SyntheticFleet(options.runners, Churn(options.every, options.share))


def _configured(path: Path) -> tuple[Settings, LiveFleet]:
    from flywheel_tui.cli.compose import fleet_service
    from flywheel_tui.config.load import load_settings

    settings = load_settings(path)
    return settings, fleet_service(settings)


if __name__ == "__main__":
    sys.exit(main())
