"""How much time a run of the benchmarks may take."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """Scales rounds and durations.

    Attributes:
        scale: 1 for figures worth keeping; less to see whether everything runs.
    """

    scale: float = 1.0

    def rounds(self, count: float) -> int:
        """Return how many rounds to make instead of ``count``."""
        return max(2, round(count * self.scale))

    def seconds(self, duration: float) -> float:
        """Return how long to look instead of ``duration``."""
        return max(3.0, duration * self.scale)

    def say(self, text: str) -> None:
        """Tell what is measured now."""
        sys.stderr.write(f"  {text}\n")
        sys.stderr.flush()
