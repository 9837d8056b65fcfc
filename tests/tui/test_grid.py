"""The grid alone in an app: keys, marks, groups, ghosts, marks of changes, highlights, and what each costs."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, ClassVar

import msgspec
import pytest
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot

from flywheel_tui.domain.fleet import Runner, RunnerStatus
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.services.listing.filter import parse_filter
from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.tui.frugal_app import FrugalApp
from flywheel_tui.tui.screens.runners.columns import VIEW
from flywheel_tui.tui.theme_file import load_themes, with_tone_defaults
from flywheel_tui.tui.widgets.grid.grid import Grid
from flywheel_tui.tui.widgets.grid.layout import GUTTER
from flywheel_tui.tui.widgets.grid.model import SLICE_S
from flywheel_tui.tui.widgets.tone import Tone
from tests.tui.conftest import screen_text
from tests.tui.scripted import NOW, ago, live_feeds, runner

SNAPSHOT = Snapshot(feeds={row.name: row for row in live_feeds()})
THEMES = tuple(load_themes())


class GridApp(FrugalApp):
    """Nothing but a grid."""

    CSS = "#body { height: 1fr; background: $background; color: $tone-plain; }"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def __init__(self, rows: Iterable[Runner], theme: str = "ansi", *, ascii_only: bool = False) -> None:
        themes = load_themes()
        super().__init__(ansi_color=themes[theme].ansi or None, ascii_only=ascii_only)
        for each in themes.values():
            self.register_theme(each)
        self.theme = theme
        self.grid = Grid(VIEW, NOW)
        self.rows = {row.key: row for row in rows}
        self.messages: list[type[Message]] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return with_tone_defaults(super().get_theme_variable_defaults())

    def compose(self) -> ComposeResult:
        yield self.grid

    def on_mount(self) -> None:
        self.grid.focus()
        self.grid.show(self.rows, SNAPSHOT, NOW, hold=False)

    def on_grid_cursor_moved(self, event: Grid.CursorMoved) -> None:
        self.messages.append(type(event))

    def on_grid_marks_changed(self, event: Grid.MarksChanged) -> None:
        self.messages.append(type(event))

    def on_grid_arranged(self, event: Grid.Arranged) -> None:
        self.messages.append(type(event))


@asynccontextmanager
async def grid_of(
    *rows: Runner, size: tuple[int, int] = (120, 20), theme: str = "ansi", ascii_only: bool = False
) -> AsyncIterator[tuple[Pilot[Any], Grid, GridApp]]:
    app = GridApp(rows, theme, ascii_only=ascii_only)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot, app.grid, app


def some(count: int = 5, **changes: Any) -> list[Runner]:  # noqa: ANN401 - any field
    return [runner(f"r{number:03}", **changes) for number in range(count)]


def table(rows: Iterable[Runner]) -> dict[str, Row]:
    return {row.key: row for row in rows}


def lines(app: App[Any]) -> list[str]:
    return screen_text(app).splitlines()


def line_of(app: App[Any], word: str) -> str:
    return next(line for line in lines(app)[1:] if word in line)


def style_of(grid: Grid, y: int, text: str) -> Style:
    """Return the style that a text on a line has."""
    segments: Iterable[Segment] = grid.render_line(y)
    return next(segment.style or Style() for segment in segments if text in segment.text)


def marked(grid: Grid) -> list[str]:
    return [grid.model.rows[key].name for key in grid.model.marked]


def waiting(grid: Grid) -> int:
    """Return how many timers wait for a ghost or the mark of a change to end."""
    return int(grid._alarm.due is not None)


def is_pending(grid: Grid) -> bool:
    return grid.model.pending


def calls_of(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[tuple[Any, ...]]:  # noqa: ANN401 - any
    calls: list[tuple[Any, ...]] = []
    original: Callable[..., Any] = getattr(owner, name)

    def method(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - stands in for any method
        calls.append(args)
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, method)
    return calls


async def test_space_marks_the_row_and_unmarks_it_again() -> None:
    async with grid_of(*some()) as (pilot, grid, app):
        await pilot.press("j", "space")
        assert marked(grid) == ["r001"]
        assert line_of(app, "r001").startswith("*● r001")
        assert app.messages == [Grid.CursorMoved, Grid.MarksChanged]
        await pilot.press("space")
        assert marked(grid) == []
        assert line_of(app, "r001").startswith(" ● r001")


@pytest.mark.parametrize("key", ["V", "ctrl+@", "ctrl+space"])
async def test_a_range_goes_from_the_last_mark_to_the_cursor(key: str) -> None:
    async with grid_of(*some()) as (pilot, grid, app):
        await pilot.press("j", "space", "j", "j", key)
        assert marked(grid) == ["r001", "r002", "r003"]
        assert [line[0] for line in lines(app)[1:6]] == [" ", "*", "*", "*", " "]


async def test_marks_are_inverted_and_cleared() -> None:
    async with grid_of(*some(4)) as (pilot, grid, app):
        await pilot.press("space", "I")
        assert marked(grid) == ["r001", "r002", "r003"]
        await pilot.press("ctrl+backslash")
        assert marked(grid) == []
        assert "*" not in screen_text(app)


async def test_marks_stay_with_their_rows() -> None:
    rows = some(3)
    async with grid_of(*rows) as (pilot, grid, app):
        await pilot.press("space")
        rows[0] = msgspec.structs.replace(rows[0], busy=3)
        grid.show(table([runner("a"), *rows]), SNAPSHOT, NOW)
        await pilot.pause()
        assert marked(grid) == ["r000"]
        assert line_of(app, "r000").startswith("*")


@pytest.mark.parametrize("theme", THEMES)
async def test_a_mark_shows_without_colour_in_every_theme(theme: str) -> None:
    async with grid_of(*some(3), theme=theme) as (pilot, grid, app):
        plain = style_of(grid, 1 + 1, "r001")
        await pilot.press("j", "space", "k")
        assert line_of(app, "r001").startswith("*")
        assert style_of(grid, 1 + 1, "r001") != plain


async def test_a_mouse_moves_marks_and_marks_ranges() -> None:
    async with grid_of(*some()) as (pilot, grid, _):
        await pilot.click(grid, offset=(10, 2))
        assert grid.model.cursor == 1
        await pilot.click(grid, offset=(10, 3), control=True)
        assert marked(grid) == ["r002"]
        await pilot.click(grid, offset=(10, 5), shift=True)
        assert marked(grid) == ["r002", "r003", "r004"]
        await pilot.click(grid, offset=(10, 12), control=True)
        assert marked(grid) == ["r002", "r003", "r004"]
        grid.post_message(
            events.MouseScrollDown(grid, 5, 5, 0, 0, 0, shift=False, meta=False, ctrl=False, screen_x=5, screen_y=5)
        )
        await pilot.pause()
        assert grid.model.cursor == 4


def mixed() -> list[Runner]:
    return [
        runner("gl-a", busy=3, capacity=4, queued=2),
        runner("gl-b", busy=1, capacity=8, status=RunnerStatus.OFFLINE),
        runner("gh-a", forge=Forge.GITHUB, busy=None),
    ]


async def test_groups_have_heads_with_totals_and_fold() -> None:
    async with grid_of(*mixed()) as (pilot, grid, app):
        grid.model.group_by("forge", NOW)
        grid.refill()
        grid.action_top()
        await pilot.pause()
        assert lines(app)[1].startswith(" ▾ github  1 runner  busy –/–  queue –")
        assert lines(app)[3].startswith(" ▾ gitlab  2 runners  busy 4/12  queue 2+")
        await pilot.press("x")
        assert lines(app)[1].startswith(" ▸ github  1 runner")
        assert lines(app)[2].startswith(" ▾ gitlab")
        await pilot.press("j", "j", "x")
        assert grid.model.row is None
        assert [line[:9] for line in lines(app)[1:3]] == [" ▸ github", " ▸ gitlab"]
        await pilot.press("x")
        assert "gl-a" in screen_text(app)


async def test_a_click_on_the_triangle_folds() -> None:
    async with grid_of(*mixed()) as (pilot, grid, app):
        grid.model.group_by("forge", NOW)
        grid.refill()
        await pilot.pause()
        await pilot.click(grid, offset=(1, 1))
        assert lines(app)[1].startswith(" ▸ github")
        await pilot.click(grid, offset=(GUTTER + 2, 1))
        assert lines(app)[1].startswith(" ▸ github")


async def test_folding_does_nothing_where_nothing_is_grouped() -> None:
    async with grid_of(*some(3)) as (pilot, _, app):
        before = screen_text(app)
        await pilot.press("x")
        assert screen_text(app) == before
        assert app.messages == []


async def test_totals_follow_the_rows() -> None:
    rows = mixed()
    async with grid_of(*rows) as (pilot, grid, app):
        grid.model.group_by("forge", NOW)
        grid.refill()
        rows[0] = msgspec.structs.replace(rows[0], busy=4)
        grid.show(table(rows), SNAPSHOT, NOW)
        await pilot.pause()
        assert "busy 5/12" in line_of(app, "gitlab")


async def test_a_vanished_row_stays_as_a_ghost_and_goes_in_time() -> None:
    rows = some(3)
    async with grid_of(*rows) as (pilot, grid, app):
        await pilot.press("j")
        assert waiting(grid) == 0
        gone = grid.show(table([rows[0], rows[2]]), SNAPSHOT, NOW)
        await pilot.pause()
        assert gone == rows[1]
        assert line_of(app, "r001").startswith(" † r001")
        assert "gone" in line_of(app, "r001")
        assert style_of(grid, 1 + 1, "r001").strike
        # One timer waits for its end, and none after it.
        assert waiting(grid) == 1
        grid.tick(SNAPSHOT, NOW + timedelta(seconds=4.9))
        assert waiting(grid) == 1
        grid._expire()
        await pilot.pause()
        assert "r001" not in screen_text(app)
        assert waiting(grid) == 0


async def test_a_ghost_takes_no_mark() -> None:
    rows = some(2)
    async with grid_of(*rows) as (pilot, grid, app):
        grid.show(table(rows[1:]), SNAPSHOT, NOW)
        await pilot.press("g", "space")
        assert "†" in lines(app)[1]
        assert marked(grid) == []
        assert Grid.MarksChanged not in app.messages


async def test_a_changed_cell_is_marked_until_the_next_poll() -> None:
    rows = some(3, busy=1, capacity=4)
    async with grid_of(*rows) as (pilot, grid, app):
        figures = line_of(app, "r001").index("1/4")
        rows[1] = msgspec.structs.replace(rows[1], busy=3)
        grid.show(table(rows), SNAPSHOT, NOW)
        await pilot.pause()
        assert "3/4↑" in line_of(app, "r001")
        assert line_of(app, "r001").index("3/4") == figures
        assert style_of(grid, 2, "3/4").underline
        grid.tick(SNAPSHOT, NOW + timedelta(seconds=21))
        await pilot.pause()
        assert "3/4↑" not in line_of(app, "r001")
        assert not style_of(grid, 2, "3/4").underline
        assert waiting(grid) == 0


async def test_what_always_changes_is_not_marked() -> None:
    rows = some(2, cpu_cores=1.0, cpu_limit=4.0, contacted_at=ago(seconds=30))
    async with grid_of(*rows) as (pilot, grid, app):
        rows[0] = msgspec.structs.replace(rows[0], cpu_cores=2.0, contacted_at=NOW)
        grid.show(table(rows), SNAPSHOT, NOW)
        await pilot.pause()
        assert " 50 " in line_of(app, "r000")
        assert not {"↑", "↓", "Δ"} & set(line_of(app, "r000"))


async def test_the_first_rows_are_not_marked_as_changed() -> None:
    async with grid_of(*some(3, busy=1)) as (_, grid, app):
        assert not {"↑", "↓", "Δ", "†"} & set("".join(lines(app)[1:]))
        assert waiting(grid) == 0


@pytest.mark.parametrize("theme", THEMES)
async def test_what_the_filter_found_stands_out_in_every_theme(theme: str) -> None:
    async with grid_of(*some(3), theme=theme) as (pilot, grid, _):
        grid.model.set_filter(parse_filter("00", RUNNERS.fields), NOW)
        grid.refill()
        await pilot.pause()
        for y in (1, 2):
            found = next(segment for segment in grid.render_line(y) if segment.text == "00")
            beside = next(segment for segment in grid.render_line(y) if segment.text.endswith("r"))
            assert found.style != beside.style
        if theme == "ansi":
            # Without colours: reversed on a plain line, and not reversed on the reversed line of the cursor.
            assert not style_of(grid, 1, "00").reverse
            assert style_of(grid, 2, "00").reverse


async def test_ascii_says_all_of_it_too() -> None:
    rows = mixed()
    async with grid_of(*rows, ascii_only=True) as (pilot, grid, app):
        await pilot.press("j", "space")
        rows[0] = msgspec.structs.replace(rows[0], busy=4, status=RunnerStatus.BUSY)
        grid.model.group_by("forge", NOW)
        grid.refill()
        grid.show(table(rows[:2]), SNAPSHOT, NOW)
        await pilot.pause()
        text = screen_text(app)
        assert text.isascii()
        assert " v gitlab  2 runners  busy 5/12" in text
        assert "*% gh-a" in text
        assert "4/4^" in text
        assert "busy'" in text


async def test_a_cursor_move_draws_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    async with grid_of(*some(500)) as (pilot, grid, _):
        drawn = calls_of(monkeypatch, Grid, "_entry_line")
        await pilot.press("j")
        await pilot.pause()
        assert {index for _, index in drawn} == {0, 1}
        assert grid.model.cursor == 1


async def test_ten_thousand_rows_cost_what_is_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = some(10_000, busy=0)
    async with grid_of(*rows) as (pilot, grid, app):
        # However slow the machine is, the change is taken in at once here; slices have tests of their own.
        grid.model.budget_s = math.inf
        drawn = calls_of(monkeypatch, Grid, "_entry_line")
        rows[::20] = [msgspec.structs.replace(row, busy=3) for row in rows[::20]]
        grid.show(table(rows), SNAPSHOT, NOW)
        await pilot.pause()
        assert {index for _, index in drawn} == {0}
        drawn.clear()
        grid.model.budget_s = SLICE_S
        grid.model.set_filter(parse_filter("r99", RUNNERS.fields, grid.model.searched), NOW)
        grid.refill()
        while is_pending(grid):
            await pilot.pause()
        assert {index for _, index in drawn} <= set(range(19))
        assert grid.model.row_count == 110
        assert "r990 " in screen_text(app)


async def test_what_takes_long_leaves_the_old_lines_until_it_is_through(monkeypatch: pytest.MonkeyPatch) -> None:
    async with grid_of(*some(3_000)) as (pilot, grid, app):
        grid.model.budget_s = 0
        slices = calls_of(monkeypatch, grid.model, "advance")
        before = screen_text(app)
        app.messages.clear()
        grid.model.set_filter(parse_filter("r2", RUNNERS.fields), NOW)
        assert is_pending(grid)
        grid.refill()
        assert screen_text(app) == before
        while is_pending(grid):
            await pilot.pause()
        await pilot.pause()
        assert len(slices) > 1
        assert app.messages == [Grid.Arranged]
        assert "r200 " in lines(app)[1]
        assert "r001 " not in screen_text(app)


async def test_keys_come_before_the_next_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    async with grid_of(*some(3_000)) as (pilot, grid, _):
        grid.model.budget_s = 0
        done: list[str] = []
        advance, down = grid.model.advance, grid.action_down

        def slowly(budget_s: float = 0) -> bool:
            done.append("slice")
            return advance(0)

        def action_down() -> None:
            done.append("key")
            down()

        monkeypatch.setattr(grid.model, "advance", slowly)
        monkeypatch.setattr(grid, "action_down", action_down)
        grid.model.set_filter(parse_filter("r2", RUNNERS.fields), NOW)
        grid.refill()
        assert is_pending(grid)
        pilot.app.post_message(events.Key("j", "j"))
        while is_pending(grid):
            await pilot.pause()
        assert "key" in done
        # One slice was done at once, and at most one more before the key.
        assert done.index("key") <= 2
        assert done.count("slice") > 3


async def test_scrolling_sideways_keeps_the_name_where_it_is() -> None:
    async with grid_of(*some(3), size=(80, 10)) as (pilot, grid, app):
        width = grid.columns.places[0].width
        await pilot.press("l")
        assert lines(app)[0].startswith(" ‹ NAME")
        assert "FORGE" not in lines(app)[0]
        assert grid.columns.places[0].width == width
        await pilot.press("right", "h", "left")
        assert lines(app)[0].startswith("   NAME")
        assert "FORGE" in lines(app)[0]


async def test_nothing_to_expire_means_no_timer_and_nothing_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async with grid_of(*some(30, created_at=ago(days=3), contacted_at=ago(seconds=12))) as (pilot, grid, _):
        refreshes = calls_of(monkeypatch, grid, "refresh")
        grid.tick(SNAPSHOT, NOW + timedelta(seconds=5))
        await pilot.pause()
        assert refreshes == []
        assert waiting(grid) == 0


async def test_the_line_of_a_marked_row_under_the_cursor_is_the_cursors() -> None:
    async with grid_of(*some(2)) as (pilot, grid, _):
        await pilot.press("space")
        assert grid.line_at(1).tone is Tone.CURSOR
        await pilot.press("j")
        assert grid.line_at(1).tone is Tone.MARKED


async def test_a_cursor_that_nobody_moved_stays_on_the_first_page_when_lines_are_arranged_anew() -> None:
    async with grid_of(*some(100)) as (pilot, grid, app):
        grid.show(table(some(100)), SNAPSHOT, NOW, chosen=False)
        grid.model.sort(("-name",), NOW)
        grid.refill()
        await pilot.pause()
        assert grid.model.cursor == 0
        assert "r099" in lines(app)[1]
        await pilot.press("j")
        grid.model.sort(("name",), NOW)
        grid.refill()
        await pilot.pause()
        assert grid.model.row is not None
        assert grid.model.row.name == "r098"
        assert "r098" in screen_text(app)


async def test_a_cursor_that_is_put_somewhere_stays_there() -> None:
    async with grid_of(*some(100)) as (pilot, grid, app):
        grid.put_cursor(70)
        await pilot.pause()
        grid.refill()
        await pilot.pause()
        assert grid.model.cursor == 70
        assert "r070" in screen_text(app)
