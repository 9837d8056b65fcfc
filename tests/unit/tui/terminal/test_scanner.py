"""Input taken apart: sequences stay whole however the link tears them, and what nobody understands is no key."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.tui.terminal.scanner import PATIENT, Kind, Patience, Scanner, Token

NOT_ANSWERING = Patience(escape=0.5)
LOST_SEQUENCES = (
    "\x1b[1;99Z",
    "\x1b[?997;1n",
    "\x1b[?64;1;2;6;9;15;18;21;22c",
    "\x1b[>41;354;0c",
    "\x1b[0n",
    "\x1b[24;80R",
    "\x1b[I",
    "\x1b[O",
    "\x1b[M !!",
    "\x1b[<0;10;10M",
    "\x1b]10;rgb:ffff/ffff/ffff\x07",
    "\x1b]11;rgb:0000/0000/0000\x1b\\",
    "\x1bP1$r0m\x1b\\",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b^quiet\x1b\\",
    "\x1b[8;24;80t",
    "\x1b[?2026;2$y",
    "\x9b1;99Z",
    "\x9d11;rgb:0/0/0\x9c",
    "\x90q\x9c",
    "\udc9b1;99Z",
)
KEYS = ("\x1b[A", "\x1bOB", "\x1b[[A", "\x1b[1~", "\x1b[6~", "\x1b[1;5C", "\x1b[200~q\n:quit\r\x1b[201~", "j", "ä")


def fed(*parts: tuple[str, float], patience: Patience = NOT_ANSWERING, until: float | None = None) -> list[Token]:
    """Return the tokens of parts that come in at their times, with ticks in between."""
    scanner = Scanner(patience)
    tokens: list[Token] = []
    for text, at in parts:
        tokens += scanner.tick(at)
        tokens += scanner.feed(text, at)
    return tokens if until is None else tokens + scanner.tick(until)


def typed(tokens: list[Token]) -> str:
    return "".join(token.text for token in tokens if token.kind is Kind.TEXT)


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.15, 0.4])
@pytest.mark.parametrize("sequence", [*LOST_SEQUENCES, *KEYS])
def test_a_sequence_torn_anywhere_is_one_sequence(sequence: str, delay: float) -> None:
    whole = fed((sequence, 0.0))
    for place in range(1, len(sequence)):
        assert fed((sequence[:place], 0.0), (sequence[place:], delay)) == whole


@pytest.mark.parametrize("sequence", LOST_SEQUENCES)
def test_no_byte_of_a_report_is_typed(sequence: str) -> None:
    (token,) = fed((sequence, 0.0))
    assert token.kind is Kind.SEQUENCE


@given(st.lists(st.sampled_from([*LOST_SEQUENCES, *KEYS]), min_size=1, max_size=6), st.data())
def test_however_a_stream_is_cut_it_says_the_same(sequences: list[str], data: st.DataObject) -> None:
    stream = "".join(sequences)
    places = sorted(data.draw(st.sets(st.integers(1, max(1, len(stream) - 1)))))
    cuts = [0, *(place for place in places if place < len(stream)), len(stream)]
    parts = [(stream[a:b], index * 0.1) for index, (a, b) in enumerate(itertools.pairwise(cuts))]
    whole, cut = fed((stream, 0.0)), fed(*parts)
    assert typed(cut) == typed(whole)
    assert [token for token in cut if token.kind is not Kind.TEXT] == [
        token for token in whole if token.kind is not Kind.TEXT
    ]


@given(st.text(alphabet="\x1b[]OPMX^_\\;<?0129mAu~Rjq \x07\x03\x9b\x9c\udc9bä", max_size=80))
def test_whatever_comes_in_the_console_takes_keys_again(noise: str) -> None:
    scanner = Scanner(NOT_ANSWERING)
    scanner.feed(noise, 0.0)
    scanner.tick(10.0)
    scanner.tick(20.0)
    assert scanner.deadline is None
    assert scanner.feed("j", 60.0) == [Token(Kind.TEXT, "j")]


def test_a_lone_escape_is_the_key_after_a_while() -> None:
    assert fed(("\x1b", 0.0), until=0.49) == []
    assert fed(("\x1b", 0.0), until=0.5) == [Token(Kind.ESCAPE, "\x1b")]


def test_an_answer_tells_that_an_escape_was_the_key() -> None:
    tokens = fed(("\x1b", 0.0), ("\x1b[0n", 0.02), patience=PATIENT)
    assert tokens == [Token(Kind.ESCAPE, "\x1b"), Token(Kind.SEQUENCE, "\x1b[0n")]


def test_an_answer_after_a_torn_sequence_tells_nothing() -> None:
    tokens = fed(("\x1b", 0.0), ("[B", 2.0), ("\x1b[0n", 2.0), patience=PATIENT)
    assert tokens == [Token(Kind.SEQUENCE, "\x1b[B"), Token(Kind.SEQUENCE, "\x1b[0n")]


def test_escape_twice_and_escape_before_an_arrow() -> None:
    assert [token.kind for token in fed(("\x1b\x1b\x1b", 0.0), until=1.0)] == [Kind.ESCAPE] * 3
    assert fed(("\x1b\x1b[B", 0.0)) == [Token(Kind.ESCAPE, "\x1b"), Token(Kind.SEQUENCE, "\x1b[B")]


def test_a_key_soon_after_escape_is_no_alt() -> None:
    assert fed(("\x1b", 0.0), ("j", 0.1)) == [Token(Kind.ESCAPE, "\x1b"), Token(Kind.TEXT, "j")]
    assert fed(("\x1bj", 0.0)) == [Token(Kind.SEQUENCE, "\x1bj")]


@pytest.mark.parametrize("rest", ["[B", "OA", "[1;5C", "[200~", "[[A"])
def test_the_rest_of_a_sequence_whose_escape_went_ahead_is_no_key(rest: str) -> None:
    assert fed(("\x1b", 0.0), (rest, 0.9)) == [Token(Kind.ESCAPE, "\x1b")]
    later = Scanner(NOT_ANSWERING)
    assert later.feed("\x1b", 0.0) == []
    assert later.tick(0.5) == [Token(Kind.ESCAPE, "\x1b")]
    assert typed(later.feed(rest, 2.0)) == rest


def test_a_sequence_that_never_ends_is_given_up() -> None:
    assert fed(("\x1b[1;5", 0.0), ("j", 2.0)) == [Token(Kind.TEXT, "j")]
    assert fed(("\x1b]11;rgb", 0.0), ("j", 2.0)) == [Token(Kind.TEXT, "j")]


def test_a_paste_is_one_paste_with_whatever_is_in_it() -> None:
    assert fed(("\x1b[200~:quit\r\x1b[A\x1b", 0.0), ("[201~j", 0.3)) == [
        Token(Kind.PASTE, ":quit\r\x1b[A"),
        Token(Kind.TEXT, "j"),
    ]


def test_a_paste_without_an_end_ends() -> None:
    assert fed(("\x1b[200~half", 0.0), ("j", 3.5)) == [Token(Kind.PASTE, "half"), Token(Kind.TEXT, "j")]


def test_the_rest_of_a_paste_that_stood_still_is_no_typing() -> None:
    tokens = fed(("\x1b[200~half", 0.0), ("and the other half", 5.0), ("\x1b[201~", 5.1))
    assert tokens == [Token(Kind.PASTE, "half"), Token(Kind.PASTE, "and the other half")]


def test_ctrl_c_gets_out_of_a_paste() -> None:
    assert fed(("\x1b[200~half", 0.0), ("\x03", 0.1)) == [Token(Kind.PASTE, "half"), Token(Kind.TEXT, "\x03")]


def test_a_huge_paste_is_cut() -> None:
    scanner = Scanner(NOT_ANSWERING)
    tokens = scanner.feed("\x1b[200~", 0.0)
    for _ in range(256):
        tokens += scanner.feed("x" * 4096, 0.0)
    tokens += scanner.feed("\x1b[201~", 0.0)
    (token,) = tokens
    assert token.kind is Kind.PASTE
    assert len(token.text) == 65_536


def test_a_huge_sequence_is_not_kept() -> None:
    scanner = Scanner(NOT_ANSWERING)
    for _ in range(64):
        assert scanner.feed("\x1b[" * (not _) + "1;" * 2048, 0.0) == []
    assert [token.kind for token in scanner.feed("m", 0.0)] == [Kind.SEQUENCE]
