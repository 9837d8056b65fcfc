"""Numbers as an operator reads them: short, with a unit, and never a figure for the unknown."""

from __future__ import annotations

from typing import Final

UNKNOWN: Final = "–"
_BINARY: Final = ("B", "Ki", "Mi", "Gi", "Ti", "Pi")


def percent(share: float | None) -> str:
    """Return a share from 0 to 1 as whole per cent, without the sign: ``97``."""
    return UNKNOWN if share is None else f"{share * 100:.0f}"


def cores(value: float | None) -> str:
    """Return CPU cores as Kubernetes writes them: ``250m`` below ten cores, else whole cores."""
    if value is None:
        return UNKNOWN
    return f"{value:.0f}" if value >= 10 else f"{value * 1000:.0f}m"


def size(value: float | None) -> str:
    """Return bytes with a binary unit: ``640Mi``, ``1.5Gi``."""
    if value is None:
        return UNKNOWN
    unit = 0
    while value >= 1024 and unit < len(_BINARY) - 1:
        value /= 1024
        unit += 1
    return f"{value:.1f}{_BINARY[unit]}" if unit and value < 10 and value % 1 else f"{value:.0f}{_BINARY[unit]}"


def of(part: int | None, whole: int | None) -> str:
    """Return ``38/40``, with ``–`` for either side that is unknown, and one ``–`` when both are."""
    if part is None and whole is None:
        return UNKNOWN
    return f"{UNKNOWN if part is None else part}/{UNKNOWN if whole is None else whole}"


def share(part: float | None, whole: float | None) -> float | None:
    """Return part of whole, or None where either is unknown or there is no whole."""
    return part / whole if part is not None and whole else None
