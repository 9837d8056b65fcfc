"""Holding the picture still, the poll rate, the short header, and the preview pane, under their keys."""

from __future__ import annotations

import pytest
from textual import events

from flywheel_tui.domain.fleet import Runner
from flywheel_tui.tui.widgets import preview
from flywheel_tui.tui.widgets.grid.shown import Entry
from flywheel_tui.tui.widgets.line import Line
from tests.tui.conftest import screen_text
from tests.tui.console import enter, listed, lists, running, said, under
from tests.tui.scripted import ScriptedFleet, busy_picture, picture, pod, runner


async def test_a_held_picture_keeps_its_rows_and_counts_what_waits() -> None:
    fleet = ScriptedFleet(picture([runner("one"), runner("two")]))
    async with running(fleet, size=(160, 40)) as pilot:
        await pilot.press("z")
        fleet.show(picture([runner("one"), runner("three")]))
        await pilot.pause()
        assert listed(pilot) == ["one", "two"]
        assert "FROZEN 12:00:00Z +2 waiting" in screen_text(pilot.app)
        await pilot.press("z")
        await pilot.pause()
        assert {"one", "three"} <= set(listed(pilot))
        assert "FROZEN" not in screen_text(pilot.app)
        assert "2 rows came, went or changed" in said(pilot)


def busier(*names: str) -> list[Runner]:
    return [runner(name, busy=3, capacity=4) for name in names]


async def test_nothing_ends_while_the_picture_is_held() -> None:
    fleet = ScriptedFleet(picture([runner("one"), runner("two"), runner("three", busy=1, capacity=4)]))
    async with running(fleet, size=(160, 40)) as pilot:
        await pilot.press("j")
        fleet.show(picture([runner("two"), *busier("three")]))
        await pilot.pause()
        await pilot.press("z")
        before = [lists(pilot).grid.line_at(y) for y in range(6)]
        assert "† one" in before[1].text
        assert "3/4↑" in before[2].text
        fleet.advance(60)
        lists(pilot).grid._expire()
        lists(pilot)._tick()
        assert [lists(pilot).grid.line_at(y) for y in range(6)] == before
        await pilot.press("z")
        await pilot.pause()
        assert listed(pilot) == ["three", "two"]
        assert "↑" not in lists(pilot).grid.line_at(1).text


@pytest.mark.parametrize(("leave", "back"), [("z", "z"), ("f4", "f2"), ("question_mark", "q")])
async def test_what_nobody_saw_happen_is_no_news_when_it_is_shown(leave: str, back: str) -> None:
    quiet = [runner(name, busy=1, capacity=4) for name in ("one", "two", "three")]
    fleet = ScriptedFleet(picture(quiet))
    async with running(fleet, size=(160, 40)) as pilot:
        await pilot.press("j", "j")
        assert under(pilot) == "two"
        await pilot.press(leave)
        await pilot.pause()
        fleet.show(picture([*busier("three"), *quiet[1:2]]))
        fleet.advance(60)
        fleet.show(picture(busier("three", "four")))
        await pilot.press(back)
        await pilot.pause()
        assert listed(pilot) == ["four", "three"]
        assert not any("↑" in lists(pilot).grid.line_at(y).text for y in (1, 2))
        assert said(pilot) == "two is gone; the cursor is on the nearest row."


async def test_what_happened_a_moment_ago_is_news_also_to_who_comes_back() -> None:
    fleet = ScriptedFleet(picture([runner("one"), runner("two"), runner("three", busy=1, capacity=4)]))
    async with running(fleet, size=(160, 40)) as pilot:
        await pilot.press("z")
        fleet.show(picture([runner("two"), *busier("three")]))
        fleet.advance(2)
        await pilot.press("z")
        await pilot.pause()
        assert "† one" in lists(pilot).grid.line_at(1).text
        assert "3/4↑" in lists(pilot).grid.line_at(2).text


async def test_the_row_that_went_is_called_by_its_name() -> None:
    fleet = ScriptedFleet(picture([runner("build", id="17"), runner("test", id="18")]))
    async with running(fleet) as pilot:
        await pilot.press("j", "k")
        fleet.show(picture([runner("test", id="18")]))
        await pilot.pause()
        assert said(pilot) == "build is gone; its row stays for some seconds."


async def test_a_held_picture_is_held_on_every_page_but_the_sources() -> None:
    fleet = ScriptedFleet(picture([runner("one")]))
    async with running(fleet, size=(160, 40)) as pilot:
        await pilot.press("z")
        fleet.show(busy_picture())
        await enter(pilot, ":pods")
        assert listed(pilot) == []
        await enter(pilot, ":sources")
        assert "prod/gitlab" in screen_text(pilot.app)
        await enter(pilot, ":freeze")
        await enter(pilot, ":pods")
        assert len(listed(pilot)) == len(busy_picture().fleet.pods)


@pytest.mark.parametrize(
    ("typed", "rate", "words"),
    [
        (":rate 10", 10.0, "every 10 s"),
        (":rate 2m", 120.0, "every 120 s"),
        (":rate default", None, "as configured"),
    ],
)
async def test_the_rate_is_passed_on_and_shown(typed: str, rate: float | None, words: str) -> None:
    fleet = ScriptedFleet(busy_picture())
    async with running(fleet, size=(160, 40)) as pilot:
        await enter(pilot, typed)
        assert fleet.rate_s == rate
        assert words in said(pilot)


@pytest.mark.parametrize("typed", [":rate 1", ":rate 2h", ":rate soon", ":rate"])
async def test_a_rate_that_makes_no_sense_is_refused_with_the_next_step(typed: str) -> None:
    fleet = ScriptedFleet(busy_picture())
    async with running(fleet) as pilot:
        await enter(pilot, typed)
        assert fleet.rate_s is None
        assert "Write" in said(pilot)


async def test_few_rows_get_one_line_of_header_and_a_key_turns_that_round() -> None:
    async with running(size=(100, 24)) as pilot:
        header = lists(pilot).header
        assert header.size.height == 1
        await pilot.press("ctrl+e")
        await pilot.pause()
        assert header.size.height == 3
        await pilot.press("ctrl+e")
        await pilot.pause()
        assert header.size.height == 1
        assert "PROD" in screen_text(pilot.app)


async def test_the_preview_follows_the_cursor() -> None:
    async with running(size=(200, 50)) as pilot:
        await pilot.press("p")
        await pilot.pause()
        first, second = listed(pilot)[:2]
        pane = lists(pilot).preview
        assert pane.line_at(0).text.strip("│ ") == first
        await pilot.press("j")
        await pilot.pause()
        assert pane.line_at(0).text.strip("│ ") == second
        await pilot.press("p")
        await pilot.pause()
        assert not pane.display


@pytest.mark.parametrize(("size", "beside"), [((200, 50), True), ((120, 40), False), ((80, 24), False)])
async def test_the_preview_stands_where_there_is_room(size: tuple[int, int], *, beside: bool) -> None:
    async with running(size=size) as pilot:
        await pilot.press("p")
        await pilot.pause()
        screen = lists(pilot)
        assert (screen.preview.region.x > 0) is beside
        assert screen.grid.size.height >= screen.preview.size.height


async def test_the_preview_turns_when_the_terminal_does() -> None:
    async with running(size=(200, 50)) as pilot:
        await pilot.press("p")
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert lists(pilot).preview.region.x == 0


async def test_the_preview_is_drawn_once_for_all_keys_that_came_together(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(size=(200, 50)) as pilot:
        await pilot.press("p")
        await pilot.pause()
        drawn: list[object] = []

        def lines(view: object, entry: Entry[Runner], *rest: object) -> list[Line]:
            drawn.append(entry.row)
            return []

        monkeypatch.setattr(preview, "preview_lines", lines)
        for _ in range(4):
            pilot.app.post_message(events.Key("j", "j"))
        await pilot.pause()
        await pilot.pause()
        assert under(pilot) == listed(pilot)[4]
        assert drawn == [lists(pilot).grid.model.row]


async def test_the_preview_of_what_has_no_page_does_not_offer_one() -> None:
    async with running(ScriptedFleet(picture((), pods=[pod("a"), pod("b")])), size=(80, 24)) as pilot:
        await enter(pilot, ":pods")
        await pilot.press("p")
        await pilot.pause()
        last = [line for y in range(20) if (line := lists(pilot).preview.line_at(y).text.strip())][-1]
        assert last.endswith("lines more.")


async def test_the_preview_of_the_head_of_a_group_is_the_group() -> None:
    async with running(size=(200, 50)) as pilot:
        await enter(pilot, ":group forge")
        await pilot.press("p", "g")
        await pilot.pause()
        assert lists(pilot).preview.line_at(0).text.strip("│ ") == listed(pilot)[0].strip("[]")


async def test_the_preview_of_an_empty_list_says_so() -> None:
    async with running(ScriptedFleet(picture(())), size=(200, 50)) as pilot:
        await pilot.press("p")
        await pilot.pause()
        assert "No row is under the cursor." in screen_text(pilot.app)


async def test_the_preview_of_a_pod_names_its_runner_and_why_it_fails() -> None:
    async with running(size=(200, 50)) as pilot:
        await enter(pilot, ":pods")
        await pilot.press("p")
        await pilot.pause()
        shown = [lists(pilot).preview.line_at(y).text for y in range(40)]
        assert any("namespace" in line for line in shown)
