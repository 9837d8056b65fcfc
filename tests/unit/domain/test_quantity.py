from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.quantity import parse_quantity, quantity_or_none


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2", "2000m"),
        ("1Gi", "1024Mi"),
        ("0.5", "500m"),
        ("1e3", "1k"),
        ("1E", "1000P"),
        ("500M", "0.5G"),
        (".5", "0.5"),
    ],
)
def test_the_same_amount_written_in_two_ways(one: str, other: str) -> None:
    assert parse_quantity(one) == parse_quantity(other)


def test_a_cadvisor_style_amount() -> None:
    assert parse_quantity("123n") == Decimal("1.23e-7")


@pytest.mark.parametrize("text", ["", "1 Gi", "Gi", "1gi", "one", "1Gib", "--1", "1e", "0x10", "1_000"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a Kubernetes quantity"):
        parse_quantity(text)


def test_unknown_stays_unknown() -> None:
    assert quantity_or_none(None) is None
    assert quantity_or_none("lots") is None
    assert quantity_or_none(2) == 2.0


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from(["", "Ki", "Mi", "Gi", "k", "M", "G"]))
def test_a_whole_amount_keeps_every_digit(number: int, suffix: str) -> None:
    assert parse_quantity(f"{number}{suffix}") == number * parse_quantity(f"1{suffix}")
