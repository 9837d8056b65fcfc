"""The console while the fleet lives: what is drawn, when, and how little of it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from textual.geometry import Region
from textual.worker import WorkerFailed

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import RunnerStatus
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.tui.finding.belonging import Belonging
from flywheel_tui.tui.list_screen import ListScreen
from flywheel_tui.tui.store_screen import StoreScreen
from flywheel_tui.tui.widgets.grid.grid import Grid
from flywheel_tui.tui.widgets.lines import Lines
from tests.tui.conftest import screen_text
from tests.tui.console import enter, listed, lists, running, said, under
from tests.tui.scripted import (
    NO_LISTENER,
    ScriptedFleet,
    ago,
    busy_picture,
    feed,
    live_feeds,
    picture,
    pod,
    runner,
    some_runners,
    unread_feeds,
)


@contextmanager
def counted(kind: type[Any], name: str) -> Iterator[list[tuple[Any, ...]]]:
    """Record the positional arguments of every call of a method."""
    calls: list[tuple[Any, ...]] = []
    original = getattr(kind, name)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - stands in for any method
        calls.append((self, *args))
        return original(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, name, method)
        yield calls


def regions(calls: list[tuple[Any, ...]], kind: type[Any]) -> list[Region]:
    return [region for widget, *given in calls if isinstance(widget, kind) for region in given]


async def test_the_fleet_runs_once_the_first_frame_is_drawn() -> None:
    fleet = ScriptedFleet(busy_picture())
    async with running(fleet) as pilot:
        await fleet.started.wait()
        assert "arc-gpu-a100" in screen_text(pilot.app)


async def test_a_bug_in_the_fleet_is_not_hidden() -> None:
    fleet = ScriptedFleet(busy_picture())
    fleet.failure = RuntimeError("a bug")
    with pytest.raises(WorkerFailed, match="a bug"):
        async with running(fleet) as pilot:
            await pilot.pause()


async def test_a_burst_of_changes_is_drawn_once() -> None:
    fleet = ScriptedFleet(busy_picture())
    async with running(fleet) as pilot:
        with counted(ListScreen, "draw") as draws:
            for generation in range(2, 102):
                fleet.show(picture([runner("a", busy=generation)], generation=generation))
            await pilot.pause()
        assert len(draws) == 1
        assert "101" in screen_text(pilot.app)


async def test_a_hidden_page_draws_nothing_and_catches_up_when_it_is_seen_again() -> None:
    fleet = ScriptedFleet(busy_picture())
    async with running(fleet) as pilot:
        await enter(pilot, ":sources")
        with counted(ListScreen, "draw") as draws:
            fleet.show(picture([runner("late")], generation=2))
            fleet.show(picture([runner("later")], generation=3))
            await pilot.pause()
            assert len(draws) == 0
            await enter(pilot, ":runners")
            assert len(draws) == 1
        assert lists(pilot).grid.model.row_count == 1
        assert "later" in listed(pilot)


async def test_a_page_that_is_left_is_told_of_nothing_any_more() -> None:
    fleet = ScriptedFleet(busy_picture())
    # Pages hand their method to the fleet when they are mounted: it is to be counted from then on.
    with counted(StoreScreen, "_fleet_changed") as told:
        async with running(fleet) as pilot:
            stays = lists(pilot)
            await pilot.press("enter")
            await pilot.pause()
            left = pilot.app.screen
            fleet.show(picture([runner("late")], generation=2))
            assert {page for page, *_ in told} == {left, stays}
            await pilot.press("q")
            await pilot.pause()
            told.clear()
            fleet.show(picture([runner("later")], generation=3))
            assert [page for page, *_ in told] == [stays]


async def test_only_the_cells_that_changed_are_sent() -> None:
    fleet = ScriptedFleet(busy_picture())
    async with running(fleet) as pilot:
        changed = [
            msgspec.structs.replace(row, busy=39) if row.name == "gl-linux-xl" else row for row in some_runners()
        ]
        totals = busy_picture().fleet.totals
        after = picture(changed, generation=2)
        after = type(after)(after.snapshot, msgspec.structs.replace(after.fleet, totals=totals))
        with counted(Lines, "refresh") as refreshes:
            fleet.show(after)
            await pilot.pause()
        grid = lists(pilot).grid
        # The figure, which is underlined now, and the arrow behind it.
        assert [region.size for region in regions(refreshes, Grid)] == [(len("39/40↑"), 1)]
        assert all(widget is grid for widget, *_ in refreshes)
        assert "39/40" in screen_text(pilot.app)


async def test_a_change_outside_the_page_sends_nothing() -> None:
    rows = [runner(f"r{number:04}", busy=0) for number in range(500)]
    fleet = ScriptedFleet(picture(rows))
    async with running(fleet) as pilot:
        rows[400] = msgspec.structs.replace(rows[400], busy=7)
        with counted(Lines, "refresh") as refreshes:
            fleet.show(picture(rows, generation=2))
            await pilot.pause()
        assert refreshes == []
        await pilot.press("G")
        assert lists(pilot).grid.model.rows[rows[400].key].busy == 7


async def test_a_tick_without_anything_new_sends_nothing() -> None:
    async with running() as pilot:
        with counted(Lines, "refresh") as refreshes:
            lists(pilot)._tick()
        assert refreshes == []


async def test_a_tick_sends_the_ages_that_changed() -> None:
    fleet = ScriptedFleet(picture([runner("old"), runner("young", created_at=ago(seconds=35))]))
    async with running(fleet) as pilot:
        fleet.advance(5)
        with counted(Lines, "refresh") as refreshes:
            lists(pilot)._tick()
        sent = regions(refreshes, Grid)
        assert [(region.y, region.height) for region in sent] == [(2, 1)]
        await pilot.pause()
        assert "40s" in screen_text(pilot.app)
        assert "GL live 10s" in screen_text(pilot.app)


async def test_a_page_that_is_covered_is_drawn_when_it_is_seen_again() -> None:
    fleet = ScriptedFleet(busy_picture())
    async with running(fleet) as pilot:
        page = lists(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        with counted(ListScreen, "draw") as drawn:
            fleet.show(picture([runner("new")], generation=2))
            page._tick()
            await pilot.pause()
            assert drawn == []
            await pilot.press("q")
            await pilot.pause()
            assert [screen for screen, *_ in drawn] == [page]
        assert "new" in listed(pilot)


async def test_a_page_under_a_dialog_stays_live() -> None:
    fleet = ScriptedFleet(busy_picture())
    async with running(fleet) as pilot:
        page = lists(pilot)
        await pilot.press("Y")
        await pilot.pause()
        assert pilot.app.screen is not page
        fleet.show(picture([runner("new")], generation=2))
        await pilot.pause()
        assert [row.name for row in page.grid.model.rows.values()] == ["new"]


async def test_a_page_that_opens_narrowed_looks_at_each_row_once() -> None:
    fleet = ScriptedFleet(picture([runner("a")], pods=[pod(f"p{number}") for number in range(300)]))
    async with running(fleet) as pilot:
        await enter(pilot, ":scope arc-runners")
        with counted(Belonging, "names") as asked:
            await pilot.press("f4")
            await pilot.pause()
            assert len(listed(pilot)) == len(asked) == 300


async def test_ten_thousand_rows_cost_what_is_visible() -> None:
    rows = [runner(f"r{number:05}", busy=0) for number in range(10_000)]
    fleet = ScriptedFleet(picture(rows))
    async with running(fleet) as pilot:
        assert "runners(all)[10000]" in screen_text(pilot.app)
        rows[::20] = [msgspec.structs.replace(row, busy=3) for row in rows[::20]]
        with counted(Grid, "_entry_line") as drawn:
            fleet.show(picture(rows, generation=2))
            await pilot.pause()
        assert {index for _, index in drawn} <= set(range(lists(pilot).grid.page))
        await pilot.press("slash", *"r099")
        await pilot.pause()
        assert len(listed(pilot)) == 100
        await pilot.press("enter", "G")
        assert under(pilot) == "r09999"


async def test_the_row_under_the_cursor_is_told_when_it_vanishes() -> None:
    fleet = ScriptedFleet(busy_picture())
    async with running(fleet) as pilot:
        await pilot.press("j", "j")
        gone = under(pilot)
        fleet.show(picture([row for row in some_runners() if row.name != gone], generation=2))
        await pilot.pause()
        assert said(pilot) == f"{gone} is gone; its row stays for some seconds."
        assert under(pilot) == gone
        fleet.advance(5)
        lists(pilot)._tick()
        assert under(pilot) == "arc-linux-x64"


async def test_the_worst_rows_stay_on_top_while_the_first_readings_come_in() -> None:
    fleet = ScriptedFleet(picture((), unread_feeds()))
    async with running(fleet, size=(80, 24)) as pilot:
        unread = unread_feeds()
        fleet.show(
            picture([runner(f"m{number:02}") for number in range(40)], [live_feeds()[0], *unread[1:]], generation=2)
        )
        await pilot.pause()
        worse = runner("arc", severity=Severity.CRITICAL, status=RunnerStatus.OFFLINE, verdicts=(NO_LISTENER,))
        fleet.show(picture([*(runner(f"m{number:02}") for number in range(40)), worse], live_feeds(), generation=3))
        await pilot.pause()
        assert under(pilot) == "arc"


async def test_a_chosen_row_stays_under_the_cursor_while_others_sort_before_it() -> None:
    fleet = ScriptedFleet(picture([runner("b"), runner("c"), runner("d")]))
    async with running(fleet) as pilot:
        await pilot.press("j")
        fleet.show(picture([runner("a"), runner("b"), runner("c"), runner("d")], generation=2))
        await pilot.pause()
        assert under(pilot) == "c"
        cursor_line = next(line for line in screen_text(pilot.app).splitlines() if " c " in line)
        assert cursor_line == screen_text(pilot.app).splitlines()[4 + 2]


async def test_a_cursor_that_nobody_moved_does_not_take_the_view_along() -> None:
    worst = {"severity": Severity.CRITICAL, "status": RunnerStatus.OFFLINE}
    busy = {"status": RunnerStatus.BUSY}
    rows = [runner(f"r{number:03}", **(worst if number in {50, 60} else busy)) for number in range(100)]
    fleet = ScriptedFleet(picture(rows))
    async with running(fleet, size=(80, 24)) as pilot:
        assert under(pilot) == "r050"
        rows[50] = runner("r050", status=RunnerStatus.ONLINE)
        fleet.show(picture(rows, generation=2))
        await pilot.pause()
        assert under(pilot) == "r060"
        assert "r060" in lists(pilot).grid.line_at(1).text
        assert lists(pilot).grid.scroll_offset.y == 0


async def test_rows_go_stale_when_their_source_falls_silent_and_nothing_else_does() -> None:
    fleet = ScriptedFleet(busy_picture())
    async with running(fleet) as pilot:
        fleet.advance(200)
        fresh = [
            row if row.kind is SourceKind.GITLAB else msgspec.structs.replace(row, fetched_at=fleet.now)
            for row in live_feeds()
        ]
        fleet.show(busy_picture(fresh))
        await pilot.pause()
        lines = screen_text(pilot.app).splitlines()
        stale = [line for line in lines if line.startswith("~")]
        assert len(stale) == 6
        assert all(" gl-" in line for line in stale)
        assert "GL stale 3m" in "\n".join(lines)
        assert "GH live 0s" in "\n".join(lines)


async def test_without_fresh_metrics_only_the_cells_they_tell_are_marked() -> None:
    old = feed(SourceKind.PROMETHEUS, age_s=300)
    feeds = [old if row.kind is SourceKind.PROMETHEUS else row for row in live_feeds()]
    async with running(ScriptedFleet(busy_picture(feeds))) as pilot:
        lines = screen_text(pilot.app).splitlines()
        assert not [line for line in lines if line.startswith("~")]
        marked = next(line for line in lines if "gl-linux-s " in line)
        assert " ~31 " in marked
        assert " ~44 " in marked
        assert " 22/60 " in marked
        unknown = next(line for line in lines if "gl-windows" in line)
        assert "~" not in unknown


async def test_silence_alone_makes_rows_stale_at_the_next_tick() -> None:
    fleet = ScriptedFleet(busy_picture())
    async with running(fleet) as pilot:
        fleet.advance(70)
        lists(pilot)._tick()
        await pilot.pause()
        assert "~▲ gl-linux-xl" in screen_text(pilot.app)
        await pilot.press("ctrl+z")
        assert len(listed(pilot)) == 10


async def test_a_source_that_answers_without_news_stays_live() -> None:
    fleet = ScriptedFleet(busy_picture())
    async with running(fleet) as pilot:
        fleet.advance(70)
        confirmed = [msgspec.structs.replace(row, fetched_at=fleet.now) for row in live_feeds()]
        fleet.confirm(busy_picture(confirmed))
        lists(pilot)._tick()
        await pilot.pause()
        assert "~" not in screen_text(pilot.app)
        assert "GL live 0s" in screen_text(pilot.app)


async def test_recovery_takes_the_marks_away() -> None:
    stale = feed(SourceKind.GITLAB, age_s=300)
    fleet = ScriptedFleet(busy_picture([stale, *live_feeds()[1:]]))
    async with running(fleet) as pilot:
        assert "~" in screen_text(pilot.app)
        fleet.show(busy_picture())
        await pilot.pause()
        assert "~" not in screen_text(pilot.app)


async def test_seconds_are_counted_while_the_first_readings_are_under_way() -> None:
    fleet = ScriptedFleet(picture((), unread_feeds()))
    async with running(fleet) as pilot:
        fleet.advance(4)
        lists(pilot)._show_notice()
        await pilot.pause()
        assert "reading prod/gitlab, 4 s" in screen_text(pilot.app)
        fleet.show(busy_picture())
        await pilot.pause()
        assert "reading" not in screen_text(pilot.app)


async def test_the_cursor_moving_sends_two_lines() -> None:
    async with running() as pilot:
        with counted(Lines, "refresh") as refreshes:
            await pilot.press("j")
        assert {region.y for region in regions(refreshes, Grid)} == {1, 2}


async def test_filters_on_ages_follow_the_time() -> None:
    fleet = ScriptedFleet(picture([runner("young", created_at=ago(minutes=50)), runner("old")]))
    async with running(fleet) as pilot:
        await enter(pilot, "/age<1h")
        assert listed(pilot) == ["young"]
        fleet.advance(3600)
        for _ in range(12):
            lists(pilot)._tick()
        assert listed(pilot) == []
