from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.simulator.prometheus import parameters
from flywheel_tui.simulator.prometheus.answers import ApiError


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1790000010", 1_790_000_010_000),
        ("1790000010.5", 1_790_000_010_500),
        ("1.79e9", 1_790_000_000_000),
        ("-1", -1_000),
        ("2026-09-21T14:13:30Z", 1_790_000_010_000),
        ("2026-09-21T16:13:30.25+02:00", 1_790_000_010_250),
    ],
)
def test_times(text: str, milliseconds: int) -> None:
    assert parameters.parse_time(text) == milliseconds


@pytest.mark.parametrize(
    "text", ["", "now", "NaN", "inf", "1e300", "2026-09-21", "2026-09-21 14:13:30", "1_000", "0x10"]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="to a valid timestamp"):
        parameters.parse_time(text)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("15", 15_000), ("0.5", 500), ("15s", 15_000), ("5m", 300_000), ("1h30m", 5_400_000), ("1d", 86_400_000),
        ("100ms", 100),
    ],
)  # fmt: skip
def test_durations(text: str, milliseconds: int) -> None:
    assert parameters.parse_duration(text) == milliseconds


@pytest.mark.parametrize("text", ["", "s", "5x", "1m1h", "-5m", "1.5h", "1e300"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="to a valid duration"):
        parameters.parse_duration(text)


@given(st.integers(0, 10**12))
def test_written_durations_are_read(milliseconds: int) -> None:
    minutes, rest = divmod(milliseconds, 60_000)
    assert parameters.parse_duration(f"{minutes}m{rest}ms") == milliseconds


@pytest.mark.parametrize("text", ["x", "1.5", "-1", "１"])
def test_a_limit_is_a_number_that_is_not_negative(text: str) -> None:
    with pytest.raises(ApiError, match='invalid parameter "limit"'):
        parameters.limit({"limit": [text]})
    assert parameters.limit({}) == 0
    assert parameters.limit({"limit": ["7"]}) == 7
