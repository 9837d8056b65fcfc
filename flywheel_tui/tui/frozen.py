"""Holding the picture still: the operator reads and compares while the fleet goes on behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flywheel_tui.domain.clock import Clock
from flywheel_tui.domain.fleet import FleetChange
from flywheel_tui.services.fleet_service import Listener, Picture
from flywheel_tui.tui.live_fleet import LiveFleet


class FreezableFleet:
    """A live fleet whose picture can be held still.

    While it is, :attr:`current` and :attr:`clock` stay at the moment of the freeze for everything that lists and
    describes; :attr:`live` goes on for the header, which must never say that all is well because nobody looks.

    Args:
        fleet: The live fleet.
    """

    def __init__(self, fleet: LiveFleet) -> None:
        self._fleet = fleet
        self._held: Picture | None = None
        self._held_at: datetime | None = None
        self._waiting: set[tuple[str, str]] = set()
        self._listeners: list[Listener] = []
        self._unsubscribe: Callable[[], None] | None = None

    @property
    def live(self) -> Picture:
        """Return the newest picture, also while another one is held."""
        return self._fleet.current

    @property
    def current(self) -> Picture:
        """Return the picture to show."""
        return self._held or self._fleet.current

    @property
    def clock(self) -> Clock:
        """Return the clock that ages are told by; it stands still while the picture does."""
        held_at = self._held_at
        return self._fleet.clock if held_at is None else lambda: held_at

    @property
    def live_clock(self) -> Clock:
        """Return the clock that always runs."""
        return self._fleet.clock

    @property
    def frozen_at(self) -> datetime | None:
        """Return since when the picture is held, or None where it is not."""
        return self._held_at

    @property
    def waiting(self) -> int:
        """Return how many rows changed, came or went since the freeze; each counts once."""
        return len(self._waiting)

    def freeze(self) -> None:
        """Hold the picture as it is now."""
        if self._held is None:
            self._held, self._held_at = self._fleet.current, self._fleet.clock()

    def thaw(self) -> None:
        """Show the newest picture again, with everything that waited."""
        if self._held is None:
            return
        self._held = self._held_at = None
        self._waiting.clear()
        # What differs from the held picture is not known by key; whoever draws compares.
        for listener in tuple(self._listeners):
            listener(self._fleet.current, None)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after every change of the live picture, and when a held one is let go."""
        if not self._listeners:
            self._unsubscribe = self._fleet.subscribe(self._changed)
        self._listeners.append(listener)
        return lambda: self._leave(listener)

    def refresh(self) -> None:
        """Ask every source for a new reading now, within its budget."""
        self._fleet.refresh()

    def set_rate(self, seconds: float | None) -> None:
        """Read every polled source that often; None goes back to the configured intervals."""
        self._fleet.set_rate(seconds)

    async def run(self) -> None:
        """Poll and join until cancelled."""
        await self._fleet.run()

    def _leave(self, listener: Listener) -> None:
        self._listeners.remove(listener)
        if not self._listeners and self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _changed(self, picture: Picture, change: FleetChange | None) -> None:
        if self._held is not None and change is not None:
            for name in ("runners", "scale_sets", "pods", "alerts", "jobs"):
                keys = getattr(change, name)
                self._waiting.update((name, key) for key in keys.added | keys.changed | keys.removed)
        for listener in tuple(self._listeners):
            listener(picture, change)
