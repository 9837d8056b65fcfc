"""How the frame diff turns from one look to another: colours, attributes, blanks, links."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem as RichColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from flywheel_tui.tui.frame_diff.differ import FrameDiff
from flywheel_tui.tui.frame_diff.looks import Look, transition
from tests.tui.emulator import Emulator
from tests.unit.tui.frames import (
    SEEDS,
    XTERM,
    ColorSystem,
    console,
    lines,
    painted,
    shown_then,
    strip_of,
    whole,
)


def test_what_blanks_show_is_not_erased() -> None:
    for style in (Style(reverse=True), Style(underline=True), Style(link="https://example.com")):
        assert "\x1b[K" not in shown_then(lines("x" * 30), [Strip([Segment(" " * 30, style)])])


def test_a_link_is_opened_and_closed() -> None:
    style = Style(link="https://example.com/a?b=c;d")
    sent = shown_then(lines("....."), [Strip([Segment("a"), Segment("bc", style), Segment("de")])])
    assert sent == f"\ra\x1b]8;id={style.link_id};https://example.com/a?b=c;d\x1b\\bc\x1b]8;;\x1b\\de"


def test_dim_begins_and_ends() -> None:
    dim, bold = Style(dim=True), Style(bold=True)
    sent = shown_then(lines("....."), [Strip([Segment("a"), Segment("b", dim), Segment("c", bold), Segment("de")])])
    assert sent == "\ra\x1b[2mb\x1b[0;1mc\x1b[mde"


@pytest.mark.parametrize("seen", ["underline", "strike", "reverse", "overline", "blink", "underline2", "frame"])
def test_what_is_seen_of_blanks_is_sent(seen: str) -> None:
    style = Style.parse(seen)
    code = Strip.render_ansi(style, RichColorSystem.TRUECOLOR)
    assert shown_then(lines("....."), [Strip([Segment(" " * 5, style)])]) == f"\r\x1b[{code}m     "


@pytest.mark.parametrize("unseen", ["bold", "dim", "italic", "conceal"])
def test_what_is_not_seen_of_blanks_is_not_sent(unseen: str) -> None:
    style = Style.parse(f"{unseen} red")
    assert shown_then(lines("....."), [Strip([Segment(" " * 5, style)])]) == "\r\x1b[K"


def test_links_with_the_same_look_are_apart() -> None:
    one, other = Style(link="https://example.com/1"), Style(link="https://example.com/2")
    sent = shown_then(lines("...."), [Strip([Segment("ab", one), Segment("cd", other)])])
    assert sent == (
        f"\r\x1b]8;id={one.link_id};https://example.com/1\x1b\\ab"
        f"\x1b]8;id={other.link_id};https://example.com/2\x1b\\cd\x1b]8;;\x1b\\"
    )


def test_a_link_is_closed_at_the_end_of_a_frame_and_opened_in_the_next() -> None:
    style = Style(link="https://example.com/")
    diff = FrameDiff(XTERM)
    for text in ("abcd", "abcx"):
        diff.take(whole([Strip([Segment(text, style)])]), console())
        sent = diff.frame(None)
        assert sent.count("\x1b]8;id=") == 1
        assert sent.endswith("\x1b]8;;\x1b\\")


@pytest.mark.parametrize("system", ["standard", "256", "truecolor"])
@given(seed=SEEDS)
def test_colours_are_those_of_the_console(system: ColorSystem, seed: int) -> None:
    # Styles keep the codes they were first rendered with, so that each console needs styles of its own.
    frame = [Strip([Segment(part.text, part.style.copy() if part.style else None) for part in strip_of(seed, 40)])]
    diff = FrameDiff(XTERM)
    diff.take(whole(frame), console(system))
    emulator = Emulator(40, 1, erases_in_color=True)
    emulator.feed(diff.frame(None))
    assert emulator.shown().cells == painted(frame, system)


@given(st.sets(st.sampled_from(["1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53"])), st.data())
def test_a_change_of_look_is_the_same_as_a_new_look(codes: set[str], data: st.DataObject) -> None:
    inks, grounds = st.sampled_from(["", "31", "38;5;9", "38;2;1;2;3"]), st.sampled_from(["", "41", "48;5;9", "107"])
    other = data.draw(st.sets(st.sampled_from(sorted(codes | {"1", "7"}))))
    before = Look(tuple(sorted(codes)), data.draw(inks), data.draw(grounds), "", "")
    after = Look(tuple(sorted(other)), data.draw(inks), data.draw(grounds), "", "")
    assert look_after(look_after({}, transition(None, before)), transition(before, after)) == look_after(
        {}, transition(None, after)
    )
    assert len(transition(before, after)) <= len(transition(None, after))


ENDS = {"22": "1 2", "23": "3", "24": "4 21", "25": "5 6", "27": "7", "28": "8", "29": "9", "54": "51 52", "55": "53"}


def look_after(look: dict[str, str], sequence: str) -> dict[str, str]:
    """Return what a terminal's look is after an SGR sequence, as ECMA-48 has it."""
    look = dict(look)
    codes = re.findall(r"[34]8;5;\d+|[34]8;2;\d+;\d+;\d+|\d+", sequence) if sequence else ["none"]
    for code in codes or ["0"]:
        if code == "0":
            look.clear()
        elif code in ENDS:
            for ended in ENDS[code].split():
                look.pop(ended, None)
        elif code in {"39", "49"}:
            look.pop("ink" if code == "39" else "ground", None)
        elif code.startswith(("38", "31")):
            look["ink"] = code
        elif code.startswith(("48", "41", "107")):
            look["ground"] = code
        elif code != "none":
            look[code] = code
    return look
