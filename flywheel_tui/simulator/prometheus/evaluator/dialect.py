"""Where Prometheus 2 and 3 answer the same query differently."""

from __future__ import annotations

import msgspec


class Dialect(msgspec.Struct, frozen=True):
    """The behaviour of a version.

    Source: the Prometheus 3.0 migration guide (left-open selectors, `.` in regular expressions), and `extrapolatedRate`
    in promql/functions.go of either version.

    Attributes:
        left_open: A range or look-back of 5 m leaves out the sample that is exactly 5 m old.
        dot_matches_newline: `.` in a regular expression matches every character.
        threshold_first: A rate looks whether its first sample is near the start of the window before it looks how far
            away the counter's zero is.
    """

    left_open: bool = True
    dot_matches_newline: bool = True
    threshold_first: bool = True

    @classmethod
    def of(cls, version: str) -> Dialect:
        """Return the dialect of a version (`2.42.0`, `3.14.0`)."""
        modern = not version.startswith(("0.", "1.", "2."))
        return cls(left_open=modern, dot_matches_newline=modern, threshold_first=modern)
