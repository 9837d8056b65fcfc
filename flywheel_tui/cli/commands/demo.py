"""``flywheel demo`` and ``flywheel simulate``: a fleet in a box."""

from __future__ import annotations

import difflib
import tempfile
from pathlib import Path

from flywheel_tui.cli.commands.console import show
from flywheel_tui.cli.options import Options
from flywheel_tui.config.load import load_settings
from flywheel_tui.domain.errors import UsageError


def run_demo(options: Options, scenario: str, runners: int, seed: int) -> int:
    """Start the simulator in a process of its own, open the console on it, and end it afterwards."""
    from flywheel_tui.simulator.launch import running_simulator

    _check(scenario)
    with tempfile.TemporaryDirectory(prefix="flywheel-demo-") as folder:
        config = Path(folder) / "config.toml"
        with running_simulator(config, scenario=scenario, runners=runners, seed=seed):
            return show(options.apply(load_settings(config)), resume=options.resume)


def run_simulator(scenario: str, runners: int, seed: int, port: int, config_out: Path | None) -> int:
    """Serve the simulated upstreams in this process until it is told to end."""
    from flywheel_tui.simulator.process import main

    _check(scenario)
    words = ["--scenario", scenario, "--runners", str(runners), "--seed", str(seed), "--port", str(port)]
    return main(words + (["--config-out", str(config_out)] if config_out is not None else []))


def _check(scenario: str) -> None:
    """Refuse a scenario that does not exist.

    Raises:
        UsageError: There is none of that name; the message names the nearest.
    """
    from flywheel_tui.simulator.world import SCENARIOS

    if scenario not in SCENARIOS:
        near = difflib.get_close_matches(scenario, SCENARIOS, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(SCENARIOS)}."
        raise UsageError(f"There is no scenario {scenario}.", next_step=hint)
