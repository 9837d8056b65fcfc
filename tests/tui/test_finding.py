"""Scopes, faults, groups, orders, filters and completion, under their keys."""

from __future__ import annotations

from pathlib import Path

from textual import events
from textual.widgets import Input

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.tui.finding.saved_state import StateFile
from flywheel_tui.tui.finding.session import Session
from flywheel_tui.tui.screens.runner.screen import RunnerScreen
from flywheel_tui.tui.widgets.dialog import Dialog
from tests.tui.conftest import screen_text
from tests.tui.console import enter, listed, lists, running, said, settle, titled, two_groups
from tests.tui.scripted import (
    WRONG_TOKEN,
    ScriptedFleet,
    feed,
    live_feeds,
    picture,
    runner,
)

# The scope


async def test_a_scope_is_one_for_all_pages() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await enter(pilot, ":scope infra/build")
        assert listed(pilot) == ["build-1", "build-2"]
        assert titled(pilot).startswith("runners(infra/build)[2/4]")
        await enter(pilot, ":pods")
        assert listed(pilot) == []
        assert "None of 2 pods is in the scope infra/build." in screen_text(pilot.app)
        assert "0 shows everything" in screen_text(pilot.app)
        await enter(pilot, ":ns acme")
        assert listed(pilot) == ["arc-runners/arc-1"]
        await enter(pilot, ":scalesets")
        assert listed(pilot) == ["arc-runners/arc"]
        await pilot.press("0")
        await enter(pilot, ":pods")
        assert len(listed(pilot)) == 2


async def test_scopes_can_be_several_and_left_out() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await enter(pilot, ":scope infra/build,ACME")
        assert listed(pilot) == ["arc", "build-1", "build-2"]
        await enter(pilot, ":ctx !infra/build")
        assert listed(pilot) == ["arc", "deploy"]


async def test_digits_choose_and_keep_scopes() -> None:
    session = Session()
    async with running(ScriptedFleet(two_groups()), session=session, size=(160, 40)) as pilot:
        await pilot.press("5")
        assert "No scope is kept under 5." in said(pilot)
        await enter(pilot, ":scope infra")
        await pilot.press("1")
        assert listed(pilot) == ["build-1", "build-2", "deploy"]
        await pilot.press("2")
        assert listed(pilot) == ["arc"]
        await pilot.press("3", "plus")
        assert listed(pilot) == ["build-1", "build-2", "deploy"]
        assert said(pilot) == "infra is kept under 3."
        await pilot.press("plus")
        assert said(pilot) == "infra is no longer kept."
        assert session.favourite(3) is None
        await pilot.press("0", "plus")
        assert "Everything is shown" in said(pilot)


async def test_favourites_are_hinted_where_there_is_room() -> None:
    async with running(ScriptedFleet(two_groups()), size=(200, 50)) as pilot:
        await enter(pilot, ":scope infra")
        assert "0 all" in screen_text(pilot.app)
        assert "3 infra" in screen_text(pilot.app)


async def test_a_scope_that_nothing_belongs_to_names_the_nearest() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await enter(pilot, ":scope infra/biuld")
        assert "Nothing belongs to infra/biuld. Did you mean infra/build?" in said(pilot)
        assert len(listed(pilot)) == 4


async def test_a_scope_may_be_named_before_it_is_read() -> None:
    reading = feed(SourceKind.GITLAB, age_s=None)
    async with running(ScriptedFleet(picture([], [reading]))) as pilot:
        await enter(pilot, ":scope later")
        assert titled(pilot).startswith("runners(later)[–]")


async def test_scope_without_a_name_lets_one_choose() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await enter(pilot, ":scope")
        assert "infra/build" in screen_text(pilot.app)
        screen = pilot.app.screen
        assert isinstance(screen, Dialog)
        screen.dismiss("infra/build")
        await settle(pilot)
        assert listed(pilot) == ["build-1", "build-2"]


async def test_a_pod_follows_its_runner_into_the_scope() -> None:
    whole = two_groups()
    alone = picture([], pods=whole.fleet.pods.values())
    fleet = ScriptedFleet(alone)
    async with running(fleet) as pilot:
        pilot.app.deck.session.choose_scope("acme")  # type: ignore[attr-defined]
        await enter(pilot, ":pods")
        assert listed(pilot) == []
        fleet.show(whole)
        await settle(pilot)
        assert listed(pilot) == ["arc-runners/arc-1"]


# Faults


async def test_faults_follow_the_state_of_their_source() -> None:
    fleet = ScriptedFleet(picture([runner("a")], live_feeds()))
    async with running(fleet) as pilot:
        await enter(pilot, ":faults")
        assert listed(pilot) == []
        assert "Only faults are shown, and there are none." in screen_text(pilot.app)
        feeds = [feed(SourceKind.GITLAB, failure=WRONG_TOKEN), *live_feeds()[1:]]
        fleet.show(picture([runner("a")], feeds, generation=2))
        await settle(pilot)
        assert listed(pilot) == ["a"]


# Groups


async def test_groups_go_round_and_fold() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("number_sign")
        assert listed(pilot) == ["[github]", "arc", "[gitlab]", "build-1", "build-2", "deploy"]
        assert "by forge" in titled(pilot)
        await pilot.press("g", "enter")
        assert listed(pilot) == ["[github]", "[gitlab]", "build-1", "build-2", "deploy"]
        await enter(pilot, ":fold")
        assert listed(pilot) == ["[github]", "[gitlab]"]
        await enter(pilot, ":unfold")
        assert len(listed(pilot)) == 6
        await pilot.press("number_sign")
        assert "by owner" in titled(pilot)
        await pilot.press("number_sign", "number_sign")
        assert "[" not in "".join(listed(pilot))


async def test_groups_by_command() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await enter(pilot, ":group tag")
        assert listed(pilot)[:3] == ["[gpu]", "arc", "build-1"]
        await enter(pilot, ":group group")
        assert listed(pilot)[0] == "[acme]"
        await enter(pilot, ":group none")
        assert len(listed(pilot)) == 4
        await enter(pilot, ":group age")
        assert "cannot be grouped by age" in said(pilot)
        await enter(pilot, ":fold")
        assert "There are no groups." in said(pilot)


# Sorting


async def test_the_same_sort_key_again_turns_the_order_round() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("N")
        assert listed(pilot) == ["arc", "build-1", "build-2", "deploy"]
        await pilot.press("N")
        assert listed(pilot) == ["deploy", "build-2", "build-1", "arc"]
        await enter(pilot, ":sort mem asc")
        assert "memory↑" in titled(pilot)


async def test_orders_and_histories_come_back_in_the_next_session(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "console.json")
    async with running(ScriptedFleet(two_groups()), session=Session(file)) as pilot:
        await pilot.press("N", "N")
        await enter(pilot, "/build")
        await enter(pilot, "/deploy")
        await enter(pilot, ":pods")
        await enter(pilot, "/stray")
        await enter(pilot, ":q")
    async with running(ScriptedFleet(two_groups()), session=Session(file)) as pilot:
        assert listed(pilot) == ["deploy", "build-2", "build-1", "arc"]
        await pilot.press("slash", *"dr", "up")
        field = pilot.app.screen.query_one(Input)
        assert field.value == "deploy"
        await pilot.press("up")
        assert field.value == "build"
        await pilot.press("down", "down")
        assert field.value == "dr"
        await pilot.press("escape")
        await pilot.press("colon", "up", "up")
        assert pilot.app.screen.query_one(Input).value == "pods"


# The filter


async def test_the_filter_is_recalled_for_editing_and_cleared_by_a_key() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await enter(pilot, "/build")
        await pilot.press("slash", "minus", "1", "enter")
        await settle(pilot)
        assert listed(pilot) == ["build-1"]
        await pilot.press("ctrl+q")
        assert len(listed(pilot)) == 4
        await pilot.press("ctrl+u")
        assert said(pilot) == "There is no filter."


async def test_rows_stay_while_a_term_is_unfinished() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await enter(pilot, "/build")
        await pilot.press("slash")
        pilot.app.screen.query_one(Input).value = "build cpu>"
        await settle(pilot)
        assert listed(pilot) == ["build-1", "build-2"]
        assert "cpu> needs a value." in titled(pilot)


async def test_a_pasted_filter_is_a_filter() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("slash")
        await settle(pilot)
        pilot.app.post_message(events.Paste("tag:nix\n!gpu"))
        await settle(pilot)
        assert listed(pilot) == ["build-2"]


async def test_tab_completes_fields_and_values_and_goes_round() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("slash", *"own", "tab", *"in", "tab", "enter")
        await settle(pilot)
        assert lists(pilot).filter_text == "owner:infra"
        await pilot.press("ctrl+q", "slash", *"tag:", "tab")
        field = pilot.app.screen.query_one(Input)
        assert field.value == "tag:gpu"
        await pilot.press("tab")
        assert field.value == "tag:nix"
        await pilot.press("tab")
        assert field.value == "tag:gpu"
        await pilot.press("shift+tab")
        assert field.value == "tag:nix"


async def test_tab_completes_names_after_a_command_also_when_typed_ahead() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        for key in (":", *"describe bu", "tab", "tab", "enter"):
            names = {":": "colon", " ": "space"}
            pilot.app.post_message(events.Key(names.get(key, key), key if len(key) == 1 else None))
        await settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, RunnerScreen)
        assert screen.key == "prod/gitlab/build-2"
