"""The simulator in a process of its own, and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from flywheel_tui.simulator.launch import RunningSimulator, running_simulator

RUNNER_NAME: Final = re.compile(r"(?<=^.{4})[a-z][a-z0-9]*(-[a-z0-9]+)+-\d+|(?<=^.{3})[a-z][a-z0-9]*(-[a-z0-9]+)+-\d+")
"""Names of simulated runners at the beginning of a grid's line."""


@contextmanager
def simulator(folder: Path, runners: int) -> Iterator[RunningSimulator]:
    """Run a calm simulated fleet as long as the block lasts."""
    with running_simulator(folder / "simulated.toml", runners=runners, ready_within=180.0) as running:
        yield running


def requests(running: RunningSimulator) -> dict[str, int]:
    """Return how many requests each upstream got so far."""
    answer = httpx.get(
        f"{running.urls['control']}/simulator/state",
        headers={"Authorization": f"Bearer {running.tokens['control']}"},
        timeout=30.0,
        trust_env=False,
    )
    answer.raise_for_status()
    return {name: state["requests"] for name, state in answer.json()["upstreams"].items()}


def ports(running: RunningSimulator) -> list[int]:
    """Return the ports of all upstreams."""
    found = (urlsplit(url).port for name, url in running.urls.items() if name != "control")
    return [port for port in found if port is not None]


def configuration(running: RunningSimulator, folder: Path, stands_for: Mapping[int, int] | None = None) -> Path:
    """Return a configuration as of a real fleet: a console keeps no session of a demo.

    Args:
        running: The simulator.
        folder: Where to write it.
        stands_for: The ports to go through, by those of the simulator; the simulator's own where absent.
    """
    kubeconfig = folder / "real.kubeconfig"
    own = running.config.with_name(running.config.stem + ".kubeconfig")
    kubeconfig.write_text(_with_ports(own.read_text(), stands_for))
    config = folder / "real.toml"
    text = running.config.read_text().replace("demo = true\n", "").replace(str(own), str(kubeconfig))
    config.write_text(_with_ports(text, stands_for))
    config.chmod(0o600)
    kubeconfig.chmod(0o600)
    return config


def _with_ports(text: str, stands_for: Mapping[int, int] | None) -> str:
    if stands_for is None:
        return text
    return re.sub(r"127\.0\.0\.1:(\d+)", lambda found: f"127.0.0.1:{stands_for[int(found.group(1))]}", text)
