"""Kubernetes resource quantities, compared by meaning: ``"2"`` is ``"2000m"``, ``"1Gi"`` is ``"1024Mi"``.

The grammar is that of ``k8s.io/apimachinery/pkg/api/resource``: a decimal number and a binary (``Ki``), decimal
(``k``, ``m``) or exponent (``e3``) suffix.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

_QUANTITY: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?")
_FACTORS: Final[dict[str, Decimal]] = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal("1e3"),
    "M": Decimal("1e6"),
    "G": Decimal("1e9"),
    "T": Decimal("1e12"),
    "P": Decimal("1e15"),
    "E": Decimal("1e18"),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}


def parse_quantity(text: str) -> Decimal:
    """Return the value of a quantity in its base unit: cores for CPU, bytes for memory, a count for objects.

    Raises:
        ValueError: ``text`` is not a Kubernetes quantity.
    """
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a Kubernetes quantity such as 500m, 2 or 1Gi")
    number, suffix = match.group(1), match.group(2) or ""
    try:
        if suffix[:1] in {"e", "E"} and len(suffix) > 1:
            return Decimal(number + suffix)
        return Decimal(number) * _FACTORS[suffix]
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is not a Kubernetes quantity such as 500m, 2 or 1Gi") from error


def quantity_or_none(text: str | int | float | None) -> float | None:
    """Return the value of a quantity as a float, or None where it is absent or not a quantity."""
    if text is None:
        return None
    try:
        return float(parse_quantity(str(text)))
    except ValueError:
        return None
