"""One timer for what ends next; without anything that ends nothing ticks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from textual.timer import Timer
from textual.widget import Widget

_LEAST_WAIT_S: Final = 0.25
"""Marks and ghosts that end at nearly the same time are taken away together."""


class Alarm:
    """Calls once when a time has come; a time that is set later takes its place.

    Args:
        widget: Whose timer it is: it ends with the widget.
        ring: What to call.
    """

    def __init__(self, widget: Widget, ring: Callable[[], None]) -> None:
        self._widget = widget
        self._ring = ring
        self._timer: Timer | None = None
        self.due: datetime | None = None

    def set(self, due: datetime | None, now: datetime) -> None:
        """Wait for a time, or for nothing."""
        if due == self.due:
            return
        self.clear()
        self.due = due
        if due is not None:
            self._timer = self._widget.set_timer(max(_LEAST_WAIT_S, (due - now).total_seconds()), self._ring)

    def clear(self) -> datetime | None:
        """Wait for nothing any more, and return what was waited for."""
        if self._timer is not None:
            self._timer.stop()
        due, self._timer, self.due = self.due, None, None
        return due
