from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.text import clean, clean_or_none


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("[/evil]", "[/evil]"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "alink"),
        ("a\x1bPdata\x1b\\b", "ab"),
        ("a\x9b31mb", "ab"),
        ("a\x1b(Bb", "ab"),
        ("cut off \x1b[", "cut off "),
        ("one\ntwo\tthree\r", "one two three "),
        ("left\u202eright", "leftright"),
        ("zero\u200bwidth", "zerowidth"),
        ("\x00\x07\x7f\x85", ""),
        ("日本語 läuft", "日本語 läuft"),
    ],
)
def test_what_is_left_of_a_text(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text())
def test_nothing_that_moves_a_cursor_survives(text: str) -> None:
    cleaned = clean(text)
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in cleaned)
    assert clean(cleaned) == cleaned


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"])))
def test_printable_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_nothing_is_none() -> None:
    assert clean_or_none(None) is None
    assert clean_or_none("  \x07 ") is None
    assert clean_or_none(" a ") == "a"
