"""The way between pages: back, forward, and to the page before."""

from __future__ import annotations

from typing import Final

_LONGEST: Final = 50


class Trail:
    """The pages that were visited, like a browser's history.

    Args:
        page: The first page.
    """

    def __init__(self, page: str) -> None:
        self._pages = [page]
        self._at = 0
        self._before: str | None = None

    @property
    def page(self) -> str:
        """Return the present page."""
        return self._pages[self._at]

    def visit(self, page: str) -> None:
        """Go on to a page; what lay ahead is forgotten."""
        if page == self.page:
            return
        self._before = self.page
        self._pages = [*self._pages[: self._at + 1], page][-_LONGEST:]
        self._at = len(self._pages) - 1

    def back(self) -> str | None:
        """Return the page before on the way, which is then the present one; None where the way begins."""
        return self._step(-1)

    def forward(self) -> str | None:
        """Return the page that one came back from; None where there is none."""
        return self._step(1)

    def last(self) -> str | None:
        """Return the page that was on the screen before this one, to go to and fro; None where there was none."""
        return self._before

    def _step(self, step: int) -> str | None:
        if not 0 <= self._at + step < len(self._pages):
            return None
        self._before = self.page
        self._at += step
        return self.page
