"""Keeps the developer's machine out of the tests."""

from __future__ import annotations

import os

# Textual reads these when it is imported, so they go before anything else is.
for _name in [name for name in os.environ if name.startswith(("TEXTUAL", "FLYWHEEL_"))]:
    if _name not in {"FLYWHEEL_CONTRACTS", "FLYWHEEL_SERVERS_DIR"} and not _name.startswith("TEXTUAL_SNAPSHOT"):
        del os.environ[_name]
for _name in ("NO_COLOR", "COLORTERM", "SSH_CONNECTION", "KUBECONFIG"):
    os.environ.pop(_name, None)
os.environ.update(TZ="UTC", LC_ALL="C.UTF-8", LANG="C.UTF-8", TERM="xterm-256color")

from datetime import UTC, datetime  # noqa: E402
from pathlib import Path  # noqa: E402

import hypothesis  # noqa: E402
import pytest  # noqa: E402

hypothesis.settings.register_profile("default", deadline=None, derandomize=True)
hypothesis.settings.register_profile("nightly", deadline=None, max_examples=10_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test an empty home, so no configuration of this machine is ever found."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def now() -> datetime:
    """Return the time at which the tests happen."""
    return NOW


@pytest.fixture(scope="session")
def contracts() -> Path:
    """Return the folder of third-party schemas, or skip where there is none."""
    named = os.environ.get("FLYWHEEL_CONTRACTS")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "contracts"
    if not folder.is_dir():
        pytest.skip("no third-party schemas here: set FLYWHEEL_CONTRACTS to the folder that holds them")
    return folder
