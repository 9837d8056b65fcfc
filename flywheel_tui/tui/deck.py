"""What every screen is built from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flywheel_tui.config.settings import Settings
from flywheel_tui.domain.clock import Clock
from flywheel_tui.services.fleet_service import Listener, Picture
from flywheel_tui.tui.keymap import Keymap


class LiveFleet(Protocol):
    """What the console needs of :class:`~flywheel_tui.services.fleet_service.FleetService`."""

    @property
    def current(self) -> Picture:
        """Return the newest joined picture."""

    @property
    def clock(self) -> Clock:
        """Return the clock that ages are told by."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after every change; return what ends that."""

    def refresh(self) -> None:
        """Ask every source for a new reading now, within its budget."""

    async def run(self) -> None:
        """Poll and join until cancelled."""


class Helm(Protocol):
    """Where a screen sends the operator: what only the app can do."""

    async def open_runner(self, key: str) -> None:
        """Open the page of a runner over the present one."""

    async def command(self, text: str) -> None:
        """Do what was typed at the ``:`` prompt."""


@dataclass(frozen=True)
class Deck:
    """The settings, the live fleet, the keys in force, the helm, and since when the console waits for the fleet."""

    settings: Settings
    fleet: LiveFleet
    keys: Keymap
    helm: Helm
    started_at: datetime
