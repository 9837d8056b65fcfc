"""Time that stands still, credentials that need no file, and a source between the two."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx

from flywheel_tui.config.settings import KubernetesSettings
from flywheel_tui.domain.secret import Secret
from flywheel_tui.sources.kubernetes.access import Access
from flywheel_tui.sources.kubernetes.client import KubernetesClient
from flywheel_tui.sources.kubernetes.source import KubernetesSource
from flywheel_tui.sources.kubernetes.transport import SignedTransport
from tests.conftest import NOW
from tests.unit.sources.kubernetes.fake_apiserver import FakeApiserver

SERVER = "https://cluster.test"


class StageTime:
    """A clock that moves only when told. Who sleeps less than ``short`` is not kept waiting."""

    def __init__(self, short: float = 0.01) -> None:
        self.now = NOW
        self.slept: list[float] = []
        self._short = short
        self._numbers = itertools.count()
        self._waiting: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._planned: list[tuple[datetime, Callable[[], object]]] = []

    def at(self, seconds: float, what: Callable[[], object]) -> None:
        """Plan something for the first look at the clock from then on."""
        self._planned.append((self.now + timedelta(seconds=seconds), what))

    def clock(self) -> datetime:
        for due, what in [plan for plan in self._planned if plan[0] <= self.now]:
            self._planned.remove((due, what))
            what()
        return self.now

    async def sleep(self, seconds: float) -> None:
        if seconds <= self._short:
            await asyncio.sleep(0)
            return
        self.slept.append(seconds)
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (self.now + timedelta(seconds=seconds), next(self._numbers), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Let time pass, waking each sleeper in its turn."""
        end = self.now + timedelta(seconds=seconds)
        await settle()
        while self._waiting and self._waiting[0][0] <= end:
            due, _, woken = heapq.heappop(self._waiting)
            self.now = max(self.now, due)
            if not woken.done():
                woken.set_result(None)
            await settle()
        self.now = end
        await settle()


class InstantTime(StageTime):
    """A clock that jumps to the end of every sleep at once."""

    async def sleep(self, seconds: float) -> None:
        if seconds > self._short:
            self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        self.clock()
        await asyncio.sleep(0)


async def settle() -> None:
    """Let everything happen that needs no time: tasks, and threads that decode a page."""
    for _ in range(30):
        await asyncio.sleep(0)
    for _ in range(3):
        await asyncio.to_thread(_nothing)
        for _ in range(10):
            await asyncio.sleep(0)


async def until(condition: Callable[[], object]) -> None:
    """Let things happen until the condition holds, but not for ever."""
    for _ in range(5000):
        if condition():
            return
        await asyncio.to_thread(_nothing)
    raise AssertionError("it never came")


def _nothing() -> None:
    """Takes a turn in a thread, so that what waits there comes along."""


class GivenAccess:
    """Credentials out of the air: each renewal gives the next token."""

    def __init__(self, *tokens: str, server: str = SERVER) -> None:
        self._accesses = [Access(server=server, authorization=Secret(f"Bearer {token}")) for token in tokens or ("t0",)]
        self.renewals = 0

    def valid(self) -> Access | None:
        return self._accesses[0]

    def access(self) -> Access:
        return self._accesses[0]

    def renew(self, rejected: Access) -> Access:
        self.renewals += 1
        if rejected is self._accesses[0] and len(self._accesses) > 1:
            self._accesses.pop(0)
        return self._accesses[0]


def client_of(
    server: FakeApiserver, time: StageTime, credentials: GivenAccess | None = None, timeout_s: float = 30.0
) -> KubernetesClient:
    signed = SignedTransport(credentials or GivenAccess(), server=SERVER, connect=lambda _: server.transport)
    return KubernetesClient(
        server=SERVER, transport=signed, requests_per_minute=6000, timeout_s=timeout_s, clock=time.clock
    )


def source_of(
    server: FakeApiserver,
    time: StageTime,
    credentials: GivenAccess | None = None,
    /,
    **settings: Any,  # noqa: ANN401 - any setting
) -> KubernetesSource:
    return KubernetesSource(
        "prod",
        KubernetesSettings(**settings),
        credentials or GivenAccess(),
        clock=time.clock,
        sleep=time.sleep,
        transport=server.transport,
        random_share=lambda: 0.5,
    )


def respond(code: int, body: object, **headers: str) -> httpx.Response:
    return httpx.Response(code, json=body, headers=headers)
