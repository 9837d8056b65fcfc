"""What every screen is built from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from flywheel_tui.config.settings import Settings
from flywheel_tui.domain.record import Record
from flywheel_tui.tui.finding.session import Session
from flywheel_tui.tui.frozen import FreezableFleet
from flywheel_tui.tui.keymap import Keymap


class Helm(Protocol):
    """Where a screen sends the operator: what only the app can do."""

    async def open_runner(self, key: str) -> None:
        """Open the page of a runner over the present one."""

    async def command(self, text: str) -> None:
        """Do what was typed at the ``:`` prompt."""

    def complete(self, text: str) -> Sequence[str]:
        """Return the commands that ``text`` could become."""

    def choose_scope(self, text: str) -> None:
        """Make a scope the one that all pages show."""

    async def show_row(self, page: str, key: str) -> None:
        """Go to a page, with the cursor on a row."""


class Look(msgspec.Struct):
    """How all screens look, as the operator chose.

    Attributes:
        short_header: One line whatever the size of the terminal, or all lines; None leaves it to the size.
        rate_s: How often the sources are read, where that is not left to the configuration.
    """

    short_header: bool | None = None
    rate_s: float | None = None


class Deck(Record, frozen=True):
    """The settings, the live fleet, the keys in force, the helm, and since when the console waits for the fleet.

    Attributes:
        session: What all pages share, and what outlives them.
    """

    settings: Settings
    fleet: FreezableFleet
    keys: Keymap
    helm: Helm
    started_at: datetime
    look: Look = msgspec.field(default_factory=Look)
    session: Session = msgspec.field(default_factory=Session)
