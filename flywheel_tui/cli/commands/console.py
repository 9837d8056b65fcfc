"""Opens the console on the configured fleet."""

from __future__ import annotations

import sys

from flywheel_tui.cli import compose
from flywheel_tui.cli.options import Options
from flywheel_tui.config.settings import Settings
from flywheel_tui.domain.errors import UsageError


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
    return show(options.settings())


def show(settings: Settings) -> int:
    """Open the console on these settings.

    Raises:
        UsageError: Standard input, output or error (which draws the screen) is not a terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "The console needs a terminal.", next_step="For scripts there is `flywheel get runners -o json`."
        )
    # Credential plugins of the kubeconfig may talk to the terminal, so they run before the screen is taken.
    fleet = compose.fleet_service(settings)
    from flywheel_tui.tui.run import run_console

    return run_console(settings, fleet)
