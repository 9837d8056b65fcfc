"""Scopes, groups, views, history, completion and finding, under their keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.runner import Forge
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.tui.commands import COMMANDS
from flywheel_tui.tui.finding.saved_state import Arrangement, Favourite, SavedState, SavedView, StateFile
from flywheel_tui.tui.finding.session import Session
from flywheel_tui.tui.registry import GROUPS
from flywheel_tui.tui.screens.find.screen import FindScreen
from flywheel_tui.tui.screens.help.screen import HelpScreen
from flywheel_tui.tui.screens.runner.screen import RunnerScreen
from flywheel_tui.tui.screens.sources.screen import SourcesScreen
from flywheel_tui.tui.widgets.dialog import Dialog
from flywheel_tui.tui.widgets.tone import STATUS_MARKS, Tone
from tests.tui.conftest import screen_text
from tests.tui.console import enter, listed, lists, running, said, settle, titled, under
from tests.tui.scripted import (
    WRONG_TOKEN,
    ScriptedFleet,
    ago,
    alert,
    feed,
    live_feeds,
    picture,
    pod,
    runner,
    scale_set,
)


def two_groups() -> Picture:
    arc = runner(
        "arc",
        forge=Forge.GITHUB,
        scope="acme",
        owner="acme",
        tags=("gpu",),
        scale_set="prod/scaleset/arc-runners/arc",
        created_at=ago(days=4),
    )
    return picture(
        [
            runner("build-1", scope="infra/build", owner="infra", tags=("nix", "gpu"), created_at=ago(days=1)),
            runner("build-2", scope="infra/build", owner="infra", tags=("nix",), created_at=ago(days=2)),
            runner("deploy", scope="infra/deploy", owner="infra", tags=(), created_at=ago(days=3)),
            arc,
        ],
        pods=[pod("arc-1"), pod("stray", ready=False)],
        scale_sets=[scale_set("arc")],
        alerts=[alert("Hot")],
        runner_of_pod={"prod/pod/arc-runners/arc-1": arc.key},
    )


async def choose(pilot: Pilot[None], letter: str) -> None:
    """Answer the dialog, once it listens."""
    screen = pilot.app.screen
    assert isinstance(screen, Dialog), screen
    await settle(pilot)
    screen._open_since = 0.0  # the quiet time is over
    await pilot.press(letter)
    await settle(pilot)


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


# The way between pages


async def test_back_forward_and_to_and_fro() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("left_square_bracket")
        assert "no page before" in said(pilot)
        await enter(pilot, "/build")
        await enter(pilot, ":pods")
        await enter(pilot, ":alerts")
        await pilot.press("left_square_bracket", "left_square_bracket")
        await settle(pilot)
        assert pilot.app.current_mode == "runners"
        assert lists(pilot).filter_text == "build"
        await pilot.press("right_square_bracket")
        await settle(pilot)
        assert pilot.app.current_mode == "pods"
        await pilot.press("minus")
        await settle(pilot)
        assert pilot.app.current_mode == "runners"
        await pilot.press("minus")
        await settle(pilot)
        assert pilot.app.current_mode == "pods"
        await pilot.press("enter", "left_square_bracket")
        await settle(pilot)
        assert pilot.app.current_mode == "pods"
        assert listed(pilot)


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


# A k9s user's first ten keys: what they do in k9s's internal/view and internal/ui, they do here


@pytest.mark.parametrize(
    ("keys", "first"),
    [
        (("j",), "build-1"),
        (("j", "j", "k"), "build-1"),
        (("G",), "deploy"),
        (("G", "g"), "arc"),
        (("down",), "build-1"),
    ],
)
async def test_k9s_moving(keys: tuple[str, ...], first: str) -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("N", *keys)
        assert under(pilot) == first


async def test_k9s_colon_goes_to_a_resource() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("colon", *"po", "enter")
        await settle(pilot)
        assert pilot.app.current_mode == "pods"


async def test_k9s_slash_filters_as_typed_and_enter_keeps_it() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("slash", *"depl")
        await settle(pilot)
        assert listed(pilot) == ["deploy"]
        await pilot.press("enter", "g")
        assert listed(pilot) == ["deploy"]


async def test_k9s_question_mark_helps() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("question_mark")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HelpScreen)


async def test_k9s_enter_goes_in_and_escape_comes_out_clearing_the_filter_first() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await enter(pilot, "/deploy")
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, RunnerScreen)
        await pilot.press("escape")
        await settle(pilot)
        assert listed(pilot) == ["deploy"]
        await pilot.press("escape")
        await settle(pilot)
        assert len(listed(pilot)) == 4


@pytest.mark.parametrize("digit", range(10))
async def test_k9s_digits_choose_the_scope(digit: int) -> None:
    session = Session()
    for name in ("s3", "s4", "s5", "s6", "s7", "s8", "s9"):
        session.choose_scope(name)
    scopes = ["", "gitlab", "github", "s3", "s4", "s5", "s6", "s7", "s8", "s9"]
    async with running(ScriptedFleet(two_groups()), session=session) as pilot:
        await pilot.press(str(digit))
        assert session.scope.text == scopes[digit]
        assert titled(pilot).startswith(f"runners({scopes[digit] or 'all'})")


async def test_k9s_shift_n_sorts_by_name_and_back() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("A", "N")
        assert listed(pilot) == ["arc", "build-1", "build-2", "deploy"]
        await pilot.press("N")
        assert listed(pilot)[0] == "deploy"


async def test_k9s_ctrl_z_shows_faults() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await enter(pilot, ":pods")
        await pilot.press("ctrl+z")
        assert listed(pilot) == ["arc-runners/stray"]
        await pilot.press("ctrl+z")
        assert len(listed(pilot)) == 2


async def test_k9s_ctrl_w_shows_all_columns() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        assert "CREATOR" not in screen_text(pilot.app)
        await pilot.press("ctrl+w", *["l"] * 12)
        assert "OWNER" in screen_text(pilot.app)
        await pilot.press("ctrl+w")
        assert not lists(pilot).grid.wide


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


# Help


async def test_help_lists_every_key_command_field_and_sign_once() -> None:
    async with running(ScriptedFleet(two_groups()), size=(120, 40)) as pilot:
        await pilot.press("question_mark")
        await settle(pilot)
        page = pilot.app.screen
        assert isinstance(page, HelpScreen)
        sections = [*page.typed(), *page.pressed()]
        titles = [title for title, _ in sections]
        assert len(set(titles)) == len(titles)
        rows = dict(sections)
        for group in GROUPS:
            labels = [label for label, *_ in rows[f"Keys: {group.title.lower()}"]]
            assert labels == [page.deck.keys.labels(str(binding.id)) for binding in group.bindings]
            assert len(set(labels)) == len(labels)
        assert [label.split()[0] for label, *_ in rows["Commands"]] == [f":{command.name}" for command in COMMANDS]
        assert [name for name, *_ in rows["Fields of runners"]] == [field.name for field in RUNNERS.fields]
        signs = " ".join(label for label, *_ in rows["Signs"])
        for symbol in (*(mark.symbol for mark in STATUS_MARKS.values()), *"~*†↑↓Δ+▾▸‹–"):
            assert signs.count(symbol) == 1


async def test_help_lists_scopes_views_and_completes_everything(tmp_path: Path) -> None:
    session = Session()
    session.choose_scope("infra")
    session.choose_scope("all")
    session.save_view("nights", SavedView(page="pods", arrangement=Arrangement(filter="crash")))
    async with running(ScriptedFleet(two_groups()), session=session, size=(200, 200)) as pilot:
        await pilot.press("question_mark")
        await settle(pilot)
        text = screen_text(pilot.app)
        assert "3  " in text
        assert "infra" in text
        assert "nights" in text
        assert "pods, everything, /crash" in text
