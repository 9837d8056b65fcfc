"""The store: the current snapshot, and who is told when it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.errors import SourceError
from flywheel_tui.domain.feed import Failure, Feed, Observation, SourceKind, Tables
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.snapshot import Change, Snapshot

Listener = Callable[[Snapshot, Change], None]

MERGED_ON_THE_LOOP: Final = 2_000
"""Rows that are compared without leaving the event loop: about a millisecond."""

# Below this the two clocks count as equal: network time alone explains it.
_SKEW_NOTICED_S: Final = 5.0


class Store:
    """Holds the current :class:`Snapshot` and replaces it when a source says something new.

    A reading that brings nothing new refreshes the feed's age and tells nobody. Rows that did not change stay the same
    objects over snapshots, so comparing two snapshots costs little.

    Args:
        clock: The time; for tests.
    """

    def __init__(self, *, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._current = Snapshot()
        self._listeners: list[Listener] = []

    @property
    def current(self) -> Snapshot:
        """Return the newest snapshot."""
        return self._current

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after every change that a reader can see; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def expect(self, name: str, context: str, kind: SourceKind, interval_s: float) -> None:
        """Announce a source before its first reading, so that its feed is there and unknown."""
        feed = Feed(name=name, context=context, kind=kind, interval_s=interval_s)
        self._replace(feed, Change(feeds=frozenset({name})))

    def set_interval(self, name: str, interval_s: float) -> None:
        """Take in how often a source is read from now on, which says when it counts as stale."""
        feed = msgspec.structs.replace(self._current.feeds[name], interval_s=interval_s)
        self._replace(feed, Change(feeds=frozenset({name})))

    def restore(self, feed: Feed) -> None:
        """Take in what an earlier session read, unless the source is unknown or was read since."""
        known = self._current.feeds.get(feed.name)
        if known is None or (known.fetched_at is not None and not known.from_last_session):
            return
        tables, change = merge_tables(feed.name, known.tables, feed.tables)
        restored = msgspec.structs.replace(
            known,
            tables=tables,
            fetched_at=feed.fetched_at,
            complete=feed.complete,
            findings=feed.findings,
            from_last_session=True,
        )
        self._replace(restored, change or Change(feeds=frozenset({feed.name})))

    def put(self, name: str, observation: Observation) -> None:
        """Take in a successful reading of the named source.

        A part of a reading is taken only where there is nothing whole yet: rows that are read later are not gone.
        """
        if self._knows_better(name, observation):
            return
        before = self._current.feeds[name].tables
        self._put(name, observation, merge_tables(name, before, observation.tables))

    async def take(self, name: str, observation: Observation) -> None:
        """Take in a successful reading as :meth:`put` does; a large one is compared in a thread, off the loop."""
        if self._knows_better(name, observation):
            return
        before = self._current.feeds[name].tables
        after = observation.tables
        # A table that is the very one from before is not looked through.
        rows = sum(len(table) for kind, table in after.items() if table is not before.get(kind))
        if rows <= MERGED_ON_THE_LOOP:
            self.put(name, observation)
            return
        merged = await asyncio.to_thread(merge_tables, name, before, after)
        if self._current.feeds[name].tables is before:
            self._put(name, observation, merged)
        else:
            self.put(name, observation)

    def _knows_better(self, name: str, observation: Observation) -> bool:
        feed = self._current.feeds[name]
        return not observation.whole and feed.whole and feed.fetched_at is not None

    def _put(self, name: str, observation: Observation, merged: tuple[Tables, Change]) -> None:
        before = self._current.feeds[name]
        tables, change = merged
        news = (
            bool(change)
            or before.fetched_at is None
            or before.from_last_session
            or before.failure is not None
            or before.complete != observation.complete
            or before.whole != observation.whole
            or before.findings != observation.findings
        )
        now = self._clock()
        feed = msgspec.structs.replace(
            before,
            tables=tables,
            fetched_at=now,
            failure=None,
            complete=observation.complete,
            whole=observation.whole,
            findings=observation.findings,
            budget=observation.budget,
            clock_skew_s=_skew(observation.server_time, now),
            from_last_session=False,
        )
        self._replace(feed, change or Change(feeds=frozenset({name})), news=news)

    def fail(self, name: str, error: SourceError, *, retry_at: datetime | None = None) -> None:
        """Take in that the named source failed; its last good rows stay."""
        before = self._current.feeds[name]
        since = before.failure.since if before.failure is not None else self._clock()
        failure = Failure(
            code=error.code, message=error.message, next_step=error.next_step, since=since, retry_at=retry_at
        )
        news = before.failure is None or (before.failure.code, before.failure.message) != (
            failure.code,
            failure.message,
        )
        feed = msgspec.structs.replace(before, failure=failure)
        self._replace(feed, Change(feeds=frozenset({name})), news=news)

    def _replace(self, feed: Feed, change: Change, *, news: bool = True) -> None:
        generation = self._current.generation + 1 if news else self._current.generation
        if news:
            feed = msgspec.structs.replace(feed, generation=generation)
        self._current = Snapshot(generation=generation, feeds={**self._current.feeds, feed.name: feed})
        if news:
            for listener in tuple(self._listeners):
                listener(self._current, change)


def merge_tables(name: str, before: Tables, after: Tables) -> tuple[Tables, Change]:
    """Return the new tables with unchanged rows kept as the objects they were, and what changed by key.

    Args:
        name: The feed that is named in the change.
        before: Tables of the last reading.
        after: Tables of this reading: whole, so a key that is absent is gone. Nobody changes them from here on.
    """
    merged: dict[type[Row], Mapping[str, Row]] = {}
    added: dict[type[Row], frozenset[str]] = {}
    changed: dict[type[Row], frozenset[str]] = {}
    removed: dict[type[Row], frozenset[str]] = {}
    for kind in {**before, **after}:
        old, new = before.get(kind, {}), after.get(kind, {})
        if new is old:
            # A source that keeps its tables hands an unchanged one over as it is.
            merged[kind] = old
            continue
        more: list[str] = []
        other: list[str] = []
        kept: dict[str, Row] = {}
        for key, row in new.items():
            known = old.get(key)
            if known is None:
                more.append(key)
            elif known is row:
                continue
            elif known == row:
                kept[key] = known
            else:
                other.append(key)
        gone = frozenset(key for key in old if key not in new)
        if kind in after:
            # Where nothing changed the very mapping stays, so a reader can skip it by identity.
            differs = more or other or gone or kind not in before
            # A source that hands over the objects from before has its table taken as it is: no second one of its size.
            merged[kind] = ({**new, **kept} if kept else new) if differs else old
        if more:
            added[kind] = frozenset(more)
        if other:
            changed[kind] = frozenset(other)
        if gone:
            removed[kind] = gone
    news = added or changed or removed or before.keys() != after.keys()
    feeds = frozenset({name}) if news else frozenset[str]()
    return merged, Change(feeds=feeds, added=added, changed=changed, removed=removed)


def _skew(server_time: datetime | None, now: datetime) -> float | None:
    if server_time is None:
        return None
    skew = (server_time - now).total_seconds()
    return skew if abs(skew) >= _SKEW_NOTICED_S else 0.0
