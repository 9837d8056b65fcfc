"""Opens the console on the configured fleet."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from flywheel_tui.cli import compose
from flywheel_tui.cli.options import Options
from flywheel_tui.config.paths import state_folder
from flywheel_tui.config.settings import Settings
from flywheel_tui.domain.errors import UsageError

if TYPE_CHECKING:
    from flywheel_tui.services.fleet_service import FleetService
    from flywheel_tui.services.session_keeper import SessionKeeper


def open_console(options: Options) -> int:
    """Open the console and return its exit code.

    Raises:
        UsageError: There is no configuration yet, or no terminal.
    """
    path = options.config_path
    if options.config is None and not path.exists():
        raise UsageError(
            f"There is no configuration at {path} yet.",
            next_step="Try `flywheel demo` for a simulated fleet, or write one: docs/configuration.md.",
        )
    return show(options.settings(), resume=options.resume)


def show(settings: Settings, *, resume: bool = False) -> int:
    """Open the console on these settings.

    Args:
        settings: The configuration.
        resume: Take up the last session.

    Raises:
        UsageError: Standard input, output or error (which draws the screen) is not a terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "The console needs a terminal.", next_step="For scripts there is `flywheel get runners -o json`."
        )
    # Importing makes objects by the hundred thousand, all of which stay: looking through them again and again is a
    # sixth of the time to the first frame. The fleet switches the collector on again when it is started.
    gc.disable()
    fleet = compose.fleet_service(settings)
    keeper = _resume(settings, fleet)
    from flywheel_tui.tui.run import run_console

    try:
        demo = bool(settings.contexts) and all(context.demo for context in settings.contexts)
        state = state_folder() / ("console-demo.json" if demo else "console.json")
        return run_console(settings, fleet, state=state, resume=resume)
    finally:
        gc.enable()
        from flywheel_tui.config.child import end_children

        end_children()
        if keeper is not None:
            keeper.end()


def _resume(settings: Settings, fleet: FleetService) -> SessionKeeper | None:
    """Begin with the picture of the last session, and keep that of this one; never where the data are simulated."""
    if any(context.demo for context in settings.contexts):
        return None
    from flywheel_tui.services.fleet_service import Picture
    from flywheel_tui.services.session_keeper import SessionKeeper
    from flywheel_tui.store.last_session import fingerprint, open_last_session

    folder, ours = state_folder(), fingerprint(settings.contexts)
    last = open_last_session(folder, ours, fleet.clock())
    if last is not None:
        fleet.restore(Picture(last.snapshot, last.fleet), last.tables)
    keeper = SessionKeeper(folder, ours, lambda: fleet.current)
    keeper.start()
    return keeper
