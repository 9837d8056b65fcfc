"""Holding the picture still, the poll rate, the short header, and the preview pane, under their keys."""

from __future__ import annotations

import pytest

from tests.tui.conftest import screen_text
from tests.tui.console import enter, listed, lists, running, said
from tests.tui.scripted import ScriptedFleet, busy_picture, picture, runner


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
        assert "2 rows differ" in said(pilot)


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
        preview = lists(pilot).preview
        assert preview.line_at(0).text.strip("│ ") == first
        await pilot.press("j")
        assert preview.line_at(0).text.strip("│ ") == second
        await pilot.press("p")
        await pilot.pause()
        assert not preview.display


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
