"""Waiting for another process: the one place of the real tier that looks at a clock and sleeps.

A server of its own process cannot be given our clock, so what it does is polled, with a limit.
"""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


class NotInTimeError(TimeoutError):
    """What was waited for did not come within the limit."""


def wait_for(what: str, look: Callable[[], Value | None], *, seconds: float = 30.0, every: float = 0.05) -> Value:
    """Calls `look` until it returns something true, and returns that.

    Args:
        what: the end of the sentence "not within 30 s: …".
        look: returns None (or another false value) while it is too early; may raise to give up at once.
        seconds: the limit.
        every: the pause between two looks, in seconds.

    Raises:
        NotInTimeError: the limit has passed.
    """
    limit = time.monotonic() + seconds
    while True:
        if value := look():
            return value
        if time.monotonic() >= limit:
            raise NotInTimeError(f"not within {seconds:g} s: {what}")
        time.sleep(every)
