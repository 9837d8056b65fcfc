"""Rules of the house that hold at run time; the static ones are in pyproject.toml for import-linter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "flywheel_tui"

HEADLESS = (
    "flywheel_tui.cli.main",
    "flywheel_tui.cli.commands.get",
    "flywheel_tui.cli.commands.describe",
    "flywheel_tui.cli.commands.config",
    "flywheel_tui.cli.compose",
    "flywheel_tui.services.fleet_service",
    "flywheel_tui.services.describe",
    "flywheel_tui.services.listing.registry",
    "flywheel_tui.simulator.process",
)
CLIENTS = ("kubernetes", "gitlab", "github", "prometheus_api_client")


def loaded_after(code: str, names: tuple[str, ...]) -> str:
    """Return which of ``names`` are loaded in a fresh process after ``code``."""
    script = f"import sys\n{code}\nprint(','.join(name for name in {names!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    return done.stdout.strip()


@pytest.mark.parametrize("module", HEADLESS)
def test_headless_modules_load_no_screen_library(module: str) -> None:
    assert loaded_after(f"import {module}", ("textual", "rich")) == ""


def test_the_command_line_starts_without_any_client_library() -> None:
    code = "from flywheel_tui.cli.main import cli\ncli(['--version'], standalone_mode=False)"
    assert loaded_after(code, (*CLIENTS, "httpx", "textual")).splitlines()[-1].startswith("flywheel ")


def test_the_composition_root_connects_lazily() -> None:
    code = "import flywheel_tui.cli.compose, flywheel_tui.cli.commands.console, flywheel_tui.cli.commands.demo"
    assert loaded_after(code, (*CLIENTS, "httpx", "textual")) == ""


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "misc", "common", "manager"}
    assert [path for path in PACKAGE.rglob("*.py") if path.stem in vague] == []


def test_app_stays_small() -> None:
    assert len((PACKAGE / "tui" / "app.py").read_text().splitlines()) < 200


def test_the_version_is_said_once() -> None:
    from flywheel_tui import __version__

    done = subprocess.run(
        [sys.executable, "-m", "flywheel_tui", "--version"], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert done.stdout == f"flywheel {__version__}\n"
