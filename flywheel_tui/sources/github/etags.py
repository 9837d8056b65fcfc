"""Pages that GitHub has to send only when they changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

T = TypeVar("T")

Params = tuple[tuple[str, str], ...]
PageAddress = tuple[str, Params]
"""Path and parameters; a page number makes another address."""


def page_address(path: str, params: Mapping[str, str]) -> PageAddress:
    """Return the address of a page, the same for any order of its parameters."""
    return path, tuple(sorted(params.items()))


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page, parsed.

    Attributes:
        content: What it holds.
        following: Parameters of the next page; None for the last one. It is kept with the page, because an unchanged
            page says nothing of the pages after it: those are asked for as well.
        etag: Version of the page by GitHub's word; None where it gave none.
    """

    content: T
    following: dict[str, str] | None = None
    etag: str | None = None


class PageCache:
    """The last version of every page that one token asked for.

    A cycle marks the pages it used; those of no use any more are forgotten, so a fleet that shrinks frees its pages.
    """

    def __init__(self) -> None:
        self._pages: dict[PageAddress, Page[object]] = {}
        self._used: set[PageAddress] = set()

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, address: PageAddress, kind: type[T]) -> Page[T] | None:
        """Return the page that was kept for an address and a type of content."""
        page = self._pages.get(address)
        return cast("Page[T]", page) if page is not None and isinstance(page.content, kind) else None

    def keep(self, address: PageAddress, page: Page[T]) -> None:
        """Keep a page for next time, if GitHub gave it a version, and mark it as used."""
        self._used.add(address)
        if page.etag is None:
            self._pages.pop(address, None)
        else:
            self._pages[address] = cast("Page[object]", page)

    def forget_unused(self) -> None:
        """Forget the pages that were not kept again since the last call."""
        self._pages = {address: page for address, page in self._pages.items() if address in self._used}
        self._used.clear()

    def clear(self) -> None:
        """Forget all pages: another token may see other things."""
        self._pages.clear()
        self._used.clear()
