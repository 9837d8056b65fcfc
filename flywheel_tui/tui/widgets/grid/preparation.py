"""What is made ready while nobody waits: the texts that the first key of a filter looks in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flywheel_tui.tui.widgets.grid.model import GridModel

_REST_S: Final = 1.0
"""After a picture: keys, its paint, and pictures that follow at once go first."""
_PAUSE_S: Final = 0.03
_SLICE_S: Final = 0.003
"""Work at once, then a pause: a key waits no longer than that, and a tenth of a core is enough."""


class Preparation:
    """Lets a model prepare in slices with pauses. Without anything to prepare there is no timer.

    Args:
        model: What is to be prepared.
        set_timer: Calls a function after so many seconds.
    """

    def __init__(self, model: GridModel[Any], set_timer: Callable[[float, Callable[[], None]], object]) -> None:
        self._model = model
        self._set_timer = set_timer
        self._begun = False

    def begin(self) -> None:
        """Prepare what a new picture, or the time, left to be prepared."""
        if self._model.unprepared and not self._begun:
            self._begun = True
            self._set_timer(_REST_S, self._go_on)

    def _go_on(self) -> None:
        # What somebody waits for is still being sorted out: that goes first, and it makes texts too.
        if self._model.pending or self._model.prepare(_SLICE_S):
            self._set_timer(_PAUSE_S, self._go_on)
        else:
            self._begun = False
