"""Copying from a list: names, scopes, any value; the last line says where it went."""

from __future__ import annotations

from pathlib import Path

import pytest

from flywheel_tui.tui import clipboard
from flywheel_tui.tui.app import FlywheelApp
from flywheel_tui.tui.widgets import dialog
from flywheel_tui.tui.widgets.dialog import Dialog
from tests.tui.conftest import screen_text
from tests.tui.console import said
from tests.tui.scripted import ScriptedFleet, busy_picture, picture, settings


class Copied:
    """What went to the clipboard."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def __call__(self, _: clipboard.Clipboard, text: str) -> str:
        self.texts.append(text)
        return "to the test"


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> Copied:
    """Take what is copied."""
    texts = Copied()

    async def copy(self: clipboard.Clipboard, text: str) -> str:
        return await texts(self, text)

    monkeypatch.setattr(clipboard.Clipboard, "copy", copy)
    monkeypatch.setattr(dialog, "QUIET_S", 0.0)
    return texts


async def test_the_name_and_the_scope(copied: Copied) -> None:
    app = FlywheelApp(settings(), ScriptedFleet(busy_picture()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("j", "c")
        assert said(pilot) == "Copied gl-linux-xl to the test."
        await pilot.press("n")
        assert copied.texts == ["gl-linux-xl", "infra"]


async def test_any_value_of_the_row(copied: Copied) -> None:
    app = FlywheelApp(settings(), ScriptedFleet(busy_picture()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("j", "Y")
        await pilot.pause()
        assert isinstance(app.screen, Dialog)
        assert "gl-linux-xl" in screen_text(app)
        titles = [choice.name for choice in app.screen.question.choices]
        tags = titles.index("TAGS")
        await pilot.press(*["j"] * (tags + 1), "enter")
        await pilot.pause()
        assert copied.texts == ["xl,linux,docker"]


async def test_the_picker_names_the_row_that_it_copies_from_whatever_is_marked(copied: Copied) -> None:
    app = FlywheelApp(settings(), ScriptedFleet(busy_picture()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("space", "j", "Y")
        await pilot.pause()
        assert isinstance(app.screen, Dialog)
        assert [line.text for line in app.screen.question.lines] == ["gl-linux-xl"]


async def test_leaving_the_picker_copies_nothing(copied: Copied) -> None:
    app = FlywheelApp(settings(), ScriptedFleet(busy_picture()))
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        await pilot.press("Y", "escape", "j")
        await pilot.pause()
        assert copied.texts == []
        assert not isinstance(app.screen, Dialog)


@pytest.mark.parametrize("key", ["c", "n", "Y"])
async def test_an_empty_list_has_nothing_to_copy(key: str, copied: Copied) -> None:
    app = FlywheelApp(settings(), ScriptedFleet(picture()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        assert "nothing here to copy" in said(pilot)
        assert copied.texts == []


async def test_what_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "flywheel").write_text("a file where a folder should be", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.delenv("TMUX", raising=False)
    app = FlywheelApp(settings(), ScriptedFleet(busy_picture()))
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.pause()
        await pilot.press("c")
        assert "cannot be written" in said(pilot)
