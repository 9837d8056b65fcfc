"""Rows, heads of groups and column heads as lines: pure drawing."""

# ruff: noqa: ANN401 - the builders pass any field on

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from rich.cells import cell_len

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import Runner
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.services.listing.filter import parse_filter
from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.tui.screens.runners.columns import VIEW
from flywheel_tui.tui.widgets.grid.age import cell_text, stepped_age
from flywheel_tui.tui.widgets.grid.group_line import group_line
from flywheel_tui.tui.widgets.grid.head_line import head_line
from flywheel_tui.tui.widgets.grid.layout import GUTTER, lay_out
from flywheel_tui.tui.widgets.grid.look import Look
from flywheel_tui.tui.widgets.grid.model import Direction, Entry, Group, GroupTotals
from flywheel_tui.tui.widgets.grid.row_line import row_line
from flywheel_tui.tui.widgets.line import Line
from flywheel_tui.tui.widgets.tone import ASCII, Tone
from tests.tui.scripted import HOSTILE, NOW, ago, feed, live_feeds, runner, some_runners

SNAPSHOT = Snapshot(feeds={row.name: row for row in live_feeds()})
XL, *_ = some_runners()


def look(width: int = 120, *, filter_text: str = "", **changes: Any) -> Look[Runner]:
    parts: dict[str, Any] = {
        "view": VIEW,
        "layout": lay_out(VIEW.columns, width, wide=changes.pop("wide", False), offset=changes.pop("offset", 0)),
        "now": NOW,
        "snapshot": SNAPSHOT,
        "stale": frozenset(),
        "filter": parse_filter(filter_text, RUNNERS.fields) if filter_text else None,
        "plain_cursor": False,
    }
    return Look(**parts | changes)


def drawn(
    row: Runner = XL,
    on: Look[Runner] | None = None,
    changed: Mapping[str, Direction] | None = None,
    *,
    cursor: bool = False,
    ghost: bool = False,
    marked: bool = False,
) -> Line:
    return row_line(Entry(row, ghost=ghost, marked=marked), row, on or look(), changed or {}, cursor=cursor)


def over(line: Line, tone: Tone) -> list[str]:
    return [piece.text for piece in line.pieces if piece.over is tone]


def toned(line: Line, tone: Tone) -> str:
    return "".join(piece.text for piece in line.pieces if piece.tone is tone)


def test_the_gutter_has_the_symbol_of_the_status() -> None:
    assert drawn().text[:GUTTER] == " ▲ "
    assert drawn().tone is None


def test_a_marked_row_has_a_star_and_a_tone() -> None:
    line = drawn(marked=True)
    assert line.text[:GUTTER] == "*▲ "
    assert line.tone is Tone.MARKED
    assert drawn(marked=True, cursor=True).tone is Tone.CURSOR


def test_a_marked_row_of_a_source_that_is_not_live_says_both() -> None:
    stale = look(stale=frozenset({"prod/gitlab"}))
    assert drawn(on=stale).text[:GUTTER] == "~▲ "
    assert drawn(on=stale, marked=True).text[:GUTTER] == "*▲~"


def test_a_row_of_a_source_that_is_not_live_speaks_with_one_tone() -> None:
    line = drawn(on=look(stale=frozenset({"prod/gitlab"})))
    assert {piece.tone for piece in line.pieces} == {Tone.STALE}


def test_a_figure_of_another_source_that_is_not_live_is_marked_alone() -> None:
    line = drawn(on=look(stale=frozenset({"prod/prometheus"})))
    assert "~21" in toned(line, Tone.STALE)
    assert "38/40" not in toned(line, Tone.STALE)


def test_a_ghost_is_struck_and_says_that_it_is_gone() -> None:
    line = drawn(ghost=True)
    assert line.text[:GUTTER] == " † "
    assert "gone" in line.text
    assert "degraded" not in line.text
    assert "gl-linux-xl" in toned(line, Tone.GHOST)
    cells = [piece.text for piece in line.pieces[1:] if piece.tone is Tone.GHOST]
    assert cells == [text.strip() for text in cells]


def test_a_marked_ghost_keeps_its_star() -> None:
    assert drawn(ghost=True, marked=True).text[:GUTTER] == "*† "


@pytest.mark.parametrize(("direction", "arrow"), [(Direction.UP, "↑"), (Direction.DOWN, "↓"), (Direction.OTHER, "Δ")])
def test_a_changed_figure_is_underlined_and_its_arrow_stands_in_the_gap(direction: Direction, arrow: str) -> None:
    line = drawn(changed={"queue": direction})
    assert over(line, Tone.CHANGED) == ["21"]
    assert f"21{arrow}" in line.text
    # Figures stay where they are.
    assert line.text.replace(arrow, " ") == drawn().text


def test_a_changed_word_has_its_delta_in_its_own_padding() -> None:
    online = runner("a", busy=1, capacity=2)
    line = drawn(online, changed={"status": Direction.OTHER})
    assert "onlineΔ " in line.text
    assert line.text.replace("Δ", " ") == drawn(online).text


def test_a_changed_word_that_fills_its_column_has_its_delta_in_the_gap() -> None:
    line = drawn(changed={"status": Direction.OTHER})
    assert "degradedΔ" in line.text
    assert line.text.replace("Δ", " ") == drawn().text


def test_a_change_keeps_the_tone_of_the_value() -> None:
    line = drawn(changed={"busy": Direction.UP})
    changed = [piece for piece in line.pieces if piece.over is Tone.CHANGED]
    assert [(piece.text, piece.tone) for piece in changed] == [("38/40", Tone.CRITICAL)]


@pytest.mark.parametrize("width", [60, 80, 120, 160, 200, 240])
@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("row", some_runners(), ids=lambda row: row.name)
def test_marks_of_changes_never_widen_a_line(row: Runner, width: int, wide: bool) -> None:
    for offset in range(5):
        on = look(width, wide=wide, offset=offset, filter_text="l")
        everything = {field.name: Direction.UP for field in RUNNERS.fields}
        line = drawn(row, on, everything)
        assert line.width <= width
        assert line.width - drawn(row, on).width in {0, 1}


def test_what_the_filter_found_is_highlighted() -> None:
    line = drawn(on=look(filter_text="linux"))
    assert over(line, Tone.MATCH) == ["linux"]
    assert line.text == drawn().text


def test_a_term_for_a_field_is_highlighted_there_alone() -> None:
    line = drawn(on=look(filter_text="status:deg"))
    assert over(line, Tone.MATCH) == ["deg"]


def test_under_a_cursor_that_swaps_colours_the_line_has_the_tone_of_the_status() -> None:
    for width in range(60, 240):
        line = drawn(on=look(width, plain_cursor=True), cursor=True)
        assert {piece.tone for piece in line.pieces} == {Tone.CRITICAL}
        assert line.width == width


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("ghost", [False, True])
def test_hostile_names_stay_text(name: str, ghost: bool) -> None:
    line = drawn(runner(name, tags=HOSTILE), look(200, filter_text="e"), ghost=ghost)
    assert line.text.isprintable()
    assert line.width <= 200


def test_the_column_heads_tell_the_order_and_what_was_scrolled_out() -> None:
    layout = lay_out(VIEW.columns, 120)
    assert "QUEUE" in head_line(layout, ("queue",)).text
    assert "↓QUEUE" in head_line(layout, ("queue",)).text
    assert "↑QUEUE" in head_line(layout, ("+queue",)).text
    assert "NAME↓" in head_line(layout, ("-name",)).text
    assert head_line(layout, ()).text.startswith("   NAME ")
    assert head_line(lay_out(VIEW.columns, 120, offset=2), ("name",)).text.startswith(" ‹ NAME↑")


def test_every_head_stands_over_its_column() -> None:
    on = look(200)
    row = runner("a", busy=3, capacity=9, queued=7)
    head, line = head_line(on.layout, ("name",)).text, drawn(row, on).text
    assert head.index("BUSY") + len("BUSY") == line.index("3/9") + len("3/9")
    assert head.index("STATUS") == line.index("online")


def totals(**changes: Any) -> GroupTotals:
    usual: dict[str, Any] = {"rows": 37, "faults": 4, "sums": {"busy": 40, "capacity": 120, "queue": 21}}
    return GroupTotals(**usual | changes)


def head_of(group: Group) -> str:
    return group_line(group, VIEW, NOW).text


def test_the_head_of_a_group_says_what_its_rows_come_to() -> None:
    assert head_of(Group("gitlab", folded=False, totals=totals())) == (
        " ▾ gitlab  37 runners  4 faults  busy 40/120  queue 21"
    )


def test_a_folded_group_of_one_faultless_row() -> None:
    assert head_of(Group("gitlab", folded=True, totals=totals(rows=1, faults=0))) == (
        " ▸ gitlab  1 runner  busy 40/120  queue 21"
    )


def test_sums_that_lack_rows_are_told_as_such_and_unknown_ones_are_not_zero() -> None:
    partial = totals(sums={"busy": 40, "capacity": 120, "queue": None}, partial=frozenset({"capacity", "queue"}))
    assert head_of(Group("gitlab", folded=False, totals=partial)).endswith("busy 40/120+  queue –")


def test_the_head_of_a_group_under_the_cursor() -> None:
    group = Group("gitlab", folded=False, totals=totals())
    assert group_line(group, VIEW, NOW, cursor=True).tone is Tone.CURSOR
    assert toned(group_line(group, VIEW, NOW, cursor=True), Tone.WARNING) == "  4 faults"
    plain = group_line(group, VIEW, NOW, cursor=True, plain_width=80)
    assert {piece.tone for piece in plain.pieces} == {Tone.GROUP}
    assert plain.width == 80


def test_the_name_of_a_group_is_text() -> None:
    assert head_of(Group(HOSTILE[2], folded=False, totals=totals())).startswith(" ▾ red  37")


def test_every_symbol_has_one_ascii_cell() -> None:
    texts = [
        head_of(Group("a", folded=False, totals=totals(sums={}))),
        head_of(Group("a", folded=True, totals=totals())),
        head_line(lay_out(VIEW.columns, 120, offset=1), ("-name",)).text,
        drawn(ghost=True).text,
        drawn(changed={"queue": Direction.UP, "busy": Direction.DOWN, "status": Direction.OTHER}).text,
    ]
    symbols = {character for text in texts for character in text if not character.isascii()}
    assert symbols == {"▾", "▸", "‹", "†", "↑", "↓", "Δ", "–", "▲"}
    assert all(cell_len(symbol) == len(ASCII[symbol]) == 1 for symbol in symbols)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "<10s"),
        (9.9, "<10s"),
        (10, "10s"),
        (59, "50s"),
        (119, "110s"),
        (120, "2m"),
        (7199, "119m"),
        (7200, "2h"),
        (5 * 3600 + 720, "5h"),
        (47 * 3600, "47h"),
        (41 * 86400, "41d"),
        (-3, "<10s"),
    ],
)
def test_ages_grow_in_steps(seconds: float, shown: str) -> None:
    assert stepped_age(NOW - timedelta(seconds=seconds), NOW) == shown


def test_an_unknown_age_is_unknown() -> None:
    seen = RUNNERS.field("seen")
    assert seen is not None
    assert cell_text(seen, runner("a"), NOW) == "–"
    assert cell_text(seen, runner("a", contacted_at=ago(seconds=34)), NOW) == "30s"


def test_a_minute_of_time_alone_changes_few_cells() -> None:
    """Over a slow line a page of rows that were seen lately sends a cell each ten seconds, and an old one none."""
    seen = [ago(seconds=second) for second in range(0, 600, 10)]
    later = NOW + timedelta(seconds=5)
    changed = sum(stepped_age(at, NOW) != stepped_age(at, later) for at in seen)
    assert changed == 0


def test_a_feed_that_is_not_configured_makes_no_row_stale() -> None:
    elsewhere = look(snapshot=Snapshot(feeds={"prod/github": feed(SourceKind.GITHUB)}))
    assert drawn(on=elsewhere).text[:GUTTER] == " ▲ "
