"""Finding a text in everything, and going to where it was found."""

from __future__ import annotations

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.tui.screens.find.screen import FindScreen
from flywheel_tui.tui.screens.sources.screen import SourcesScreen
from flywheel_tui.tui.widgets.tone import Tone
from tests.tui.conftest import screen_text
from tests.tui.console import enter, listed, lists, running, said, settle, titled, two_groups, under
from tests.tui.scripted import (
    WRONG_TOKEN,
    ScriptedFleet,
    feed,
    live_feeds,
    picture,
    runner,
)

# Finding


async def test_find_looks_everywhere_and_enter_goes_there() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await enter(pilot, ":pods")
        await enter(pilot, "/stray")
        await enter(pilot, ":find arc-1")
        assert listed(pilot) == ["arc-runners/arc-1"]
        assert titled(pilot).startswith("find(arc-1)[1]")
        await pilot.press("enter")
        await settle(pilot)
        assert pilot.app.current_mode == "pods"
        assert under(pilot) == "arc-runners/arc-1"
        assert said(pilot) == "The filter was taken away to show arc-runners/arc-1."


async def test_find_reveals_a_row_whatever_hides_it() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("ctrl+z", "number_sign")
        await enter(pilot, ":fold")
        await enter(pilot, ":scope acme")
        await enter(pilot, ":find build-2")
        assert listed(pilot) == ["build-2"]
        assert titled(pilot).startswith("find(build-2)[1]")
        await pilot.press("enter")
        await settle(pilot)
        assert under(pilot) == "build-2"
        assert said(pilot) == "The narrowing to faults and the scope were taken away to show build-2."


async def test_find_is_live_and_says_when_there_is_nothing() -> None:
    fleet = ScriptedFleet(two_groups())
    async with running(fleet) as pilot:
        await pilot.press("f9")
        await settle(pilot)
        assert "Write :find TEXT" in screen_text(pilot.app)
        await enter(pilot, ":find zebra")
        assert "zebra is found nowhere." in screen_text(pilot.app)
        fleet.show(picture([runner("a", owner="zebra")], generation=2))
        await settle(pilot)
        assert listed(pilot) == ["a"]
        assert "owner" in screen_text(pilot.app)
        fleet.show(picture([runner("a", owner="lion")], generation=3))
        await settle(pilot)
        assert "a" not in [
            name for name in listed(pilot) if not lists(pilot).grid.model.is_ghost("runners prod/gitlab/a")
        ]


async def test_find_looks_into_sources_and_goes_to_their_page() -> None:
    feeds = [feed(SourceKind.GITHUB, age_s=None, failure=WRONG_TOKEN), *live_feeds()[2:]]
    async with running(ScriptedFleet(picture([runner("a")], feeds))) as pilot:
        await enter(pilot, ":find accept the token")
        assert listed(pilot) == ["prod/github"]
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SourcesScreen)
        assert said(pilot) == "Sources have no rows: look below the name prod/github."


async def test_a_source_that_was_found_is_scrolled_to() -> None:
    feeds = [feed(kind, context=name) for name in ("prod", "test") for kind in SourceKind]
    async with running(ScriptedFleet(picture([runner("a")], feeds)), size=(80, 24)) as pilot:
        await enter(pilot, ":find test/gitlab")
        await pilot.press("enter")
        await settle(pilot)
        assert screen_text(pilot.app).splitlines()[1].strip() == "test/gitlab"


async def test_what_is_found_stands_out_and_the_keys_say_where_they_lead() -> None:
    async with running(ScriptedFleet(two_groups()), size=(160, 40)) as pilot:
        await enter(pilot, ":find INFRA build")
        rows = [lists(pilot).grid.line_at(y) for y in (1, 2)]
        assert [listed(pilot), titled(pilot).split()[0]] == [["build-1", "build-2"], "find(INFRA"]
        for line in rows:
            assert [part.text for part in line.pieces if part.over is Tone.MATCH] == ["build", "infra", "build"]
        hints = lists(pilot).bottom.line_at(0).text
        assert "enter go there" in hints
        assert "facts" not in hints
        assert "0 all" not in hints
        await enter(pilot, "/name:2")
        assert "2" in [part.text for part in lists(pilot).grid.line_at(1).pieces if part.over is Tone.MATCH]
        await pilot.press("1")
        assert "here everything is looked at" in said(pilot)
        assert listed(pilot) == ["build-2"]


async def test_what_was_found_of_another_text_does_not_stand_under_this_one() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await enter(pilot, ":find build")
        assert isinstance(pilot.app.screen, FindScreen)
        pilot.app.screen.take_words("arc")
        assert listed(pilot) == []
        assert titled(pilot).startswith("find(arc)[–]")
        await settle(pilot)
        assert "arc" in listed(pilot)


async def test_a_count_says_that_a_source_is_still_to_be_read() -> None:
    feeds = [*live_feeds()[:1], feed(SourceKind.GITHUB, age_s=None, failure=WRONG_TOKEN), *live_feeds()[2:]]
    async with running(ScriptedFleet(picture([runner("a"), runner("b")], feeds))) as pilot:
        assert titled(pilot).startswith("runners(all)[2+]")
        await enter(pilot, "/name:a")
        assert titled(pilot).startswith("runners(all)[1/2+]")
