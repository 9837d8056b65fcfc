"""Frames through the frame diff into a terminal emulator: the same screen as the last frame painted whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from flywheel_tui.tui.frame_diff.differ import FrameDiff
from flywheel_tui.tui.frame_diff.terminal import Terminal
from tests.tui.emulator import Emulator
from tests.unit.tui.frames import (
    BARE,
    LIST,
    SCREEN,
    SEEDS,
    XTERM,
    console,
    lines,
    painted,
    shown_then,
    strip_of,
    whole,
)

PLACES = st.integers(0, 2**8)

STEPS = st.one_of(
    st.tuples(st.just("row"), PLACES, SEEDS),
    st.tuples(st.just("part"), PLACES, PLACES, PLACES, SEEDS),
    st.tuples(st.just("move"), PLACES, PLACES, st.integers(-3, 3), SEEDS, st.lists(PLACES, max_size=2)),
    st.tuples(st.just("all"), SEEDS),
    st.tuples(st.just("size"), st.integers(1, 50), st.integers(1, 14), SEEDS),
    st.tuples(st.just("forget")),
    st.tuples(st.just("cursor"), PLACES, PLACES),
)


class Film:
    """Frames that follow each other, as Textual would hand them out."""

    def __init__(self, width: int, height: int, seed: int, terminal: Terminal, *, combines: bool = False) -> None:
        self.combines = combines
        self.terminal = terminal
        self.diff = FrameDiff(terminal)
        self.cursor: tuple[int, int] | None = None
        self.restart(width, height, seed)

    def restart(self, width: int, height: int, seed: int) -> None:
        self.width, self.height = width, height
        self.emulator = Emulator(width, height, erases_in_color=self.terminal.erases_in_color)
        self.emulator.feed("\x1b[3;44;1mwhat was there before")
        self.frame = [self.strip(seed + y) for y in range(height)]
        self.cursor = None
        self.diff.forget()
        self.diff.take(whole(self.frame), console())

    def strip(self, seed: int, width: int | None = None) -> Strip:
        return strip_of(seed, width or self.width, combines=self.combines)

    def chop(self, y: int, x: int, strip: Strip) -> None:
        """Lay a strip over a row, as a widget of that width."""
        end = x + strip.cell_length
        row = self.frame[y]
        self.frame[y] = Strip.join([row.crop(0, x), strip, row.crop(end, self.width)])
        chops: list[dict[int, Strip | None]] = [{0: None} for _ in range(self.height)]
        ends = [[self.width] for _ in range(self.height)]
        parts = {0: (x, None), x: (end, strip), end: (self.width, None)}
        parts = {start: part for start, part in parts.items() if start < part[0]}
        chops[y] = {start: part for start, (_, part) in parts.items()}
        ends[y] = [end for end, _ in parts.values()]
        # What the strip has beyond the span is as current as what is in it.
        update = ChopsUpdate(chops, [(y, x, x + 1)], ends)
        assert self.diff.fits(update)
        self.diff.take(update, console())

    def perform(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("row", y, seed):
                self.chop(y % self.height, 0, self.strip(seed))
            case ("part", y, x, length, seed):
                # Rich loses the base of what combines when it cuts there.
                start = 0 if self.combines else x % self.width
                length = self.width if self.combines else 1 + length % (self.width - start)
                self.chop(y % self.height, start, self.strip(seed, length))
            case ("move", a, b, by, seed, changed):
                top, bottom = sorted((a % self.height, b % self.height))
                self.move(top, bottom, by, seed, changed)
            case ("all", seed):
                self.frame = [self.strip(seed + y) for y in range(self.height)]
                self.diff.take(whole(self.frame), console())
            case ("size", width, height, seed):
                self.restart(width, height, seed)
            case ("forget",):
                margins = "\x1b[2;3r" if self.terminal.scrolls else ""
                self.emulator.feed(f"{margins}\x1b[7;31mnoise\n\n\n\x1b[5;5Hand more of it")
                self.diff.forget()
            case ("cursor", x, y):
                self.cursor = x % self.width, y % self.height

    def move(self, top: int, bottom: int, by: int, seed: int, changed: list[int]) -> None:
        band = self.frame[top : bottom + 1]
        fresh = [self.strip(seed + y) for y in range(min(abs(by), len(band)))]
        moved = band[by:] + fresh if by > 0 else fresh + band[: len(band) - len(fresh)]
        for y in changed:
            moved[y % len(moved)] = self.strip(seed + y)
        self.frame[top : bottom + 1] = moved
        self.diff.take(whole(self.frame), console())

    def check(self) -> None:
        self.emulator.feed(self.diff.frame(self.cursor))
        assert self.emulator.shown().cells == painted(self.frame)
        if self.cursor is not None:
            assert self.emulator.shown().cursor == self.cursor
        assert self.diff.frame(self.cursor) == ""


@pytest.mark.parametrize(
    "terminal",
    [XTERM, SCREEN, BARE],
    ids=["xterm", "screen", "dumb"],
)
@given(
    width=st.integers(1, 60),
    height=st.integers(1, 16),
    seed=SEEDS,
    combines=st.booleans(),
    steps=st.lists(st.tuples(STEPS, st.booleans()), max_size=8),
)
def test_any_film_ends_with_its_last_frame(
    terminal: Terminal, width: int, height: int, seed: int, combines: bool, steps: list[tuple[Any, bool]]
) -> None:
    film = Film(width, height, seed, terminal, combines=combines)
    film.check()
    for step, look in steps:
        film.perform(step)
        # A frame may also come after several changes.
        if look:
            film.check()
    film.check()


def test_a_list_that_scrolls_is_scrolled_by_the_terminal() -> None:
    before = lines("a heading of the list", *LIST[:10], "the foot of it")
    assert shown_then(before, lines("a heading of the list", *LIST[1:11], "the foot of it")) == (
        "\x1b[2;11r\x1b[11H\n\x1b[r\x1b[11H10 a runner in a long list 190"
    )
    back = shown_then(lines("a heading of the list", *LIST[2:12], "the foot of it"), before)
    assert back.startswith("\x1b[2;11r\x1b[2H\x1bM\x1bM\x1b[r")


def test_a_screen_that_scrolls_needs_no_margins() -> None:
    assert "r" not in shown_then(lines(*LIST[:10]), lines(*LIST[2:10], "", ""))


def test_a_terminal_without_scroll_regions_is_sent_none() -> None:
    sent = shown_then(lines("head", *LIST[:10]), lines("head", *LIST[1:11]), BARE)
    assert "r" not in sent.replace("runner", "")
    assert "\x1bM" not in sent


def test_a_list_beside_something_else_is_scrolled_too() -> None:
    left, right = [f"{text} {text[::-1]}" for text in LIST[:12]], [chr(ord("A") + y) * 9 for y in range(12)]
    before = lines(*(f"{one} | {other}" for one, other in zip(left[:11], right, strict=False)))
    after = lines(*(f"{one} | {other}" for one, other in zip(left[1:], right, strict=False)))
    sent = shown_then(before, after)
    # The cursor was in the last line already.
    assert sent.startswith("\r\n\x1b[1;65HAAAAAAAAA\x1b[2;65H")
    assert "list" not in sent.split("\n")[1]


def test_a_scroll_that_costs_more_is_not_done() -> None:
    before = lines("1", "2", "3", "4", "5")
    assert "\n" in shown_then(before, lines("2", "3", "4", "5", "6"))
    assert "r" not in shown_then(before, lines("2", "3", "4", "5", "6"))


def test_new_lines_do_not_take_the_last_background() -> None:
    ground = Style(bgcolor="#102030")
    first = [*lines(*LIST[:10]), Strip([Segment("x" * len(LIST[0]), ground)])]
    second = [*lines(*LIST[1:10], ""), Strip([Segment("y" * len(LIST[0]), ground)])]
    assert shown_then(first, second).startswith("\x1b[m")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("0123456789", ""),
        ("012345678x", "\x1b[1;10Hx"),
        ("x123456789", "\x1b[Hx"),
        ("x12x456789", "\x1b[Hx12x"),
        ("x1234567x9", "\x1b[Hx\x1b[7Cx"),
    ],
)
def test_only_what_changed_is_sent(text: str, sent: str) -> None:
    assert shown_then(lines("0123456789", "abc"), lines(text, "abc")) == sent


def test_a_line_that_empties_is_erased() -> None:
    assert shown_then(lines("a long line of text"), lines("a" + " " * 18)) == "\r\x1b[2C\x1b[K"


def test_erasing_in_colour_is_for_terminals_that_do() -> None:
    ground = Style(bgcolor="blue")
    first, second = [Strip([Segment("x" * 30, ground)])], [Strip([Segment(" " * 30, ground)])]
    assert shown_then(first, second).endswith("\x1b[K")
    assert shown_then(first, second, SCREEN).endswith(" " * 30)


def test_the_cursor_is_not_trusted_after_wide_text() -> None:
    before, after = lines("漢字abcdef"), lines("字漢abcdeX")
    assert shown_then(before, after).endswith("\x1b[1;10HX")


def test_the_cursor_is_not_trusted_after_text_that_some_draw_wide() -> None:
    assert shown_then(lines("..abcdef"), lines("──abcdeX")) == "\r──\x1b[1;8HX"


def test_wide_characters_that_meet_are_written_together() -> None:
    assert shown_then(lines("漢字ab"), lines("字漢ab")) == "\x1b[H字漢"


def test_lines_that_outlive_a_new_size_are_drawn_again() -> None:
    frame = lines(*LIST[:3])
    diff, emulator = FrameDiff(XTERM), Emulator(frame[0].cell_length, 3, erases_in_color=True)
    for rows in (frame, frame[:2], frame):
        emulator.resize(frame[0].cell_length, len(rows))
        diff.take(whole(rows), console())
        emulator.feed(diff.frame(None))
        assert emulator.shown().cells == painted(rows)


@pytest.mark.parametrize(("width", "height", "fits"), [(3, 2, True), (3, 1, False), (3, 3, False), (4, 2, False)])
def test_a_part_of_a_screen_of_another_size_does_not_fit(width: int, height: int, fits: bool) -> None:
    diff = FrameDiff(XTERM)
    diff.take(whole(lines("abc", "def")), console())
    strip = Strip([Segment("x" * width)])
    assert diff.fits(ChopsUpdate([{0: strip}] * height, [(0, 0, width)], [[width]] * height)) == fits


def test_characters_drawn_as_one_do_not_shift_what_follows() -> None:
    family = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{MAN}"
    first = [Strip([Segment("." * 9)])]
    assert shown_then(first, [Strip([Segment(f"{family}abcdefg")])]).endswith(f"\r{family}\x1b[1;3Habcdefg")


def test_control_characters_are_not_sent() -> None:
    assert shown_then([Strip([Segment("....")])], [Strip([Segment("a\x1bbcd")])]).endswith("abcd")


PARTS = st.sampled_from(["", " ", "a", "b", "1", "ab", "x" * 25, "y" * 25, "  z", "one two three"])


@given(before=st.lists(PARTS, min_size=4, max_size=14), by=st.sampled_from([-2, -1, 1, 2]), data=st.data())
def test_a_frame_is_never_longer_for_scrolling(before: list[str], by: int, data: st.DataObject) -> None:
    fresh = [data.draw(PARTS) for _ in range(abs(by))]
    after = before[by:] + fresh if by > 0 else fresh + before[:by]
    after[data.draw(st.integers(0, len(after) - 1))] = data.draw(PARTS)
    one, two = lines("head", *before, "f" * 30), lines("head", *after, "f" * 30)
    without = Terminal(scrolls=False, erases_in_color=True)
    assert len(shown_then(one, two)) <= len(shown_then(one, two, without))


def test_rows_of_which_most_is_erased_are_not_scrolled() -> None:
    before = lines("h", "c", "x" * 30, *"ccbae", "f" * 60)
    after = lines("h", *"ccbaeae", "f" * 60)
    assert shown_then(before, after) == "\x1b[3Hc\x1b[K\r\nb\r\na\r\ne"


def test_what_combines_with_another_widget_is_not_drawn() -> None:
    accent = "\u0301bc"
    diff = FrameDiff(XTERM)
    for strips, drawn in (
        ([Strip([Segment("a")]), Strip([Segment(accent)])], "abc"),
        ([Strip([Segment("a"), Segment(accent)])], "a\u0301"),
        ([Strip([Segment(accent)]), Strip([Segment("a")])], "bca"),
    ):
        diff.forget()
        diff.take(LayoutUpdate([strips], Region(0, 0, 3, 1)), console())
        sent = diff.frame(None)
        assert drawn in sent
        assert ("\u0301" in sent) == ("\u0301" in drawn)


def test_a_wide_character_that_is_cut_at_the_edge_is_a_blank() -> None:
    diff = FrameDiff(XTERM)
    diff.take(LayoutUpdate([[Strip([Segment("ab漢")])]], Region(0, 0, 3, 1)), console())
    sent = diff.frame(None)
    assert sent.endswith("ab")
    assert "漢" not in sent
