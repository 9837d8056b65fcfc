from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.sources.headers import header_epoch, header_number


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("12", 12), ("0", 0), ("", None), ("-1", None), ("1.5", None), ("²", None), ("9" * 400, None), ("x", None)],
)
def test_a_whole_number_or_nothing(text: str, wanted: int | None) -> None:
    assert header_number({"n": text}, "n") == wanted


def test_a_header_that_is_absent() -> None:
    assert header_number({}, "n") is None
    assert header_epoch({}, "n") is None


def test_a_time_in_seconds() -> None:
    assert header_epoch({"reset": "1795262400"}, "reset") == datetime.fromtimestamp(1795262400, UTC)
    assert header_epoch({"reset": "9" * 18}, "reset") is None


@given(st.text())
def test_nothing_a_header_holds_raises(text: str) -> None:
    assert header_epoch({"n": text}, "n") is None or header_number({"n": text}, "n") is not None
