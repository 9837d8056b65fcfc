"""One loop a source: read, store, wait; back off when it fails, and come back by itself."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.errors import SourceError
from flywheel_tui.domain.ports import FollowedSource, GradualSource, Source
from flywheel_tui.store.store import Store

_LOG: Final = logging.getLogger(__name__)

FIRST_BACK_OFF_S: Final = 2.0
LONGEST_BACK_OFF_S: Final = 120.0
LONGEST_ASKED_S: Final = 3600.0
"""No upstream renews its limits later; a longer wait is a mistake, and would look like a dead source for good."""


def back_off_seconds(failures: int, chance: float) -> float:
    """Return how long to wait after that many failures in a row.

    The wait doubles from 2 s to at most 2 minutes; the upper half of it is left to chance, so that many consoles do
    not return to a recovering upstream in step.

    Args:
        failures: At least 1.
        chance: From 0 to 1.
    """
    whole = min(LONGEST_BACK_OFF_S, FIRST_BACK_OFF_S * 2.0 ** min(failures - 1, 16))
    return whole * (0.5 + 0.5 * chance)


class Polling:
    """Runs the sources and feeds the store.

    Failures of an upstream (:class:`SourceError`) become data; anything else is a bug and ends the run.

    Args:
        store: Takes what is read.
        clock: The time; for tests.
        sleep: Waits; for tests.
        chance: A number from 0 to 1; for tests.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._pokes: dict[str, asyncio.Event] = {}
        self._rate_s: float | None = None
        self._polled: dict[str, float] = {}

    def set_rate(self, seconds: float | None) -> None:
        """Poll every source that often from now on, and at once; None goes back to the sources' own intervals."""
        self._rate_s = seconds
        for name, interval_s in self._polled.items():
            self._store.set_interval(name, seconds or interval_s)
            self.poke(name)

    def poke(self, name: str | None = None) -> None:
        """Read a source now, or all of them: ends their waits, but never one that an upstream asked for."""
        for known, event in self._pokes.items():
            if name is None or name == known:
                event.set()

    async def once(self, sources: Sequence[Source]) -> None:
        """Read every source once, all at the same time."""
        async with asyncio.TaskGroup() as group:
            for source in sources:
                group.create_task(self._read(source))

    async def run(self, sources: Sequence[Source]) -> None:
        """Read every source again and again until cancelled."""
        async with asyncio.TaskGroup() as group:
            for source in sources:
                self._pokes[source.name] = asyncio.Event()
                loop = self._follow(source) if isinstance(source, FollowedSource) else self._poll(source)
                group.create_task(loop, name=source.name)

    async def close(self, sources: Sequence[Source]) -> None:
        """Let go of the sources' connections."""
        self._pokes.clear()
        await asyncio.gather(*(source.aclose() for source in sources))

    async def _read(self, source: Source) -> None:
        try:
            observation = await source.fetch()
        except SourceError as error:
            self._store.fail(source.name, error)
        else:
            await self._store.take(source.name, observation)

    async def _poll(self, source: Source) -> None:
        failures = 0
        self._polled[source.name] = source.interval_s
        if self._rate_s is not None:
            self._store.set_interval(source.name, self._rate_s)
        while True:
            try:
                if isinstance(source, GradualSource):
                    observation = await source.read(partial(self._store.take, source.name))
                else:
                    observation = await source.fetch()
            except SourceError as error:
                failures += 1
                await self._after_failure(source, error, failures)
            else:
                await self._store.take(source.name, observation)
                failures = _recovered(source, failures)
                await self._wait(source.name, self._rate_s or source.interval_s)

    async def _follow(self, source: FollowedSource) -> None:
        failures = 0
        while True:
            try:
                async for observation in source.follow():
                    await self._store.take(source.name, observation)
                    failures = _recovered(source, failures)
                # The upstream closed an orderly stream: connect again, but not in a tight loop.
                await self._wait(source.name, back_off_seconds(1, self._chance()))
            except SourceError as error:
                failures += 1
                await self._after_failure(source, error, failures)

    async def _after_failure(self, source: Source, error: SourceError, failures: int) -> None:
        asked = min(error.retry_after or 0.0, LONGEST_ASKED_S)
        delay = max(asked, back_off_seconds(failures, self._chance()))
        self._store.fail(source.name, error, retry_at=self._clock() + timedelta(seconds=delay))
        _LOG.warning("%s: %s (%d in a row, again in %.0f s)", source.name, error, failures, delay)
        await self._wait(source.name, delay, at_least=asked)

    async def _wait(self, name: str, delay: float, *, at_least: float = 0.0) -> None:
        """Wait for ``delay`` seconds, or from ``at_least`` on until somebody pokes."""
        poked = self._pokes[name]
        if at_least > 0:
            await self._sleep(at_least)
        rest = delay - at_least
        if rest > 0:
            sleeping = asyncio.ensure_future(self._sleep(rest))
            waking = asyncio.ensure_future(poked.wait())
            try:
                await asyncio.wait({sleeping, waking}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleeping.cancel()
                waking.cancel()
        poked.clear()


def _recovered(source: Source, failures: int) -> int:
    """Log that a source answers again, where it had failed; return the new number of failures, which is none."""
    if failures:
        _LOG.info("%s: answers again after %d failures", source.name, failures)
    return 0
