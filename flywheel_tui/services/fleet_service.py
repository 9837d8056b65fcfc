"""The live fleet for any face: it polls, joins, and tells listeners what changed."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from flywheel_tui.config.settings import StalePolicy
from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.errors import FlywheelError
from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import Fleet, FleetChange
from flywheel_tui.domain.ports import Source
from flywheel_tui.domain.record import Record
from flywheel_tui.domain.snapshot import Change, Snapshot
from flywheel_tui.services.interpreter import give_memory_back, tuned_for_a_screen
from flywheel_tui.store.polling import Polling
from flywheel_tui.store.store import Store

if TYPE_CHECKING:
    from flywheel_tui.insight.live import LiveJoin

SHORTEST_GAP_S: Final = 0.1
FILLING_GAP_S: Final = 0.02
LONGEST_GAP_S: Final = 30.0

Listener = Callable[["Picture", FleetChange | None], None]
"""Takes a new picture and what differs from the one before; None where that is not known."""


class PlannedSource(Record, frozen=True):
    """A source that the configuration names, known before anything of it is imported or connected."""

    name: str
    context: str
    kind: SourceKind
    interval_s: float


class Picture(Record, frozen=True):
    """The fleet, and the newest word of the sources it was joined from.

    The snapshot may be younger than the fleet by one join: a reading without news moves only the age of its feed.
    """

    snapshot: Snapshot
    fleet: Fleet


class FleetService:
    """Keeps the joined fleet current.

    It runs the same under the console, the command line and the API. Nothing heavy is imported or connected before
    :meth:`run` or :meth:`once`: a face can draw its first frame from :attr:`current` at once.

    Args:
        planned: What the configuration names, in its order; each gets an empty feed from the start.
        connect: Makes the sources; called and gone through once, in a thread, because client libraries take long to
            import. A source is read as soon as it is there, so the lightest comes first.
        policy: Bounds for the verdicts.
        clock: The time; for tests.
        sleep: Waits; for tests.
    """

    def __init__(
        self,
        planned: Sequence[PlannedSource],
        connect: Callable[[], Iterable[Source]],
        *,
        policy: StalePolicy | None = None,
        clock: Clock = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._connect = connect
        self._policy = policy or StalePolicy()
        self._clock = clock
        self._store = Store(clock=clock)
        for source in planned:
            self._store.expect(source.name, source.context, source.kind, source.interval_s)
        self._sleep = sleep
        self._polling = Polling(self._store, clock=clock, sleep=sleep)
        self._listeners: list[Listener] = []
        self._stale = asyncio.Event()
        self._fleet = Fleet()
        self._kept: Callable[[], Snapshot | None] | None = None
        self._steps: list[tuple[Snapshot, Change]] = []
        self._live: LiveJoin | None = None
        self._store.subscribe(self._note)

    @property
    def current(self) -> Picture:
        """Return the newest joined fleet with the sources as they stand now."""
        return Picture(self._store.current, self._fleet)

    @property
    def clock(self) -> Clock:
        """Return the clock that ages are told by."""
        return self._clock

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` in the event loop after every change of the picture; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def refresh(self) -> None:
        """Ask every source for a new reading now, within its budget."""
        self._polling.poke()

    def set_rate(self, seconds: float | None) -> None:
        """Read every polled source that often from now on; None goes back to the configured intervals.

        What is followed (a cluster's watch) stays as it is, and no rate spends more than a source's request budget.
        """
        self._polling.set_rate(seconds)

    def restore(self, picture: Picture, tables: Callable[[], Snapshot | None]) -> None:
        """Begin with the picture of an earlier session; each source's part stays, and stale, until it is read anew.

        Args:
            picture: Sources without their tables, and some joined rows.
            tables: Returns the sources with their tables, or None where they are lost; called once, in a thread.
        """
        for feed in picture.snapshot.feeds.values():
            self._store.restore(feed)
        self._fleet = picture.fleet
        self._kept = tables

    async def once(self) -> Picture:
        """Read every source once and return the joined picture; a failed source is a feed with a failure."""
        sources = [source async for source in self._connected()]
        try:
            await self._polling.once(sources)
        finally:
            await self._polling.close(sources)
        await self._rejoin()
        return self.current

    async def run(self) -> None:
        """Poll and join until cancelled."""
        sources: list[Source] = []
        failure: FlywheelError | None = None
        try:
            with tuned_for_a_screen():
                async with asyncio.TaskGroup() as group:
                    tasks: list[asyncio.Task[None]] = []
                    try:
                        async for source in self._connected():
                            sources.append(source)
                            tasks.append(group.create_task(self._polling.run([source])))
                            if len(sources) == 1:
                                # What joins is imported while the first answer is under way, not before it is asked.
                                tasks.append(group.create_task(self._follow()))
                        if not sources:
                            tasks.append(group.create_task(self._follow()))
                    except FlywheelError as error:
                        # Raised here it would leave as a group, and nobody could tell it in a sentence.
                        failure = error
                        for task in tasks:
                            task.cancel()
                    # The client libraries, too, live as long as this process: the collector need not look at them.
                    gc.freeze()
        finally:
            await self._polling.close(sources)
        if failure is not None:
            raise failure

    async def _connected(self) -> AsyncIterator[Source]:
        """Yield each source as soon as what it needs is imported."""
        sources = await asyncio.to_thread(lambda: iter(self._connect()))
        while (source := await asyncio.to_thread(next, sources, None)) is not None:
            yield source

    async def _follow(self) -> None:
        await self._recall()
        filled = False
        while True:
            await self._news_or_time()
            self._stale.clear()
            took = await self._rejoin()
            if not filled and not self._filling():
                filled = True
                await asyncio.to_thread(give_memory_back)
            # However fast news comes, at least three quarters of the time stay free for everything else.
            await self._sleep(max(FILLING_GAP_S if self._filling() else SHORTEST_GAP_S, 3 * took))

    async def _recall(self) -> None:
        """Take in the tables of an earlier session, and import what joins them."""
        kept, self._kept = self._kept, None
        snapshot = await asyncio.to_thread(_recalled, kept)
        if kept is None:
            return
        # Without their tables the sources that are not read yet are as unknown as ever.
        feeds = {} if snapshot is None else snapshot.feeds
        for feed in self._store.current.feeds.values():
            if feed.from_last_session:
                if feed.name in feeds:
                    self._store.restore(feeds[feed.name])
                else:
                    self._store.expect(feed.name, feed.context, feed.kind, feed.interval_s)

    def _note(self, snapshot: Snapshot, change: Change) -> None:
        self._steps.append((snapshot, change))
        self._stale.set()

    def _filling(self) -> bool:
        """Return whether a source is still to give its first whole answer: then its rows are waited for."""
        feeds = self._store.current.feeds.values()
        return any(
            feed.failure is None and (feed.fetched_at is None or feed.from_last_session or not feed.whole)
            for feed in feeds
        )

    async def _news_or_time(self) -> None:
        """Wait for news, but not for ever: a pod that stays Pending becomes a problem by time alone."""
        news = asyncio.ensure_future(self._stale.wait())
        time = asyncio.ensure_future(self._sleep(LONGEST_GAP_S))
        try:
            await asyncio.wait({news, time}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
            time.cancel()

    async def _rejoin(self) -> float:
        """Join the newest snapshot and tell the listeners; return how many seconds the join took."""
        started = asyncio.get_running_loop().time()
        snapshot, steps = self._store.current, self._steps
        self._steps = []
        # The first join of ten thousand runners takes longer than a frame; a thread leaves the loop to the keys.
        fleet, change = await asyncio.to_thread(self._join, snapshot, steps)
        took = asyncio.get_running_loop().time() - started
        self._fleet = fleet
        for listener in tuple(self._listeners):
            listener(self.current, change)
        return took

    def _join(self, snapshot: Snapshot, steps: Sequence[tuple[Snapshot, Change]]) -> tuple[Fleet, FleetChange]:
        """Return the fleet of a snapshot, and how it differs from the one shown. Runs in a thread, never in two."""
        # The first frame does not need these, so it does not wait for them.
        from flywheel_tui.insight.difference import diff_fleet
        from flywheel_tui.insight.live import LiveJoin

        if self._live is None:
            self._live = LiveJoin(self._policy)
        known = self._live.fleet
        fleet, change = self._live.update(snapshot, self._clock(), steps)
        # What is shown may be of an earlier session instead.
        return fleet, change if known is self._fleet else diff_fleet(self._fleet, fleet)


def _recalled(kept: Callable[[], Snapshot | None] | None) -> Snapshot | None:
    """Return the tables that were kept, with what joins them imported: the first answer must not wait for that."""
    import flywheel_tui.insight.difference
    import flywheel_tui.insight.live  # noqa: F401

    return None if kept is None else kept()
