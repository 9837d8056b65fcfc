"""``flywheel config show``: the settings in force, as TOML."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import tomli_w

from flywheel_tui.config.secrets import TokenSource
from flywheel_tui.config.settings import Settings
from flywheel_tui.domain.record import Record


def settings_as_toml(settings: Settings) -> str:
    """Return the settings as a configuration file that means the same, defaults written out."""
    tree: dict[str, Any] = {
        "contexts": {
            context.name: {name: value for name, value in _plain(context).items() if name != "name"}
            for context in settings.contexts
        },
        "policy": {"stale": _plain(settings.stale)},
        "ui": _plain(settings.ui),
        "keys": dict(settings.keys),
    }
    return f"# {settings.path}\n" + tomli_w.dumps(tree)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any setting
    """Return a setting as TOML knows it; what is absent stays absent."""
    if isinstance(value, TokenSource):
        if value.env is not None:
            return {"env": value.env}
        return {"command": list(value.command)} if value.command else {"file": str(value.file)}
    if isinstance(value, Record):
        fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return {name: _pairs(name, item) for name, item in fields if item is not None}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, StrEnum):
        return value.value
    return str(value) if isinstance(value, Path) else value


def _pairs(name: str, value: Any) -> Any:  # noqa: ANN401 - any setting
    # Headers may carry a password, so only their names are shown.
    return {header: "********" for header, _ in value} if name == "headers" else _plain(value)
