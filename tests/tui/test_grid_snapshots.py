"""The grid at every size, theme and charset, and what it shows beside plain rows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from flywheel_tui.tui.app import FlywheelApp
from flywheel_tui.tui.widgets import dialog
from tests.tui.conftest import ScreenMatches
from tests.tui.scripted import ScriptedFleet, busy_picture, picture, runner, settings, some_runners

SIZES = ((80, 24), (120, 40), (200, 50))


def _app(fleet: ScriptedFleet | None = None, **changes: object) -> FlywheelApp:
    return FlywheelApp(settings(**changes), fleet or ScriptedFleet(busy_picture()))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", ["ansi", "flywheel-dark"])
@pytest.mark.parametrize("charset", ["unicode", "ascii"])
def test_every_terminal(screen_matches: ScreenMatches, size: tuple[int, int], theme: str, charset: str) -> None:
    """You should see the same ten runners, the worst first, more columns on wider screens; ASCII has its own signs."""
    screen_matches(_app(theme=theme, ascii=charset == "ascii"), size=size)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_preview(screen_matches: ScreenMatches, size: tuple[int, int]) -> None:
    """You should see why the second runner is degraded: at the right at 200 columns, else below the list."""

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("p", "j")

    screen_matches(_app(), size=size, before=go)


def test_groups(screen_matches: ScreenMatches) -> None:
    """You should see github folded away with its totals, and gitlab open with its own."""

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("#", "g", "x")

    screen_matches(_app(), size=(120, 40), before=go)


@pytest.mark.parametrize("charset", ["unicode", "ascii"])
def test_marks_ghosts_and_changes(screen_matches: ScreenMatches, charset: str) -> None:
    """You should see two marked rows, one that is gone but stays where it was, and figures that rose and fell."""
    rows = some_runners()
    fleet = ScriptedFleet(picture(rows))

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("space", "j", "j", "space")
        changed = [
            msgspec.structs.replace(row, busy=(row.busy or 0) + 1, queued=max(0, (row.queued or 0) - 1))
            if row.busy is not None and row.queued
            else row
            for row in rows
            if row.name != "gl-windows"
        ]
        fleet.show(picture(changed, generation=2))
        await pilot.pause()

    screen_matches(_app(fleet, ascii=charset == "ascii"), size=(120, 30), before=go)


def test_found_parts(screen_matches: ScreenMatches) -> None:
    """You should see the rows that hold `linux`, and that word highlighted in each of them."""

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("slash", *"linux")
        await pilot.pause()

    screen_matches(_app(), size=(120, 30), before=go)


def test_frozen(screen_matches: ScreenMatches) -> None:
    """You should see FROZEN with the time and one waiting row, and the rows as they were."""
    fleet = ScriptedFleet(picture([runner("one"), runner("two")]))

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("z")
        fleet.show(picture([runner("one")], generation=2))
        await pilot.pause()

    screen_matches(_app(fleet), size=(120, 30), before=go)


def test_question(screen_matches: ScreenMatches, monkeypatch: pytest.MonkeyPatch) -> None:
    """You should see a box over the list that asks which value to copy, with Cancel chosen."""
    monkeypatch.setattr(dialog, "QUIET_S", 0.0)

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("Y")
        await pilot.pause()

    screen_matches(_app(), before=go)


def test_find(screen_matches: ScreenMatches) -> None:
    """You should see everything that holds `oom`, of every kind, with where it was found."""

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("colon", *"find oom", "enter")
        await pilot.pause()
        await pilot.pause()

    screen_matches(_app(), size=(120, 30), before=go)


def test_scrolled_sideways(screen_matches: ScreenMatches) -> None:
    """You should see the names still at the left, and the columns that had no room."""

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press(*["l"] * 6)

    screen_matches(_app(), before=go)
