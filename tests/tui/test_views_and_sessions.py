"""Saved views and the last session, under their keys."""

from __future__ import annotations

from pathlib import Path

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.tui.finding.saved_state import Arrangement, Favourite, SavedState, SavedView, StateFile
from flywheel_tui.tui.finding.session import Session
from flywheel_tui.tui.widgets.dialog import Dialog
from tests.tui.conftest import screen_text
from tests.tui.console import choose, enter, listed, lists, running, said, settle, titled, two_groups, under
from tests.tui.scripted import (
    ScriptedFleet,
    feed,
    picture,
)

# Saved views


async def test_a_view_is_saved_shown_and_forgotten(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "console.json")
    async with running(ScriptedFleet(two_groups()), session=Session(file)) as pilot:
        await enter(pilot, ":scope infra")
        await enter(pilot, "/nix")
        await pilot.press("number_sign", "ctrl+w", "N")
        await pilot.press("ctrl+s", *"nights", "enter")
        await settle(pilot)
        assert said(pilot) == "Saved. :view nights shows this list again."
        assert "nights" in titled(pilot)
        await pilot.press("O")
        assert "nights" not in titled(pilot)
    async with running(ScriptedFleet(two_groups()), session=Session(file)) as pilot:
        await enter(pilot, ":pods")
        await enter(pilot, ":view nights")
        assert listed(pilot) == ["[gitlab]", "build-1", "build-2"]
        assert titled(pilot).startswith("runners(infra)[2/4]  nights  /nix  by forge  name↑  all columns")
        await enter(pilot, ":view days")
        assert "There is no view days. There are nights." in said(pilot)
        await enter(pilot, ":unview nights")
        assert "Forget the view nights?" in screen_text(pilot.app)
        await choose(pilot, "n")
        assert "nights" in Session(file).state.views
        await enter(pilot, ":unview nights")
        await choose(pilot, "y")
        assert said(pilot) == "The view nights is forgotten."
        assert Session(file).state.views == {}
        await enter(pilot, ":views")
        assert "No view is saved yet." in said(pilot)


async def test_saving_over_a_view_asks_and_the_same_does_not() -> None:
    session = Session()
    async with running(ScriptedFleet(two_groups()), session=session) as pilot:
        await enter(pilot, ":save mine")
        await enter(pilot, ":save mine")
        await enter(pilot, "/build")
        await enter(pilot, ":save mine")
        assert "Save over the view mine?" in screen_text(pilot.app)
        await choose(pilot, "n")
        assert session.state.views["mine"].arrangement.filter == ""
        await enter(pilot, ":save mine")
        await choose(pilot, "s")
        assert session.state.views["mine"].arrangement.filter == "build"
        await pilot.press("ctrl+s", "ctrl+u", "enter")
        await settle(pilot)
        assert said(pilot) == "A view needs a name."


async def test_view_without_a_name_lets_one_choose() -> None:
    session = Session()
    session.save_view("a", SavedView(page="pods", arrangement=Arrangement(filter="stray")))
    session.save_view("gone", SavedView(page="machines"))
    async with running(ScriptedFleet(two_groups()), session=session) as pilot:
        await enter(pilot, ":view")
        assert "a: pods, everything, /stray" in screen_text(pilot.app)
        screen = pilot.app.screen
        assert isinstance(screen, Dialog)
        screen.dismiss("a")
        await settle(pilot)
        assert listed(pilot) == ["arc-runners/stray"]
        await enter(pilot, ":view gone")
        assert pilot.app.current_mode == "runners"


async def test_a_view_of_an_earlier_version_shows_what_still_makes_sense() -> None:
    session = Session()
    odd = Arrangement(filter="colour:red", sort=("colour",), group="colour", faults=True)
    session.save_view("odd", SavedView(page="runners", arrangement=odd))
    async with running(ScriptedFleet(two_groups()), session=session) as pilot:
        await enter(pilot, ":view odd")
        assert "There is no field colour." in said(pilot)
        assert lists(pilot).faults_only
        assert lists(pilot).grid.model.order[0] == "-severity"


# The last session


async def test_the_last_session_is_taken_up(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "console.json")
    async with running(ScriptedFleet(two_groups()), session=Session(file)) as pilot:
        await enter(pilot, ":scope infra")
        await enter(pilot, "/build")
        await pilot.press("N", "space", "j", "space")
        await enter(pilot, ":alerts")
        await enter(pilot, ":runners")
        await pilot.press("ctrl+c", "ctrl+c")
    async with running(ScriptedFleet(two_groups()), session=Session(file), resume=True) as pilot:
        assert titled(pilot).startswith("runners(infra)[2/4]  /build  2 marked  name↑")
        assert under(pilot) == "build-2"
        assert lists(pilot).grid.model.marked == ("prod/gitlab/build-1", "prod/gitlab/build-2")


async def test_marks_that_a_filter_hides_and_what_was_found_come_back(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "console.json")
    async with running(ScriptedFleet(two_groups()), session=Session(file)) as pilot:
        await pilot.press("I")
        await enter(pilot, "/build")
        await enter(pilot, ":find build-2")
        await enter(pilot, ":q")
    async with running(ScriptedFleet(two_groups()), session=Session(file), resume=True) as pilot:
        assert titled(pilot).startswith("find(build-2)[1]")
        await enter(pilot, ":runners")
        assert "4 marked, 2 of them hidden" in titled(pilot)


async def test_without_the_option_only_a_cut_off_session_is_offered(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "console.json")
    fleet = ScriptedFleet(two_groups())
    async with running(fleet, session=Session(file)) as pilot:
        await enter(pilot, ":pods")
        await enter(pilot, "/stray")
        pilot.app.hang_up()  # type: ignore[attr-defined]
    fleet.advance(300)
    async with running(fleet, session=Session(file)) as pilot:
        assert said(pilot) == "The last session was cut off 5m ago; :resume takes it up."
        assert pilot.app.current_mode == "runners"
        await enter(pilot, ":resume")
        assert listed(pilot) == ["arc-runners/stray"]
        await enter(pilot, ":q")
    async with running(fleet, session=Session(file)) as pilot:
        assert said(pilot) == ""


async def test_the_cursor_waits_for_its_row(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "console.json")
    async with running(ScriptedFleet(two_groups()), session=Session(file)) as pilot:
        await pilot.press("G")
        last = under(pilot)
        await enter(pilot, ":q")
    empty = picture([], [feed(SourceKind.GITLAB, age_s=None)])
    fleet = ScriptedFleet(empty)
    async with running(fleet, session=Session(file), resume=True) as pilot:
        assert listed(pilot) == []
        fleet.show(two_groups())
        await settle(pilot)
        assert under(pilot) == last


async def test_nothing_to_take_up_is_told(tmp_path: Path) -> None:
    async with running(ScriptedFleet(two_groups()), resume=True) as pilot:
        assert "There is no earlier session to take up." in said(pilot)


async def test_a_broken_state_file_is_told_once(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "console.json")
    file.path.write_text("{")
    async with running(ScriptedFleet(two_groups()), session=Session(file), size=(200, 50)) as pilot:
        assert "The saved state could not be understood" in said(pilot)
        await enter(pilot, ":q")
    async with running(ScriptedFleet(two_groups()), session=Session(file)) as pilot:
        assert said(pilot) == ""


async def test_a_state_that_cannot_be_written_does_not_keep_the_console_open(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.touch()
    session = Session(StateFile(blocker / "console.json"))
    async with running(ScriptedFleet(two_groups()), session=session) as pilot:
        await enter(pilot, ":save mine")
        assert "holds for this session only" in said(pilot)
        await enter(pilot, ":q")
        assert not pilot.app.is_running
        assert "cannot be written" in str(pilot.app._exit_renderables[0])


async def test_a_view_of_what_was_found_finds_it_again() -> None:
    session = Session()
    async with running(ScriptedFleet(two_groups()), session=session) as pilot:
        await enter(pilot, ":find build-2")
        await enter(pilot, ":save twos")
        await enter(pilot, ":find arc")
        await enter(pilot, ":view twos")
        await settle(pilot)
        assert listed(pilot) == ["build-2"]
        assert titled(pilot).startswith("find(build-2)[1]  twos")


async def test_what_was_written_by_hand_into_the_saved_state_is_told() -> None:
    session = Session()
    session.state = SavedState(favourites={3: Favourite(scope=",")}, views={"odd": SavedView(page="pods", scope=",")})
    async with running(ScriptedFleet(two_groups()), session=session) as pilot:
        await pilot.press("3")
        assert "lacks a name" in said(pilot)
        await enter(pilot, ":view")
        dialog = pilot.app.screen
        assert isinstance(dialog, Dialog)
        dialog.dismiss("odd")
        await settle(pilot)
        assert "lacks a name" in said(pilot)
