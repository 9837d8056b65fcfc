"""Figures: what was measured, of which program, in which case, as a distribution."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured thing.

    Attributes:
        measure: What was measured: ``first frame``, ``move``, …
        subject: Of which program or variant: ``flywheel``, ``k9s``, ``minimal``, …
        case: Under which circumstances: ``10,000 rows, churn``.
        unit: ``ms``, ``bytes``, ``%``, ``MiB``, …
        n: How many values there were; the rest describes them. One value is its own median.
        missed: How often a value could not be had: a key without effect, for example.
        note: What a reader must know.
    """

    measure: str
    subject: str
    case: str
    unit: str
    n: int
    median: float
    p95: float
    p99: float
    least: float
    most: float
    missed: int = 0
    note: str = ""


class Skipped(msgspec.Struct, frozen=True):
    """Something that was not measured, and why."""

    what: str
    why: str


class Outcome(msgspec.Struct):
    """What a group of measurements found."""

    figures: list[Figure] = msgspec.field(default_factory=list)
    skipped: list[Skipped] = msgspec.field(default_factory=list)

    def add(
        self,
        measure: str,
        subject: str,
        case: str,
        unit: str,
        values: float | Sequence[float],
        *,
        missed: int = 0,
        note: str = "",
    ) -> None:
        """Add what a series of values, or a single one, says; nothing but misses is told as skipped."""
        series = list(values) if isinstance(values, Sequence) else [values]
        if not series:
            self.skip(f"{measure}, {subject}, {case}", note or f"none of {missed} attempts gave a figure")
            return
        self.figures.append(
            Figure(
                measure=measure,
                subject=subject,
                case=case,
                unit=unit,
                n=len(series),
                median=statistics.median(series),
                p95=percentile(series, 0.95),
                p99=percentile(series, 0.99),
                least=min(series),
                most=max(series),
                missed=missed,
                note=note,
            )
        )

    def skip(self, what: str, why: str) -> None:
        """Tell that something was not measured."""
        self.skipped.append(Skipped(what, why))

    def find(self, measure: str, subject: str, case: str) -> Figure | None:
        """Return a figure, or None where there is none."""
        wanted = measure, subject, case
        return next((each for each in self.figures if (each.measure, each.subject, each.case) == wanted), None)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least that share of all values does not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * round(share * 100) // 100))
    return ordered[rank - 1]
