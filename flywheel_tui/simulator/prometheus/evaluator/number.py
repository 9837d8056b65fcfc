"""Numbers as Prometheus writes them."""

from __future__ import annotations

import math
from decimal import Decimal


def written_number(value: float) -> str:
    """Return the shortest text of a sample value: `NaN`, `+Inf`, an exponent only below 1e-6 and from 1e21 up."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    size = abs(value)
    if size and (size < 1e-6 or size >= 1e21):
        return repr(value)
    text = repr(value)
    if "e" in text:
        text = format(Decimal(text), "f")
    return text.removesuffix(".0")
