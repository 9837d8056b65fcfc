"""The live fleet for any face: it polls, joins, and tells listeners what changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flywheel_tui.config.settings import StalePolicy
from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import Fleet, FleetChange
from flywheel_tui.domain.ports import Source
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.services.interpreter import tuned_for_a_screen
from flywheel_tui.store.polling import Polling
from flywheel_tui.store.store import Store

SHORTEST_GAP_S: Final = 0.1
LONGEST_GAP_S: Final = 30.0

Listener = Callable[["Picture", FleetChange | None], None]
"""Takes a new picture and what differs from the one before; None where that is not known."""


@dataclass(frozen=True)
class PlannedSource:
    """A source that the configuration names, known before anything of it is imported or connected."""

    name: str
    context: str
    kind: SourceKind
    interval_s: float


@dataclass(frozen=True)
class Picture:
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
        connect: Makes the sources; called once, in a thread, because client libraries take long to import.
        policy: Bounds for the verdicts.
        clock: The time; for tests.
        sleep: Waits; for tests.
    """

    def __init__(
        self,
        planned: Sequence[PlannedSource],
        connect: Callable[[], Sequence[Source]],
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
        self._store.subscribe(lambda snapshot, change: self._stale.set())

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

    async def once(self) -> Picture:
        """Read every source once and return the joined picture; a failed source is a feed with a failure."""
        sources = await asyncio.to_thread(self._connect)
        try:
            await self._polling.once(sources)
        finally:
            await self._polling.close(sources)
        await self._rejoin()
        return self.current

    async def run(self) -> None:
        """Poll and join until cancelled."""
        sources = await asyncio.to_thread(self._connect)
        try:
            with tuned_for_a_screen():
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._polling.run(sources))
                    group.create_task(self._follow())
        finally:
            await self._polling.close(sources)

    async def _follow(self) -> None:
        while True:
            took = await self._rejoin()
            # However fast news comes, at least three quarters of the time stay free for everything else.
            await self._sleep(max(SHORTEST_GAP_S, 3 * took))
            await self._news_or_time()
            self._stale.clear()

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
        snapshot = self._store.current
        # Joining ten thousand runners takes longer than a frame; a thread leaves the loop to the keys.
        fleet, change = await asyncio.to_thread(_join, snapshot, self._fleet, self._clock(), self._policy)
        took = asyncio.get_running_loop().time() - started
        self._fleet = fleet
        for listener in tuple(self._listeners):
            listener(self.current, change)
        return took


def _join(snapshot: Snapshot, before: Fleet, now: datetime, policy: StalePolicy) -> tuple[Fleet, FleetChange]:
    """Return the fleet of a snapshot, and how it differs from the one before."""
    # The first frame does not need these, so it does not wait for them.
    from flywheel_tui.insight.difference import diff_fleet
    from flywheel_tui.insight.join import join

    fleet = join(snapshot, now, policy)
    return fleet, diff_fleet(before, fleet)
