"""What the console needs of a fleet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from flywheel_tui.domain.clock import Clock
from flywheel_tui.services.fleet_service import Listener, Picture


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

    def set_rate(self, seconds: float | None) -> None:
        """Read every polled source that often; None goes back to the configured intervals."""

    async def run(self) -> None:
        """Poll and join until cancelled."""
