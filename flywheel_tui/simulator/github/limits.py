"""GitHub's two limits: requests an hour, told in every answer, and points a minute, told when it is too late."""

from __future__ import annotations

from collections import defaultdict
from math import ceil

from flywheel_tui.simulator.github.answers import LIMITS_PAGE, RefusalError

HOUR = 3_600.0
MINUTE = 60.0
HOURLY = 5_000
"""Requests an hour of a personal token."""
HOURLY_OF_AN_APP = 15_000
"""Requests an hour of an app of an organization on GitHub Enterprise Cloud."""
POINTS_A_MINUTE = 900
"""For one address; a read takes 1 point, a write 5."""
WRITE_POINTS = 5


class HourlyLimit:
    """Counts the requests of one token; the count begins anew an hour after its first request.

    Args:
        limit: Requests an hour.
    """

    def __init__(self, limit: int = HOURLY) -> None:
        self.limit = limit
        self._used = 0
        self._resets_at = 0.0

    def spent(self, at: float) -> bool:
        """Return whether nothing is left."""
        self._renew(at)
        return self._used >= self.limit

    def count(self, at: float) -> None:
        """Count a request."""
        self._renew(at)
        if self._used == 0:
            self._resets_at = at + HOUR
        self._used += 1

    def state(self, at: float) -> dict[str, int]:
        """Return the count as ``/rate_limit`` tells it."""
        self._renew(at)
        resets_at = self._resets_at if self._used else at + HOUR
        used = min(self._used, self.limit)
        return {"limit": self.limit, "used": used, "remaining": self.limit - used, "reset": ceil(resets_at)}

    def headers(self, at: float) -> dict[str, str]:
        """Return the count as the headers of an answer tell it."""
        told = {f"X-RateLimit-{name.capitalize()}": str(value) for name, value in self.state(at).items()}
        return {**told, "X-RateLimit-Resource": "core"}

    def _renew(self, at: float) -> None:
        if self._used and at >= self._resets_at:
            self._used = 0


class MinuteLimit:
    """Counts points of each address within a minute of the world's clock.

    Args:
        points: How many an address has.
    """

    def __init__(self, points: int = POINTS_A_MINUTE) -> None:
        self._points = points
        self._minute = 0
        self._spent: defaultdict[str, int] = defaultdict(int)

    def spend(self, address: str, method: str, at: float) -> bool:
        """Count a request; returns whether it may go on."""
        minute = int(at // MINUTE)
        if minute != self._minute:
            self._minute = minute
            self._spent.clear()
        self._spent[address] += 1 if method in ("GET", "HEAD", "OPTIONS") else WRITE_POINTS
        return self._spent[address] <= self._points


def primary_refusal(user: int) -> RefusalError:
    """Return how GitHub refuses when the hour's requests are used up."""
    return RefusalError(
        403,
        {
            "message": f"API rate limit exceeded for user ID {user}.",
            "documentation_url": LIMITS_PAGE,
            "status": "403",
        },
    )


def secondary_refusal(retry_after: int | None = 60) -> RefusalError:
    """Return how GitHub refuses when too much came at once.

    Args:
        retry_after: Seconds that it asks to wait; None when it names no time, as it often does.
    """
    return RefusalError(
        403,
        {
            "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
            "If you reach out to GitHub Support for help, please include the request ID.",
            "documentation_url": f"{LIMITS_PAGE}#about-secondary-rate-limits",
            "status": "403",
        },
        {} if retry_after is None else {"Retry-After": str(retry_after)},
    )
