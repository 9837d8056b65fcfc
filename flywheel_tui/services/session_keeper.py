"""Writes the picture down while the console runs and when it is left, so that the next start begins with it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final

from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.services.listing.order import sort_rows
from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.store.last_session import save_last_session

_LOG: Final = logging.getLogger(__name__)

EVERY_S: Final = 300.0


class SessionKeeper:
    """Saves a session every few minutes in a thread, and once more when it ends.

    Args:
        folder: Where state lies.
        fingerprint: Of the configuration.
        current: Returns the newest picture; called from a thread.
        every_s: Time between two saves.
    """

    def __init__(
        self, folder: Path, fingerprint: str, current: Callable[[], Picture], *, every_s: float = EVERY_S
    ) -> None:
        self._folder = folder
        self._fingerprint = fingerprint
        self._current = current
        self._every_s = every_s
        self._ended = Event()
        self._one_writer = Lock()
        self._saved_generation: int | None = None
        # A daemon: a disk that hangs keeps nobody from leaving.
        self._thread = Thread(target=self._save_again_and_again, name="session keeper", daemon=True)

    def start(self) -> None:
        """Begin to save."""
        self._thread.start()

    def end(self) -> None:
        """Save once more, and no longer."""
        self._ended.set()
        self.save()

    def save(self) -> None:
        """Save the newest picture, where there is news. Blocking; what goes wrong is logged."""
        with self._one_writer:
            picture = self._current()
            snapshot, fleet = picture.snapshot, picture.fleet
            if snapshot.generation == self._saved_generation:
                return
            first = sort_rows(fleet.runners.values(), RUNNERS, RUNNERS.default_sort)
            try:
                save_last_session(self._folder, self._fingerprint, snapshot, fleet, first=first)
            except OSError as error:
                _LOG.warning("The session cannot be kept in %s: %s.", self._folder, error.strerror or error)
            else:
                self._saved_generation = snapshot.generation

    def _save_again_and_again(self) -> None:
        while not self._ended.wait(self._every_s):
            self.save()
