"""Numbers and times in HTTP headers, as the forges tell their request limits."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

_MOST_DIGITS: Final = 18


def header_number(headers: Mapping[str, str], name: str) -> int | None:
    """Return a header that is a whole number, or None where it is absent or anything else."""
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def header_epoch(headers: Mapping[str, str], name: str) -> datetime | None:
    """Return a header that is a time in seconds since 1970, in UTC, or None where it is not."""
    seconds = header_number(headers, name)
    if seconds is not None:
        with contextlib.suppress(ValueError, OverflowError, OSError):
            return datetime.fromtimestamp(seconds, UTC)
    return None
