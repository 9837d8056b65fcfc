"""Prints what was on the screen, and which client libraries were imported, when the fleet was started.

A program of its own, because within the test session everything is imported already.
"""

from __future__ import annotations

import asyncio
import json
import sys

from flywheel_tui.config.settings import ContextSettings, InterfaceSettings, Settings
from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.services.fleet_service import FleetService, PlannedSource
from flywheel_tui.tui.run import prepare_environment

CLIENT_LIBRARIES = ("kubernetes", "gitlab", "github", "prometheus_api_client", "httpx", "requests", "plotext", "yaml")


class WatchedFleet(FleetService):
    """The real service, which tells what was there when it was started."""

    async def run(self) -> None:
        from flywheel_tui.tui.app import FlywheelApp

        app = self.app
        assert isinstance(app, FlywheelApp)
        text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        print(
            json.dumps({"screen": text, "imported": [name for name in CLIENT_LIBRARIES if name in sys.modules]}),
            file=sys.__stdout__,
        )
        await super().run()

    app: object = None


async def main() -> None:
    prepare_environment({})
    from flywheel_tui.tui.app import FlywheelApp

    planned = [PlannedSource(f"prod/{kind}", "prod", kind, 20.0) for kind in SourceKind]
    fleet = WatchedFleet(planned, list)
    settings = Settings(contexts=(ContextSettings(name="prod", protected=True),), ui=InterfaceSettings(theme="ansi"))
    app = fleet.app = FlywheelApp(settings, fleet)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()


asyncio.run(main())
