"""How columns files name what they need: columns by field, and the feeds that list a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from flywheel_tui.domain.feed import Feed, SourceKind
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.services.listing.field import Kind
from flywheel_tui.tui.widgets.grid.column import Column
from flywheel_tui.tui.widgets.tone import Tone

R = TypeVar("R", bound=Row)


def plain(row: Row) -> Tone | None:
    """Return the plain tone: the text means nothing beyond itself."""
    return Tone.PLAIN


def muted(row: Row) -> Tone | None:
    """Return the tone of what is seldom read."""
    return Tone.MUTED


def own(row: Row) -> Tone | None:
    """Return no tone: the text speaks with the row's."""
    return None


def above(value: Callable[[R], float | None], warning: float, critical: float) -> Callable[[R], Tone | None]:
    """Return what tones a figure: critical and warning from their bounds on, muted where it is unknown."""

    def tone(row: R) -> Tone:
        found = value(row)
        if found is None:
            return Tone.MUTED
        return Tone.CRITICAL if found >= critical else Tone.WARNING if found >= warning else Tone.PLAIN

    return tone


def column(
    kind: Kind[R],
    name: str,
    width: int,
    *,
    most: int = 0,
    drop: int | None = None,
    tone: Callable[[R], Tone | None] = plain,
    middle: bool = False,
    told_by: Callable[[R], Iterable[str]] = lambda row: (),
    news: bool = False,
) -> Column[R]:
    """Return a column for a field of the kind.

    Raises:
        KeyError: The kind has no such field.
    """
    field = kind.field(name)
    if field is None:
        raise KeyError(name)
    return Column(field=field, width=width, most=most, drop=drop, tone=tone, middle=middle, told_by=told_by, news=news)


def told(kind: SourceKind) -> Callable[[Row], tuple[str, ...]]:
    """Return what names the feed of that kind in a row's context."""
    return lambda row: (f"{row.context}/{kind}",)


def feeds_of(*kinds: SourceKind) -> Callable[[Snapshot], tuple[Feed, ...]]:
    """Return what picks the feeds of those kinds, in the order of the configuration."""

    def pick(snapshot: Snapshot) -> tuple[Feed, ...]:
        return tuple(feed for feed in snapshot.feeds.values() if feed.kind in kinds)

    return pick


def feed_in_context(*kinds: SourceKind) -> Callable[[Any, Snapshot], Feed | None]:
    """Return what finds the feed that lists a row: the first of those kinds in the row's context."""

    def find(row: Row, snapshot: Snapshot) -> Feed | None:
        found = (snapshot.feed(row.context, kind) for kind in kinds)
        return next((feed for feed in found if feed is not None), None)

    return find
