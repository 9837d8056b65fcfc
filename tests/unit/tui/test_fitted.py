"""Cells that are padded or cut, with what a filter found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.text import clean
from flywheel_tui.tui.widgets.fitted import fit_pieces
from flywheel_tui.tui.widgets.line import Piece, fit
from flywheel_tui.tui.widgets.tone import Tone


def found_in(pieces: tuple[Piece, ...]) -> str:
    """Return the text with brackets round what was found."""
    return "".join(f"[{piece.text}]" if piece.over is Tone.MATCH else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("text", "width", "span", "shown"),
    [
        ("gl-linux-xl", 13, (3, 8), "gl-[linux]-xl  "),
        ("gl-linux-xl", 11, (0, 11), "[gl-linux-xl]"),
        ("gl-deploy-production-blue", 12, (0, 2), "[gl]-dep…-blue"),
        ("gl-deploy-production-blue", 12, (21, 25), "gl-dep…-[blue]"),
        ("gl-deploy-production-blue", 12, (10, 20), "gl-dep[…]-blue"),
        ("gl-deploy-production-blue", 12, (3, 9), "gl-[dep…]-blue"),
        ("gl-deploy-production-blue", 12, (10, 23), "gl-dep[…-bl]ue"),
        ("gl-deploy-production-blue", 12, (0, 25), "[gl-dep…-blue]"),
        ("gl-deploy-production-blue", 12, (5, 6), "gl-de[p]…-blue"),
        ("gl-deploy-production-blue", 12, (6, 7), "gl-dep[…]-blue"),
        ("gl-deploy-production-blue", 12, (19, 20), "gl-dep[…]-blue"),
        ("gl-deploy-production-blue", 12, (20, 21), "gl-dep…[-]blue"),
        ("gl-deploy", 1, (4, 5), "[…]"),
    ],
)
def test_what_was_found_stays_marked_when_the_text_is_cut(
    text: str, width: int, span: tuple[int, int], shown: str
) -> None:
    assert found_in(fit_pieces(text, width, Tone.PLAIN, found=(span,), middle=True)) == shown


def test_a_changed_figure_is_underlined_and_its_padding_is_not() -> None:
    pieces = fit_pieces("97", 4, Tone.CRITICAL, over=Tone.CHANGED, right=True)
    assert pieces == (Piece("  ", Tone.CRITICAL), Piece("97", Tone.CRITICAL, Tone.CHANGED))


def test_what_was_found_lies_over_what_changed() -> None:
    pieces = fit_pieces("busy", 4, Tone.BUSY, over=Tone.CHANGED, found=((1, 3),))
    assert [piece.over for piece in pieces] == [Tone.CHANGED, Tone.MATCH, Tone.CHANGED]


@given(
    st.text(max_size=40).map(clean),
    st.integers(0, 50),
    st.booleans(),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: (min(pair), max(pair))), max_size=3),
)
def test_pieces_read_as_the_text_that_fits(
    text: str, width: int, right: bool, middle: bool, found: list[tuple[int, int]]
) -> None:
    spans = [(min(start, len(text)), min(end, len(text))) for start, end in found]
    pieces = fit_pieces(text, width, Tone.PLAIN, found=spans, right=right, middle=middle)
    assert "".join(piece.text for piece in pieces) == fit(text, width, right=right, middle=middle)
    if any(end > start for start, end in spans):
        assert width == 0 or any(piece.over is Tone.MATCH for piece in pieces)
