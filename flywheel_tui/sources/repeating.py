"""Reads that are asked for again when they failed in passing, so that one page of a hundred does not cost all others.

Only what fails in the middle of an exchange that works is repeated. An upstream that is down is told at its first
failure, and polling decides when to try again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from flywheel_tui.domain.errors import BadAnswerError, SourceError, UnreachableError, UpstreamFailedError

T = TypeVar("T")

PAUSES_S: Final = (0.3, 1.0)
"""Before the second and the third attempt, which is the last."""
PASSING_STATUSES: Final = frozenset({500, 502, 503, 504})


class BrokenOffError(UnreachableError):
    """There was a connection, and it broke before the answer was whole."""


class NotJsonError(BadAnswerError):
    """An answer came that is not JSON: half of one, or a proxy's page."""


class Repeating:
    """Repeats reads of one upstream. What could change something there must never be given to it.

    Args:
        sleep: Waits; for tests.
        random_share: A number from 0 to 1, for jitter; for tests.

    Attributes:
        answering: Whether the upstream has answered a read since one was last given up; nothing is repeated before.
    """

    def __init__(
        self,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random_share: Callable[[], float] = random.random,
    ) -> None:
        self.answering = False
        self._sleep = sleep
        self._random_share = random_share

    async def __call__(self, read: Callable[[], Awaitable[T]]) -> T:
        """Return what a read gives, asking for it up to three times.

        Args:
            read: Sends the request, within the request budget, and decodes its answer. Half done, it leaves no trace.

        Raises:
            SourceError: It failed for good, or once too often.
        """
        for pause in PAUSES_S:
            try:
                return await self._once(read)
            except SourceError as error:
                wait = error.retry_after or 0.0
                if not (self.answering and is_passing(error) and wait <= pause):
                    raise
            # Between half and one and a half of it: what failed together does not come back together.
            await self._sleep(max(wait, pause * (0.5 + self._random_share())))
        try:
            return await self._once(read)
        except SourceError as error:
            if is_passing(error):
                self.answering = False
            raise

    async def _once(self, read: Callable[[], Awaitable[T]]) -> T:
        content = await read()
        self.answering = True
        return content


def is_passing(error: SourceError) -> bool:
    """Return whether a failure may be gone in a second.

    Refusals are meant, a limit grows by being ignored, a timeout has cost enough, and where no connection can be made
    nobody listens.
    """
    if isinstance(error, UpstreamFailedError):
        return error.status in PASSING_STATUSES
    return isinstance(error, (BrokenOffError, NotJsonError))
