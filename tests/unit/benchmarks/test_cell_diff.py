"""The model of the fewest bytes, against diffs that can be written down."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.harness.cell_diff import minimal_bytes
from benchmarks.harness.emulator import Emulator
from benchmarks.harness.terminal import Size

SIZE = Size(20, 4)


def cost(before: bytes, after: bytes, *, truecolor: bool = False) -> int:
    """Return the cost of what ``after`` changes, with the pen and the cursor where ``before`` leaves them."""
    old, new = Emulator(SIZE), Emulator(SIZE)
    old.feed(before)
    new.feed(before + after)
    cursor = old.screen.cursor
    return minimal_bytes(old.cells(), new.cells(), cursor.attrs, (cursor.y, cursor.x), truecolor=truecolor)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"", b"abc", id="text at the cursor"),
        pytest.param(b"abc", b"\bd", id="one step back"),
        pytest.param(b"", b"\n\nabc", id="lines down"),
        pytest.param(b"", b"\x1b[3;9Hx", id="a position"),
        pytest.param(b"abc", b"\x1b[31md", id="a colour"),
        pytest.param(b"\x1b[31mabc", b"\x1b[1md", id="one more attribute"),
        pytest.param(b"\x1b[1;3;4mabc", b"\x1b[md", id="back to plain"),
        pytest.param(b"abcdef\r", b"\x1b[K", id="an erased line"),
        pytest.param(b"abcdef\r", b"xbx", id="an unchanged cell between is written again"),
        pytest.param(b"", b"\x1b[38;5;99mx", id="a colour of 256"),
        pytest.param(b"", "ä漢".encode(), id="text of several bytes and cells"),
    ],
)
def test_what_cannot_be_shorter_costs_its_length(before: bytes, after: bytes) -> None:
    assert cost(before, after) == len(after)


def test_a_colour_of_24_bits_is_written_in_full() -> None:
    painted = b"\x1b[38;2;1;2;3mx"
    assert cost(b"", painted, truecolor=True) == len(painted)


def test_nothing_changed_costs_nothing() -> None:
    assert cost(b"abc", b"\x1b[1;1Habc\x1b[31m") == 0


def test_a_blank_in_another_colour_looks_the_same() -> None:
    assert cost(b"", b"\x1b[31;1m   ") == 0


@given(
    st.lists(
        st.tuples(
            st.integers(1, 4),
            st.integers(1, 17),
            st.sampled_from(["", "1", "7", "32", "44"]),
            st.text("abc ", max_size=3),
        ),
        max_size=4,
        unique_by=lambda write: write[0],
    )
)
def test_no_way_to_write_it_in_reading_order_is_shorter(writes: list[tuple[int, int, str, str]]) -> None:
    after = b"".join(f"\x1b[{y};{x}H\x1b[{style}m{text}".encode() for y, x, style, text in sorted(writes))
    assert cost(b"", after) <= len(after)
