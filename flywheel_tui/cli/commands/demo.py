"""``flywheel demo`` and ``flywheel simulate``: a fleet in a box."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flywheel_tui.cli.commands.console import show
from flywheel_tui.cli.options import Options
from flywheel_tui.config.load import load_settings


def run_demo(options: Options, scenario: str, runners: int, seed: int) -> int:
    """Start the simulator in a process of its own, open the console on it, and end it afterwards."""
    from flywheel_tui.simulator.launch import running_simulator

    with tempfile.TemporaryDirectory(prefix="flywheel-demo-") as folder:
        config = Path(folder) / "config.toml"
        with running_simulator(config, scenario=scenario, runners=runners, seed=seed):
            return show(options.apply(load_settings(config)))


def run_simulator(scenario: str, runners: int, seed: int, port: int, config_out: Path | None) -> int:
    """Serve the simulated upstreams in this process until it is told to end."""
    from flywheel_tui.simulator.process import main

    words = ["--scenario", scenario, "--runners", str(runners), "--seed", str(seed), "--port", str(port)]
    return main(words + (["--config-out", str(config_out)] if config_out is not None else []))
