"""Forwards connections to upstreams and notes when they were busy: how long a client waited for others than itself."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_PIECE = 65_536


@dataclass
class _Exchange:
    """One request and its answer: from the first byte asked to the last byte answered so far."""

    asked_at: float
    answered_at: float | None = None


@dataclass
class Traffic:
    """What went through."""

    exchanges: list[_Exchange] = field(default_factory=list)

    def busy_s(self, since: float, until: float) -> float:
        """Return for how many seconds of a span (of ``time.perf_counter``) at least one answer was outstanding."""
        spans = []
        for each in self.exchanges:
            end = until if each.answered_at is None else min(each.answered_at, until)
            if each.asked_at < until and end > since:
                spans.append((max(each.asked_at, since), end))
        return _covered(spans)


def _covered(spans: Iterable[tuple[float, float]]) -> float:
    covered, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        covered += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return covered


@contextmanager
def forwarding(ports: Iterable[int]) -> Iterator[tuple[Mapping[int, int], Traffic]]:
    """Forward to those ports of loopback as long as the block lasts; give the port that stands for each."""
    traffic = Traffic()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        stands_for = asyncio.run_coroutine_threadsafe(_listen(ports, traffic), loop).result()
        yield stands_for, traffic
    finally:
        asyncio.run_coroutine_threadsafe(_end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _listen(ports: Iterable[int], traffic: Traffic) -> dict[int, int]:
    stands_for = {}
    for port in ports:
        forward = _Forward(port, traffic)
        server = await asyncio.start_server(forward.connected, "127.0.0.1", 0)
        stands_for[port] = server.sockets[0].getsockname()[1]
    return stands_for


class _Forward:
    def __init__(self, port: int, traffic: Traffic) -> None:
        self._port = port
        self._traffic = traffic

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._port)
        exchanges: list[_Exchange] = []

        def asked(at: float) -> None:
            if not exchanges or exchanges[-1].answered_at is not None:
                exchanges.append(_Exchange(at))
                self._traffic.exchanges.append(exchanges[-1])

        def answered(at: float) -> None:
            if exchanges:
                exchanges[-1].answered_at = at

        # A side that hangs up ends its own half; what the other still says goes on to nobody. Cancelled is whoever is
        # still connected at the end, and that is no error.
        with suppress(asyncio.CancelledError):
            await asyncio.gather(
                _pass_on(reader, there_writer, asked), _pass_on(there_reader, writer, answered), return_exceptions=True
            )
        writer.close()
        there_writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: object) -> None:
    assert callable(seen)
    while data := await reader.read(_PIECE):
        seen(time.perf_counter())
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
