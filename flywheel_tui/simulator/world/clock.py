"""The clock of the simulated world: real time that can be frozen and moved forward."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Unix time in seconds (UTC) that can be frozen, advanced and resumed.

    Args:
        source: Where running time comes from; the system clock unless a test gives its own.
        frozen_at: Start frozen at this time.
    """

    def __init__(self, source: Callable[[], float] = time.time, *, frozen_at: float | None = None) -> None:
        self._source = source
        self._offset = 0.0
        self._frozen = frozen_at

    def now(self) -> float:
        """Return the present time, seconds since 1970."""
        return self._source() + self._offset if self._frozen is None else self._frozen

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen is not None

    def freeze(self) -> None:
        """Stop time where it is."""
        self._frozen = self.now()

    def advance(self, seconds: float) -> None:
        """Move time forward, frozen or running.

        Raises:
            ValueError: If the step is negative: the world never runs backwards.
        """
        if seconds < 0:
            raise ValueError("the clock of the world only moves forward")
        if self._frozen is None:
            self._offset += seconds
        else:
            self._frozen += seconds

    def resume(self) -> None:
        """Let time run on from where it stands."""
        if self._frozen is not None:
            self._offset = self._frozen - self._source()
            self._frozen = None
