"""The console under its keys: moving, opening, going back, filtering, sorting, commands, quitting."""

from __future__ import annotations

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from flywheel_tui.config.settings import ContextSettings
from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.tui.app import FlywheelApp
from flywheel_tui.tui.list_screen import ListScreen
from flywheel_tui.tui.registry import PAGES, Page
from flywheel_tui.tui.screens.help.screen import HelpScreen
from flywheel_tui.tui.screens.runner.screen import RunnerScreen
from tests.tui.conftest import screen_text
from tests.tui.console import enter, listed, lists, running, said, under
from tests.tui.scripted import ScriptedFleet, busy_picture, picture, runner, settings


async def test_moving_with_vi_keys_and_arrows() -> None:
    async with running() as pilot:
        everyone = listed(pilot)
        await pilot.press("j", "down", "k")
        assert under(pilot) == everyone[1]
        await pilot.press("G")
        assert under(pilot) == everyone[-1]
        await pilot.press("g")
        assert under(pilot) == everyone[0]
        await pilot.press("k")
        assert under(pilot) == everyone[0]


async def test_pages_and_the_rows_they_show() -> None:
    fleet = ScriptedFleet(picture(runner(f"r{number:03}") for number in range(200)))
    async with running(fleet, size=(80, 24)) as pilot:
        await pilot.press("ctrl+f")
        assert under(pilot) == "r019"
        await pilot.press("pagedown")
        assert under(pilot) == "r038"
        assert "r038" in screen_text(pilot.app)
        assert "r000" not in screen_text(pilot.app)
        await pilot.press("ctrl+b", "ctrl+b")
        assert under(pilot) == "r000"
        assert "r000" in screen_text(pilot.app)
        await pilot.press("end")
        assert "r199" in screen_text(pilot.app)


@pytest.mark.parametrize("key", ["enter", "d"])
@pytest.mark.parametrize("back", ["q", "escape"])
async def test_facts_and_back_to_the_same_row(key: str, back: str) -> None:
    async with running() as pilot:
        await pilot.press("j", key)
        await pilot.pause()
        assert isinstance(pilot.app.screen, RunnerScreen)
        assert "because" in screen_text(pilot.app)
        await pilot.press(back)
        await pilot.pause()
        assert under(pilot) == "gl-linux-xl"


async def test_the_facts_follow_the_fleet() -> None:
    fleet = ScriptedFleet(picture([runner("a", owner="rosa")]))
    async with running(fleet) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert "rosa" in screen_text(pilot.app)
        fleet.show(picture([runner("a", owner="vera")], generation=2))
        await pilot.pause()
        assert "vera" in screen_text(pilot.app)
        fleet.show(picture([], generation=3))
        await pilot.pause()
        assert "gone from the fleet" in screen_text(pilot.app)
        assert "vera" in screen_text(pilot.app)
        fleet.show(picture([runner("a", owner="back")], generation=4))
        await pilot.pause()
        assert "gone" not in screen_text(pilot.app)


async def test_a_pod_opens_the_runner_it_belongs_to_or_says_there_is_none() -> None:
    async with running() as pilot:
        await enter(pilot, ":pods")
        assert listed(pilot)[0].endswith("runner-8k2dp")
        await pilot.press("j", "enter")
        await pilot.pause()
        assert "belongs to no runner" in said(pilot)
        await pilot.press("k", "enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, RunnerScreen)


async def test_a_scale_set_and_an_alert_open_their_runner() -> None:
    gpu = runner("gpu", scale_set="prod/scaleset/arc-runners/arc-gpu-a100", alerts=("prod/alert/ListenerDown",))
    whole = busy_picture()
    shown = picture([gpu], scale_sets=whole.fleet.scale_sets.values(), alerts=whole.fleet.alerts.values())
    async with running(ScriptedFleet(shown)) as pilot:
        await enter(pilot, ":ss gpu")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, RunnerScreen)
        await enter(pilot, ":alerts listener")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, RunnerScreen)


@pytest.mark.parametrize(
    ("page", "said"),
    [("unjoined", "Everything that the sources tell of belongs to a runner."), ("alerts", "No alert fires")],
)
async def test_nothing_wrong_is_no_riddle(page: str, said: str) -> None:
    async with running(ScriptedFleet(picture())) as pilot:
        await enter(pilot, f":{page}")
        assert said in screen_text(pilot.app)


async def test_escape_clears_the_filter_then_goes_back() -> None:
    async with running() as pilot:
        await enter(pilot, ":pods")
        await enter(pilot, "/crash")
        assert listed(pilot) == ["arc-runners/gl-linux-xl-manager-5c9f"]
        await pilot.press("escape")
        assert len(listed(pilot)) == 3
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.current_mode == "runners"
        await pilot.press("escape")
        await pilot.pause()
        assert "first page" in said(pilot)


async def test_the_filter_works_while_typing_and_escape_takes_it_away() -> None:
    async with running() as pilot:
        await pilot.press("slash", *"arc")
        await pilot.pause()
        assert listed(pilot) == ["arc-gpu-a100", "arc-linux-x64"]
        await pilot.press("backspace", "backspace", "backspace", *"mac")
        await pilot.pause()
        assert listed(pilot) == ["gh-mac-mini-03"]
        await pilot.press("escape")
        await pilot.pause()
        assert len(listed(pilot)) == 10


async def test_an_invalid_filter_is_told_and_the_rows_stay() -> None:
    async with running() as pilot:
        await enter(pilot, "/arc")
        await pilot.press("slash")
        pilot.app.screen.query_one(Input).value = "colour:red"
        await pilot.pause()
        assert listed(pilot) == ["arc-gpu-a100", "arc-linux-x64"]
        assert "There is no field colour." in screen_text(pilot.app)
        await pilot.press("enter")
        await pilot.pause()
        assert "There is no field colour." in said(pilot)
        assert lists(pilot).filter_text == "arc"


async def test_letters_typed_into_a_prompt_are_no_keys() -> None:
    async with running() as pilot:
        await pilot.press("slash", *"qjdf0?")
        await pilot.pause()
        assert pilot.app.screen.query_one(Input).value == "qjdf0?"
        assert isinstance(pilot.app.screen, ListScreen)


async def test_a_paste_outside_a_prompt_is_ignored() -> None:
    async with running() as pilot:
        pilot.app.post_message(events.Paste(":q\nq"))
        await pilot.pause()
        assert under(pilot) == "arc-gpu-a100"


async def test_the_forge_key_goes_round_and_digits_choose() -> None:
    async with running() as pilot:
        await pilot.press("f")
        assert {name[:2] for name in listed(pilot)} == {"gl"}
        assert "runners(gitlab)[6/10]" in screen_text(pilot.app)
        await pilot.press("f")
        assert {name[:2] for name in listed(pilot)} == {"gh", "ar"}
        await pilot.press("f")
        assert len(listed(pilot)) == 10
        await pilot.press("2")
        assert len(listed(pilot)) == 4
        await pilot.press("0")
        assert len(listed(pilot)) == 10


async def test_faults_are_what_is_wrong_or_not_known() -> None:
    async with running() as pilot:
        await pilot.press("ctrl+z")
        assert listed(pilot) == ["arc-gpu-a100", "gl-linux-xl", "gh-mac-mini-03", "arc-linux-x64", "gl-lost"]
        assert "faults only" in screen_text(pilot.app)
        await pilot.press("ctrl+z")
        assert len(listed(pilot)) == 10


async def test_sorting_by_keys_by_columns_and_turned_round() -> None:
    async with running() as pilot:
        await pilot.press("N")
        assert listed(pilot) == sorted(listed(pilot))
        assert "NAME↑" in screen_text(pilot.app)
        await pilot.press("O")
        assert listed(pilot) == sorted(listed(pilot), reverse=True)
        await pilot.press("C")
        assert listed(pilot)[0] == "gl-linux-xl"
        await pilot.press("greater_than_sign")
        assert "↓MEM%" in screen_text(pilot.app)
        await pilot.press(*["less_than_sign"] * 2)
        assert "fail↓" in screen_text(pilot.app) or "queue↓" in screen_text(pilot.app)
        assert listed(pilot)[0] == "gl-linux-xl"


async def test_a_sort_key_that_the_list_does_not_have_says_so() -> None:
    async with running() as pilot:
        await enter(pilot, ":alerts")
        await pilot.press("C")
        assert said(pilot) == "alerts have no cpu."


@pytest.mark.parametrize(
    ("command", "first"),
    [(":sort name desc", "gl-windows"), (":sort cpu", "gl-linux-xl"), (":runners forge:github mac", "gh-mac-mini-03")],
)
async def test_commands_sort_and_filter(command: str, first: str) -> None:
    async with running() as pilot:
        await enter(pilot, command)
        assert listed(pilot)[0] == first


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (":sort colour", "There is no field colour."),
        (":sort", ":sort needs a word more. Write :sort FIELD [asc|desc]."),
        (":sort cpu upwards", "upwards is no direction."),
        (":forge svn", "There is no forge svn."),
        (":filter colour:red", "There is no field colour."),
        (":pdos", "There is no command pdos. Did you mean pods?"),
        (":describe nobody", "No runner is called nobody."),
        (":theme drak", "There is no theme drak."),
    ],
)
async def test_what_cannot_be_done_is_said_in_the_last_line(command: str, answer: str) -> None:
    async with running() as pilot:
        await enter(pilot, command)
        assert answer in said(pilot)
        assert len(listed(pilot)) == 10


async def test_list_commands_elsewhere_say_where_they_work() -> None:
    async with running() as pilot:
        await enter(pilot, ":sources")
        await enter(pilot, ":faults")
        assert "works on lists" in said(pilot)


async def test_describe_opens_a_runner_by_name() -> None:
    async with running() as pilot:
        await enter(pilot, ":describe gl-windows")
        await pilot.pause()
        assert isinstance(pilot.app.screen, RunnerScreen)
        assert "kernel upgrade" in screen_text(pilot.app)


async def test_other_colours_by_command() -> None:
    async with running() as pilot:
        await enter(pilot, ":theme flywheel-light")
        assert pilot.app.theme == "flywheel-light"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_every_page_opens_by_command_alias_and_key(page: Page) -> None:
    async with running() as pilot:
        for word in (page.name, *page.aliases):
            await enter(pilot, f":{word}")
            assert pilot.app.current_mode == page.name
        await pilot.press("f2" if page.key != "f2" else "f4", page.key)
        await pilot.pause()
        assert pilot.app.current_mode == page.name


async def test_a_page_command_leaves_what_was_opened_over_the_page() -> None:
    async with running() as pilot:
        await pilot.press("enter")
        await pilot.pause()
        await enter(pilot, ":runners")
        assert isinstance(pilot.app.screen, ListScreen)


async def test_earlier_commands_come_back() -> None:
    async with running() as pilot:
        await enter(pilot, ":sort name")
        await enter(pilot, ":wide")
        await pilot.press("colon", "up", "up")
        assert pilot.app.screen.query_one(Input).value == "sort name"
        await pilot.press("down")
        assert pilot.app.screen.query_one(Input).value == "wide"


async def test_tab_completes_a_command() -> None:
    async with running() as pilot:
        await pilot.press("colon", *"ale")
        await pilot.pause()
        await pilot.press("tab", "enter")
        await pilot.pause()
        assert pilot.app.current_mode == "alerts"


async def test_help_opens_over_any_page_and_closes() -> None:
    async with running() as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)
        assert ":describe NAME" in screen_text(pilot.app)
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ListScreen)
        await pilot.press("f1", "q")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ListScreen)


async def test_refresh_asks_the_sources() -> None:
    fleet = ScriptedFleet(busy_picture())
    async with running(fleet) as pilot:
        await pilot.press("ctrl+r")
        await enter(pilot, ":refresh")
        assert fleet.refreshed == 2


async def test_columns_scroll_and_the_name_stays() -> None:
    async with running(size=(80, 24)) as pilot:
        assert "MGR" not in screen_text(pilot.app)
        for _ in range(4):
            await pilot.press("l")
        text = screen_text(pilot.app)
        assert "NAME" in text
        assert "FORGE" not in text
        for _ in range(9):
            await pilot.press("l")
        assert "TAGS" in screen_text(pilot.app) or "WHY" in screen_text(pilot.app)
        for _ in range(20):
            await pilot.press("h")
        assert "FORGE" in screen_text(pilot.app)


async def test_quitting_needs_two_presses_or_a_word() -> None:
    async with running() as pilot:
        await pilot.press("ctrl+q", "ctrl+p")
        await pilot.pause()
        assert pilot.app.is_running
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert pilot.app.is_running
        assert "again to quit" in said(pilot)
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert not pilot.app.is_running


async def test_ctrl_c_in_a_prompt_asks_as_well() -> None:
    async with running() as pilot:
        await pilot.press("slash", "a", "ctrl+c")
        assert pilot.app.is_running
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert not pilot.app.is_running


@pytest.mark.parametrize("word", [":q", ":quit", ":q!"])
async def test_the_word_quits(word: str) -> None:
    async with running() as pilot:
        await enter(pilot, word)
        assert not pilot.app.is_running


async def test_keys_from_the_configuration() -> None:
    async with running(keys=(("list.wide", "ctrl-x"), ("list.faults", "none"))) as pilot:
        await pilot.press("ctrl+w", "ctrl+z")
        assert not lists(pilot).grid.wide
        assert not lists(pilot).faults_only
        await pilot.press("ctrl+x")
        assert lists(pilot).grid.wide
        assert "ctrl-x wide" in screen_text(pilot.app)
        assert "ctrl-z" not in screen_text(pilot.app)


@pytest.mark.parametrize("changes", [{"keys": (("nothing", "x"),)}, {"theme": "drak"}])
def test_a_wrong_configuration_is_told_before_the_screen_is_taken(changes: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        FlywheelApp(settings(**changes), ScriptedFleet())


def at_once(pilot: Pilot[None], *keys: str) -> None:
    """Send keys as a slow link delivers them: all before the first one is looked at."""
    names = {":": "colon", "/": "slash", "\r": "enter", "?": "question_mark"}
    for key in keys:
        pilot.app.post_message(events.Key(names.get(key, key), key if len(key) == 1 else None))


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        (":pods\r", "pods"),
        (":alerts\r:src\r", "sources"),
        ("q:pods\r", "pods"),
        ("jj:pods\r", "pods"),
        (":pods\rq", "runners"),
    ],
)
async def test_a_command_typed_ahead_is_a_command(typed: str, page: str) -> None:
    async with running() as pilot:
        at_once(pilot, *typed)
        await pilot.pause()
        await pilot.pause()
        assert pilot.app.current_mode == page


async def test_keys_typed_ahead_act_in_their_order() -> None:
    async with running() as pilot:
        at_once(pilot, "j", "\r", "q", "j", "d")
        await pilot.pause()
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, RunnerScreen)
        assert screen.key == "prod/github/gh-mac-mini-03"


async def test_a_filter_typed_ahead_is_a_filter() -> None:
    async with running() as pilot:
        at_once(pilot, *"/qdf\r")
        await pilot.pause()
        await pilot.pause()
        assert lists(pilot).filter_text == "qdf"


async def test_every_key_that_works_has_a_name() -> None:
    async with running() as pilot:
        seen = 0
        for keys in ((), ("enter",), ("question_mark",), ("colon",)):
            await pilot.press(*keys)
            await pilot.pause()
            for _, binding, _, _ in pilot.app.screen.active_bindings.values():
                assert binding.id, binding
                seen += 1
        assert seen > 60


PROTECTED_DEMO = (ContextSettings(name="demo", demo=True, protected=True),)


@pytest.mark.parametrize("size", [(80, 24), (20, 5)])
async def test_prod_and_demo_are_in_sight_on_every_screen(size: tuple[int, int]) -> None:
    async with running(size=size, contexts=PROTECTED_DEMO) as pilot:
        screens = [*((page.key,) for page in PAGES), ("f2", "enter"), ("question_mark",)]
        for keys in screens:
            await pilot.press(*keys)
            await pilot.pause()
            first = screen_text(pilot.app).splitlines()[0]
            assert "DEMO" in first
            assert "PROD" in first


async def test_a_terminal_that_is_too_small_says_so_and_recovers() -> None:
    async with running() as pilot:
        await pilot.press("j")
        for size in ((20, 5), (1, 1), (59, 40), (100, 15)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert "need 60x16" in screen_text(pilot.app)
        assert "have 100x15" in screen_text(pilot.app)
        await pilot.press("k", "j", "l", "slash", "x", "escape")
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert under(pilot) == "gl-linux-xl"
        assert "need" not in screen_text(pilot.app)
        assert "arc-gpu-a100" in screen_text(pilot.app)


async def test_the_mouse_chooses_a_row() -> None:
    async with running() as pilot:
        await pilot.click(lists(pilot).grid, offset=(10, 3))
        assert under(pilot) == listed(pilot)[2]
