"""Serves an app on loopback in a thread, for client libraries that know nothing of ASGI."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from starlette.types import ASGIApp

from flywheel_tui.simulator.server import Service

T = TypeVar("T")


class Served:
    """An app that listens.

    Attributes:
        url: Its address.
    """

    def __init__(self, url: str, loop: asyncio.AbstractEventLoop) -> None:
        self.url = url
        self._loop = loop

    def run(self, act: Callable[[], T]) -> T:
        """Do something in the thread of the server, where the world lives, and return what comes of it."""

        async def acted() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(acted(), self._loop).result(30)


@contextmanager
def served(app: ASGIApp) -> Iterator[Served]:
    """Serve an app as long as the block lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    service = Service(app)
    try:
        asyncio.run_coroutine_threadsafe(service.start(), loop).result(10)
        yield Served(service.url, loop)
    finally:
        asyncio.run_coroutine_threadsafe(service.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
