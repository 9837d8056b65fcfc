"""What every row that a source brings has in common."""

from __future__ import annotations

import msgspec


class Row(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One thing an upstream told us of.

    Rows are plain data without cycles, so they stay out of the garbage collector (``gc=False``): ten thousand of
    them build in a millisecond and compare in two.

    Attributes:
        key: The identity within all rows of its type, over all contexts: stable between polls.
        context: The configured context that the row comes from.
    """

    key: str
    context: str


class Value(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A part of a row that has no identity of its own."""
