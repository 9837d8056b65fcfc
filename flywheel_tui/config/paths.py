"""Where the configuration and the state lie, after the XDG base directory specification."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def config_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the configuration file: ``FLYWHEEL_CONFIG``, or ``flywheel/config.toml`` in XDG's folder."""
    named = environ.get("FLYWHEEL_CONFIG")
    return Path(named).expanduser() if named else _folder(environ, "XDG_CONFIG_HOME", ".config") / "config.toml"


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for state that outlives a session."""
    return _folder(environ, "XDG_STATE_HOME", ".local/state")


def _folder(environ: Mapping[str, str], variable: str, default: str) -> Path:
    # The specification has relative paths ignored.
    named = Path(environ.get(variable, ""))
    base = named if named.is_absolute() else Path(environ.get("HOME", "~")).expanduser() / default
    return base / "flywheel"
