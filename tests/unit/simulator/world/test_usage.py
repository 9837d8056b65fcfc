"""CPU and memory as functions of time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.simulator.world.chance import Chance
from flywheel_tui.simulator.world.usage import Usage, usage_for

WEEK = 7 * 86_400.0
INSTANTS = st.floats(min_value=1.7e9, max_value=1.7e9 + WEEK)


def usage(cpu_limit: float | None = 2.0) -> Usage:
    return usage_for(Chance(3), "pod", cpu=(0.3, 0.9), cpu_limit=cpu_limit, memory=(0.2, 0.8), memory_limit=2 * 1024**3)


@given(INSTANTS, INSTANTS)
def test_the_cpu_counter_never_falls(one: float, other: float) -> None:
    earlier, later = sorted((one, other))
    assert usage().cpu_seconds(1.7e9, later) >= usage().cpu_seconds(1.7e9, earlier) >= 0


@given(INSTANTS)
def test_the_counter_grows_by_the_rate(at: float) -> None:
    drawn = usage()
    growth = (drawn.cpu_seconds(1.6e9, at + 5) - drawn.cpu_seconds(1.6e9, at - 5)) / 10
    assert growth == pytest.approx(drawn.cpu_cores(at), rel=0.01)


@given(INSTANTS)
def test_use_stays_within_the_limits(at: float) -> None:
    drawn = usage()
    assert 0 <= drawn.cpu_cores(at) <= 2.0
    assert 0 < drawn.memory_bytes(1.7e9, at) <= 2 * 1024**3


def test_a_counter_is_zero_before_its_start() -> None:
    assert usage().cpu_seconds(1.7e9, 1.7e9 - 60) == 0


def test_a_leak_climbs_to_the_limit_and_starts_again() -> None:
    leak = Usage(cpu=0.1, cpu_swing=0, memory=100.0, memory_swing=0, memory_top=1_000.0, leak_seconds=600)
    assert leak.memory_bytes(0, 0) == pytest.approx(100)
    assert leak.memory_bytes(0, 300) == pytest.approx(550)
    assert leak.memory_bytes(0, 599) > 990
    assert leak.memory_bytes(0, 601) < 110
