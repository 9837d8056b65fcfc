"""Threads for whatever would hold up the event loop: as many as it takes, none that keeps the program from ending."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class AbandonableThreads(ThreadPoolExecutor):
    """Runs every call in a daemon thread of its own; fit for ``loop.set_default_executor``.

    asyncio's own pool has a handful of threads: some names that do not resolve, or programs that hang, take them all,
    and then the sources that answer wait as well. It also waits for each of them when the loop is closed.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start a call and return its future."""
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits for the future
                future.set_exception(error)
            else:
                future.set_result(result)

        Thread(target=work, name=getattr(fn, "__name__", "call"), daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for nobody."""
        super().shutdown(wait=False, cancel_futures=cancel_futures)
