"""What the emulator of the benchmarks can beyond pyte."""

from __future__ import annotations

import re

import pytest

from benchmarks.harness.emulator import Emulator
from benchmarks.harness.terminal import Size

NAME = re.compile(r"row-\d")


def shown(*pieces: bytes) -> Emulator:
    emulator = Emulator(Size(8, 4))
    for piece in pieces:
        emulator.feed(piece)
    return emulator


def test_a_region_scrolls_up_and_down() -> None:
    lines = b"1\r\n2\r\n3\r\n4"
    assert shown(lines + b"\x1b[2;3r\x1b[1S").text == "1\n3\n\n4"
    assert shown(lines + b"\x1b[2;3r\x1b[1T").text == "1\n\n2\n4"


def test_a_character_is_repeated() -> None:
    assert shown(b"ab\x1b[3b").text.startswith("abbbb")


@pytest.mark.parametrize("query", [b"\x1b[?2026$p", b"\x1b[>1u", b"\x1b[<u", b"\x1bP+q544e\x1b\\"])
def test_a_query_draws_nothing_even_torn(query: bytes) -> None:
    for place in range(len(query) + 1):
        assert shown(b"a" + query[:place], query[place:] + b"b").text.strip() == "ab"


def test_the_cursor_is_the_line_that_looks_other() -> None:
    emulator = shown(b"row-1\r\n\x1b[7mrow-2\x1b[m\r\nrow-3\r\n")
    assert emulator.cursor_row(NAME) == 1
    assert emulator.signature(NAME) == (((0, "row-1"), (1, "row-2"), (2, "row-3")), 1)


def test_no_line_looks_other() -> None:
    assert shown(b"row-1\r\nrow-2\r\n").cursor_row(NAME) is None
