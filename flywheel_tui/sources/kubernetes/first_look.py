"""What is known of a cluster while it is listed for the first time: thousands of pods take many pages."""

from __future__ import annotations

import asyncio

from flywheel_tui.domain.feed import Finding, Observation
from flywheel_tui.domain.workload import Pod
from flywheel_tui.sources.kubernetes.shelf import Shelf


class FirstLook:
    """Gathers pods page by page, so that the first screen of them need not wait for the last page.

    Attributes:
        news: Set when there are more pods.
        shelves: Everything, once it was listed to the end.
    """

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.shelves: tuple[Shelf, ...] = ()
        self._pods: dict[str | None, Shelf] = {}

    def begun(self, shelf: Shelf) -> None:
        """Take in the rows of a collection so far."""
        if shelf.resource.row is Pod and shelf.rows:
            self._pods[shelf.namespace] = shelf
            self.news.set()

    def part(self) -> Observation | None:
        """Return the pods so far, marked as a part; None where there are no more than the last time."""
        if not self.news.is_set():
            return None
        self.news.clear()
        pods = {key: row for shelf in self._pods.values() for key, row in shelf.rows.items()}
        text = f"The cluster is still being listed: {len(pods):,} pods so far."
        return Observation(
            tables={Pod: pods},
            complete=False,
            whole=False,
            findings=(Finding(code="partial", text=text, limits=True),),
        )
