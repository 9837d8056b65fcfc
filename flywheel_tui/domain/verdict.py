"""A judgement on a runner: how bad, why, and what to do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from flywheel_tui.domain.row import Value


class Severity(StrEnum):
    """How much an operator should care."""

    OK = "ok"
    INFO = "info"
    UNKNOWN = "unknown"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Return the order for sorting: higher is worse. Unknown stands between fine and bad."""
        return _RANKS[self]


_RANKS: Final[dict[Severity, int]] = {severity: rank for rank, severity in enumerate(Severity)}


class Evidence(Value, frozen=True):
    """What a verdict rests on.

    Attributes:
        text: One observed fact, with its figure.
        source: Name of the feed it was read from.
        at: When the fact happened, where the upstream says so.
    """

    text: str
    source: str
    at: datetime | None = None


class Verdict(Value, frozen=True):
    """Severity, evidence and the next step.

    Attributes:
        rule: The rule's name, stable, for example ``crash_loop``.
        summary: Half a sentence for a grid cell: what is wrong.
        next_step: What an operator does now.
    """

    rule: str
    severity: Severity
    summary: str
    evidence: tuple[Evidence, ...]
    next_step: str
