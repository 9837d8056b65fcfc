"""Keeps one upstream from holding up the others: all of them live in one process and take turns in one event loop.

A query over 10,000 runners takes a second, a page of a list some milliseconds. If every page had to wait for a few
queries, a console that reads a hundred pages would wait for minutes where the real ones answer at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Receive, Scope, Send

_QUIET = 0.25  # seconds without a new request after which the others need no more for now
_MOST = 2.0  # seconds that it waits at most, so that its own clients do not give up
_LOOK = 0.01  # seconds between two looks


class Traffic:
    """When the others were last asked something.

    Args:
        timer: Tells the seconds from any origin.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self.timer = timer
        self.asked_at = -_QUIET

    @property
    def quiet(self) -> bool:
        """Whether nobody seems to be in the middle of reading."""
        return self.timer() - self.asked_at >= _QUIET


class Counted:
    """ASGI middleware that notes the requests to an app as traffic."""

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self._app = app
        self._traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        self._traffic.asked_at = self._traffic.timer()
        await self._app(scope, receive, send)


class FairShare:
    """ASGI middleware that answers one request after another, and leaves the loop to busy others as long as it took it.

    Args:
        app: The app whose answers take long.
        traffic: What the others do.
        sleep: How to wait, in seconds.
    """

    def __init__(
        self, app: ASGIApp, traffic: Traffic, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._app = app
        self._traffic = traffic
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._owed = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer when the others have had their share."""
        timer = self._traffic.timer
        async with self._turn:
            until = timer() + self._owed
            while timer() < until and not self._traffic.quiet:
                await self._sleep(_LOOK)
            begin = timer()
            try:
                await self._app(scope, receive, send)
            finally:
                self._owed = min(timer() - begin, _MOST)
