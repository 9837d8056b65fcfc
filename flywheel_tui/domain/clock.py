"""Time as the product sees it: aware datetimes in UTC, from a clock that tests can hold still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the current time, aware, in UTC."""


def utc_now() -> datetime:
    """Return the current time of this machine in UTC."""
    return datetime.now(UTC)


def age_seconds(since: datetime | None, now: datetime) -> float | None:
    """Return how long ago ``since`` was, in seconds.

    A time in the future (the clocks of two machines differ) counts as just now, never as a negative age.
    """
    if since is None:
        return None
    return max(0.0, (now - since).total_seconds())


def short_age(seconds: float | None) -> str:
    """Return an age as one or two units a reader takes in at a glance: ``42s``, ``3m``, ``5h12m``, ``41d``.

    Unknown is ``–``.
    """
    if seconds is None:
        return "–"
    whole = int(seconds)
    if whole < 120:
        return f"{whole}s"
    minutes = whole // 60
    if minutes < 120:
        return f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    if hours < 10 and minutes:
        return f"{hours}h{minutes}m"
    if hours < 48:
        return f"{hours}h"
    return f"{hours // 24}d"
