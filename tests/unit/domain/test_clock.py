from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from flywheel_tui.domain.clock import age_seconds, short_age, utc_now


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (7199, "119m"),
        (7200, "2h"),
        (18720, "5h12m"),
        (36000, "10h"),
        (172800, "2d"),
        (3542400, "41d"),
    ],
)
def test_an_age_in_a_glance(seconds: float | None, text: str) -> None:
    assert short_age(seconds) == text


def test_a_time_in_the_future_is_just_now(now: datetime) -> None:
    assert age_seconds(now + timedelta(minutes=5), now) == 0.0
    assert age_seconds(now - timedelta(minutes=5), now) == 300.0
    assert age_seconds(None, now) is None


def test_the_clock_is_aware() -> None:
    assert utc_now().utcoffset() == timedelta(0)
