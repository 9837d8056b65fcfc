"""The global options, and the settings that they lead to."""

from __future__ import annotations

import difflib
from enum import StrEnum
from pathlib import Path

import msgspec

from flywheel_tui.config.load import load_settings
from flywheel_tui.config.paths import config_path
from flywheel_tui.config.settings import Role, Settings
from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.record import Record


class Format(StrEnum):
    """What ``-o`` takes."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"
    NAME = "name"


class Options(Record, frozen=True, kw_only=True):
    """What was said before the command."""

    config: Path | None = None
    contexts: tuple[str, ...] = ()
    readonly: bool = False
    theme: str | None = None
    ascii: bool = False
    mouse: bool = False
    resume: bool = False
    frame_diff: bool = True

    @property
    def config_path(self) -> Path:
        """Return the configuration file in force."""
        return self.config or config_path()

    def settings(self) -> Settings:
        """Return the configuration with these options applied.

        Raises:
            ConfigError: The file cannot be used.
            UsageError: A context is named that it does not have.
        """
        return self.apply(load_settings(self.config_path))

    def apply(self, settings: Settings) -> Settings:
        """Return ``settings`` with these options applied.

        Raises:
            UsageError: A context is named that they do not have.
        """
        known = {context.name: context for context in settings.contexts}
        for name in self.contexts:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
                raise UsageError(f"There is no context {name} in {self.config_path}.", next_step=hint)
        chosen = [known[name] for name in dict.fromkeys(self.contexts)] or list(settings.contexts)
        if self.readonly:
            chosen = [msgspec.structs.replace(context, role=Role.VIEWER) for context in chosen]
        look = msgspec.structs.replace(
            settings.ui,
            theme=self.theme or settings.ui.theme,
            ascii=self.ascii or settings.ui.ascii,
            mouse=self.mouse or settings.ui.mouse,
            frame_diff=self.frame_diff and settings.ui.frame_diff,
        )
        return msgspec.structs.replace(settings, contexts=tuple(chosen), ui=look)
