"""Our own limit on requests to one upstream."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

_WINDOW_S: Final = 60.0


class RequestBudget:
    """A token bucket: ``per_minute`` requests on average, as many at once while the bucket is full.

    Upstreams announce their limits only when it is too late (GitLab sends the headers reliably on refusals alone), so
    the console keeps its own count and waits for its turn instead of being refused.

    Args:
        per_minute: Requests a minute; also the size of the bucket.
        monotonic: Seconds that only grow; for tests.
        sleep: Waits; for tests.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        monotonic: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.per_minute = per_minute
        self.taken = 0
        self._monotonic = monotonic or _loop_time
        self._sleep = sleep
        self._tokens = float(per_minute)
        self._filled_at: float | None = None

    @property
    def remaining(self) -> int:
        """Return how many requests could go out at once now."""
        self._fill()
        return max(0, int(self._tokens))

    async def take(self) -> None:
        """Take one request from the budget, waiting until there is one."""
        self._fill()
        self._tokens -= 1
        self.taken += 1
        if self._tokens < 0:
            await self._sleep(-self._tokens * _WINDOW_S / self.per_minute)

    def _fill(self) -> None:
        now = self._monotonic()
        if self._filled_at is not None:
            gained = (now - self._filled_at) * self.per_minute / _WINDOW_S
            self._tokens = min(float(self.per_minute), self._tokens + gained)
        self._filled_at = now


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
