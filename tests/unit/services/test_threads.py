"""Threads that nobody has to wait for."""

from __future__ import annotations

import asyncio
import threading

import pytest

from flywheel_tui.services.threads import AbandonableThreads


async def test_results_and_errors_come_back() -> None:
    asyncio.get_running_loop().set_default_executor(AbandonableThreads())
    assert await asyncio.to_thread(lambda: threading.current_thread().daemon)
    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(lambda: 1 / 0)


def test_many_calls_that_hang_hold_up_neither_another_one_nor_the_end() -> None:
    never = threading.Event()

    async def work() -> str:
        asyncio.get_running_loop().set_default_executor(AbandonableThreads())
        hanging.extend(asyncio.create_task(asyncio.to_thread(never.wait)) for _ in range(50))
        return await asyncio.wait_for(asyncio.to_thread(lambda: "done"), 10)

    hanging: list[asyncio.Task[bool]] = []
    assert asyncio.run(work()) == "done"
    assert not never.is_set()
    never.set()
