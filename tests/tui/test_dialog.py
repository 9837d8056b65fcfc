"""The dialog: focus on Cancel, nothing chosen by keys typed too early, pasted, or on too small a terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual.pilot import Pilot

from flywheel_tui.tui.app import FlywheelApp
from flywheel_tui.tui.list_screen import ListScreen
from flywheel_tui.tui.widgets import dialog
from flywheel_tui.tui.widgets.dialog import Choice, Dialog, Question, ask, converse
from flywheel_tui.tui.widgets.line import line
from flywheel_tui.tui.widgets.tone import Tone
from tests.tui.conftest import screen_text
from tests.tui.scripted import HOSTILE, ScriptedFleet, busy_picture, settings

DELETE = Question(
    "Delete a saved view",
    (line("The view night will be gone."), line("Nothing else changes.")),
    (Choice("delete", "Delete", "d", Tone.CRITICAL),),
)
OVERWRITE = Question("It exists", (), (Choice("overwrite", "Overwrite", "o"), Choice("rename", "Other name", "r")))


class Asking:
    """A conversation that remembers what it was answered."""

    def __init__(self, app: FlywheelApp, *questions: Question) -> None:
        self.app = app
        self.questions = questions
        self.answers: list[str | None] = []

    async def start(self) -> None:
        await converse(self.app, self._talk())

    async def _talk(self) -> None:
        for question in self.questions:
            self.answers.append(await ask(self.app, question))


@asynccontextmanager
async def asked(
    *questions: Question, size: tuple[int, int] = (80, 24), ascii_only: bool = False
) -> AsyncIterator[tuple[Pilot[None], list[str | None]]]:
    """Run the console with a question on it."""
    app = FlywheelApp(settings(ascii=ascii_only), ScriptedFleet(busy_picture()))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        asking = Asking(app, *questions)
        await asking.start()
        assert isinstance(app.screen, Dialog)
        await pilot.pause()
        yield pilot, asking.answers


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let keys count from the first moment."""
    monkeypatch.setattr(dialog, "QUIET_S", 0.0)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["enter"], None),
        (["escape"], None),
        (["n"], None),
        (["q"], None),
        (["ctrl+c"], None),
        (["y"], "delete"),
        (["d"], "delete"),
        (["tab", "enter"], "delete"),
        (["right", "enter"], "delete"),
        (["left", "enter"], "delete"),
        (["tab", "tab", "enter"], None),
        (["tab", "shift+tab", "enter"], None),
    ],
)
async def test_keys_choose(keys: list[str], answer: str | None) -> None:
    async with asked(DELETE) as (pilot, answers):
        await pilot.press(*keys)
        await pilot.pause()
        assert answers == [answer]
        assert isinstance(pilot.app.screen, ListScreen)


@pytest.mark.usefixtures("at_once")
async def test_y_is_no_answer_to_which() -> None:
    async with asked(OVERWRITE) as (pilot, answers):
        await pilot.press("y")
        assert answers == []
        await pilot.press("r")
        await pilot.pause()
        assert answers == ["rename"]


@pytest.mark.parametrize("key", ["y", "d", "enter", "escape", "tab"])
async def test_what_was_typed_ahead_chooses_nothing_and_goes_nowhere_else(key: str) -> None:
    async with asked(DELETE) as (pilot, answers):
        screen = pilot.app.screen_stack[0]
        assert isinstance(screen, ListScreen)
        cursor = screen.grid.model.cursor
        await pilot.press(key, "j", "j")
        assert answers == []
        assert isinstance(pilot.app.screen, Dialog)
        assert screen.grid.model.cursor == cursor
        assert "[ Cancel ]" in screen_text(pilot.app)


async def test_after_the_quiet_time_keys_count(monkeypatch: pytest.MonkeyPatch) -> None:
    async with asked(DELETE) as (pilot, answers):
        await pilot.press("y")
        assert answers == []
        monkeypatch.setattr(dialog, "QUIET_S", -1.0)
        await pilot.press("y")
        await pilot.pause()
        assert answers == ["delete"]


async def test_keys_behind_the_one_that_asks_do_not_reach_the_list() -> None:
    app = FlywheelApp(settings(), ScriptedFleet(busy_picture()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, ListScreen)
        asking = Asking(app, DELETE)
        screen.action_faults = asking.start  # type: ignore[method-assign,assignment]
        for key in ("ctrl+z", "j", "y", "enter", "G"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        await pilot.pause()
        assert isinstance(app.screen, Dialog)
        assert asking.answers == []
        assert screen.grid.model.cursor == 0


@pytest.mark.usefixtures("at_once")
async def test_a_paste_chooses_and_types_nothing() -> None:
    async with asked(Question("Sure?", confirm="prod")) as (pilot, answers):
        pilot.app.post_message(events.Paste("prod\r"))
        await pilot.pause()
        await pilot.press("tab", "enter")
        await pilot.pause()
        assert answers == []
        assert "> _" in screen_text(pilot.app)


@pytest.mark.usefixtures("at_once")
async def test_a_name_has_to_be_typed() -> None:
    async with asked(Question("Sure?", (line("It stops work."),), confirm="prod y")) as (pilot, answers):
        await pilot.press("tab", "enter")
        assert answers == []
        await pilot.press(*"prox", "backspace", "d", "space", "y")
        assert "> prod y_" in screen_text(pilot.app)
        await pilot.press("enter")
        await pilot.pause()
        assert answers == ["yes"]


@pytest.mark.usefixtures("at_once")
async def test_one_question_after_another() -> None:
    async with asked(DELETE, OVERWRITE) as (pilot, answers):
        await pilot.press("y")
        await pilot.pause()
        assert "Overwrite" in screen_text(pilot.app)
        await pilot.press("o")
        await pilot.pause()
        assert answers == ["delete", "overwrite"]
        await pilot.press("j")
        screen = pilot.app.screen
        assert isinstance(screen, ListScreen)
        assert screen.grid.model.cursor == 1


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (200, 50)])
@pytest.mark.parametrize("ascii_only", [False, True])
async def test_it_is_all_on_the_screen(size: tuple[int, int], ascii_only: bool) -> None:
    long = line("A sentence that is much longer than a line, " * 12)
    question = Question("Delete a saved view", (long, *DELETE.lines), DELETE.choices)
    async with asked(question, size=size, ascii_only=ascii_only) as (pilot, _):
        text = screen_text(pilot.app)
        for words in ("Delete a saved view", "[ Cancel ]", "  Delete  ", "n or esc cancel"):
            assert words in text
        assert text.isascii() or not ascii_only
        assert ("+---" in text and "---+" in text) is ascii_only
        assert "PROD" in text


@pytest.mark.usefixtures("at_once")
async def test_long_text_scrolls() -> None:
    question = Question("Many", tuple(line(f"line {number}") for number in range(60)))
    async with asked(question, size=(60, 16)) as (pilot, _):
        assert "line 0" in screen_text(pilot.app)
        assert "more" in screen_text(pilot.app)
        await pilot.press(*["down"] * 60)
        text = screen_text(pilot.app)
        assert "line 59" in text
        assert "[ Cancel ]" in text


@pytest.mark.usefixtures("at_once")
async def test_a_list_of_choices_scrolls() -> None:
    question = Question("Which?", (), tuple(Choice(str(number), f"choice {number}") for number in range(40)))
    async with asked(question, size=(60, 16)) as (pilot, answers):
        assert "> Cancel " in screen_text(pilot.app)
        assert "choice 1 " in screen_text(pilot.app)
        await pilot.press(*["j"] * 30)
        assert "> choice 29" in screen_text(pilot.app)
        await pilot.press("enter")
        await pilot.pause()
        assert answers == ["29"]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("size", [(30, 8), (1, 1), (20, 24)])
async def test_on_too_small_a_terminal_only_leaving_is_possible(size: tuple[int, int]) -> None:
    async with asked(DELETE, size=size) as (pilot, answers):
        await pilot.press("y", "d", "tab", "enter")
        assert answers == []
        await pilot.press("escape")
        await pilot.pause()
        assert answers == [None]


@pytest.mark.parametrize("trick", HOSTILE)
async def test_text_from_outside_is_text(trick: str) -> None:
    question = Question(trick, (line(trick),), (Choice("it", trick),), confirm=trick)
    async with asked(question) as (pilot, _):
        text = screen_text(pilot.app)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "[ Cancel ]" in text
        if trick.startswith("["):
            assert text.count(trick) >= 3


async def test_a_resize_keeps_the_question() -> None:
    async with asked(DELETE, size=(120, 40)) as (pilot, _):
        for size in ((60, 16), (20, 5), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        text = screen_text(pilot.app)
        assert "[ Cancel ]" in text
        assert "The view night will be gone." in text
