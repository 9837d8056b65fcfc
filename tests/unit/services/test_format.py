from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from flywheel_tui.services.listing import format as shown
from flywheel_tui.services.listing.field import Cell, FieldType, show_value


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, FieldType.PERCENT, "–"),
        (0.0, FieldType.PERCENT, "0"),
        (0.974, FieldType.PERCENT, "97"),
        (None, FieldType.COUNT, "–"),
        (0, FieldType.COUNT, "0"),
        (3, FieldType.COUNT, "3"),
        (0.25, FieldType.CORES, "250m"),
        (9.5, FieldType.CORES, "9500m"),
        (16.0, FieldType.CORES, "16"),
        (512.0, FieldType.BYTES, "512B"),
        (671088640.0, FieldType.BYTES, "640Mi"),
        (1610612736.0, FieldType.BYTES, "1.5Gi"),
        (1073741824.0, FieldType.BYTES, "1Gi"),
        (95.0, FieldType.DURATION, "95s"),
        (True, FieldType.FLAG, "yes"),
        (False, FieldType.FLAG, "no"),
        (("a", "b"), FieldType.WORDS, "a,b"),
        ((), FieldType.WORDS, ""),
        ("", FieldType.TEXT, "–"),
        ("x", FieldType.TEXT, "x"),
        (2.5, FieldType.COUNT, "2.5"),
    ],
)
def test_a_value_as_an_operator_reads_it(value: Cell, kind: FieldType, text: str, now: datetime) -> None:
    assert show_value(value, kind, now) == text


def test_a_time_is_shown_as_its_age(now: datetime) -> None:
    assert show_value(now - timedelta(minutes=5), FieldType.TIME, now) == "5m"


def test_part_of_whole_with_unknown_sides() -> None:
    assert shown.of(38, 40) == "38/40"
    assert shown.of(None, 40) == "–/40"
    assert shown.of(0, None) == "0/–"
    assert shown.of(None, None) == "–"
    assert shown.share(None, 2.0) is None
    assert shown.share(1.0, 0) is None
    assert shown.share(1.0, 4.0) == 0.25
