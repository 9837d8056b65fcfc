"""The whole picture at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

from flywheel_tui.domain.feed import Feed, SourceKind
from flywheel_tui.domain.row import Row

R = TypeVar("R", bound=Row)


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All feeds at one generation. It never changes; the store replaces it.

    Attributes:
        generation: Grows by one with every change that a reader can see.
        feeds: By feed name, in the order of the configuration.
    """

    generation: int = 0
    feeds: Mapping[str, Feed] = msgspec.field(default_factory=dict)

    def rows(self, kind: type[R]) -> Iterator[R]:
        """Yield the rows of a type over all feeds."""
        for feed in self.feeds.values():
            yield from feed.rows(kind)

    def feed(self, context: str, kind: SourceKind) -> Feed | None:
        """Return the feed of an upstream in a context, or None where none is configured."""
        return self.feeds.get(f"{context}/{kind}")


class Change(msgspec.Struct, frozen=True):
    """What differs between two snapshots, by key, so that a reader touches only what changed.

    Attributes:
        feeds: Names of feeds whose state, error or rows changed.
        added, changed, removed: Keys by row type.
    """

    feeds: frozenset[str] = frozenset()
    added: Mapping[type[Row], frozenset[str]] = msgspec.field(default_factory=dict)
    changed: Mapping[type[Row], frozenset[str]] = msgspec.field(default_factory=dict)
    removed: Mapping[type[Row], frozenset[str]] = msgspec.field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.feeds)
