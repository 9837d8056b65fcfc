"""Pieces, cutting to cells, wrapping, and finding the cells that differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from flywheel_tui.domain.text import clean
from flywheel_tui.tui.widgets.line import Line, Piece, changed_spans, cut_line, fit, joined, piece, wrap
from flywheel_tui.tui.widgets.tone import Tone

TEXTS = st.text(max_size=40).map(clean)
LINES = st.lists(st.tuples(TEXTS, st.sampled_from(list(Tone)[:3])), max_size=5).map(
    lambda parts: Line(tuple(Piece(text, tone) for text, tone in parts))
)


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("runner", 8, "runner  "),
        ("runner", 6, "runner"),
        ("gl-deploy-production-blue", 12, "gl-dep…-blue"),
        ("abcdefgh", 5, "ab…gh"),
        ("abcdefgh", 4, "ab…h"),
        ("abcdefgh", 2, "a…"),
        ("abcdefgh", 1, "…"),
        ("abcdefgh", 0, ""),
    ],
)
def test_middle_ellipsis_keeps_head_and_tail(text: str, width: int, shown: str) -> None:
    assert fit(text, width, middle=True) == shown


def test_end_ellipsis_and_right_alignment() -> None:
    assert fit("abcdefgh", 5) == "abcd…"
    assert fit("42", 5, right=True) == "   42"


def test_wide_characters_count_two_cells() -> None:
    assert fit("東京ビル", 5, middle=True) == "東…ル"
    assert fit("東京ビル", 4) == "東… "
    assert cell_len(fit("東京ビルドランナー", 7, middle=True)) == 7


@given(TEXTS, st.integers(1, 50), st.booleans(), st.booleans())
def test_a_fitted_text_is_exactly_as_wide_as_asked(text: str, width: int, right: bool, middle: bool) -> None:
    assert cell_len(fit(text, width, right=right, middle=middle)) == width


@given(LINES, st.integers(1, 60))
def test_a_cut_line_is_never_wider(whole: Line, width: int) -> None:
    assert cut_line(whole, width).width <= width
    if whole.width <= width:
        assert cut_line(whole, width) == whole


@given(TEXTS, st.integers(2, 40))
def test_wrapping_loses_no_word_and_is_never_wider(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_piece_is_cleaned() -> None:
    assert piece("\x1b[31mred\x1b[0m\n[/evil]").text == "red [/evil]"


def test_equal_lines_have_no_changed_span() -> None:
    line = Line((Piece("a  "), Piece("12")))
    assert list(changed_spans(line, line)) == []


def test_only_the_cells_that_differ_are_named() -> None:
    old = Line((Piece("runner-1            "), Piece(" 38/40"), Piece("   3m")))
    new = Line((Piece("runner-1            "), Piece(" 39/40"), Piece("   3m")))
    assert list(changed_spans(old, new)) == [(22, 1)]


def test_near_changes_are_one_span_and_far_ones_are_two() -> None:
    old = Line((Piece("a" + "." * 4 + "b" + "." * 20 + "c"),))
    new = Line((Piece("A" + "." * 4 + "B" + "." * 20 + "C"),))
    assert list(changed_spans(old, new)) == [(0, 6), (26, 1)]


def test_another_tone_over_the_line_changes_all_of_it() -> None:
    old = Line((Piece("abc"),))
    assert list(changed_spans(old, old._replace(tone=Tone.CURSOR))) == [(0, 3)]


def test_a_shorter_line_changes_up_to_the_old_end() -> None:
    assert list(changed_spans(Line((Piece("abcdef"),)), Line((Piece("abc"),)))) == [(3, 3)]


@given(LINES, LINES)
def test_outside_the_changed_spans_the_lines_are_equal(old: Line, new: Line) -> None:
    changed = {x for start, width in changed_spans(old, new) for x in range(start, start + width)}
    before, after = _by_cell(old), _by_cell(new)
    for x in range(max(len(before), len(after))):
        if x not in changed:
            assert (before[x : x + 1] or [(" ", Tone.PLAIN)]) == (after[x : x + 1] or [(" ", Tone.PLAIN)])


def _by_cell(line: Line) -> list[tuple[str, Tone]]:
    cells: list[tuple[str, Tone]] = []
    for text, tone, _ in line.pieces:
        narrow = cell_len(text) == len(text)
        cells += [(text[x] if narrow else f"{text}#{x}", tone) for x in range(cell_len(text))]
    return cells


def test_neighbours_of_one_look_are_one_piece() -> None:
    pieces = [Piece("a"), Piece("b"), Piece("c", Tone.MUTED), Piece("d", Tone.MUTED, Tone.MATCH), Piece("e")]
    assert joined(pieces) == (
        Piece("ab"),
        Piece("c", Tone.MUTED),
        Piece("d", Tone.MUTED, Tone.MATCH),
        Piece("e"),
    )
    assert joined(()) == ()


@given(LINES)
def test_joining_changes_no_cell(whole: Line) -> None:
    assert list(changed_spans(whole, Line(joined(whole.pieces)))) == [] or cell_len(whole.text) != len(whole.text)
    assert Line(joined(whole.pieces)).text == whole.text
