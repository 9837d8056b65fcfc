"""What tests of the running console share: starting it on a scripted fleet, typing at prompts, reading the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot
from textual.widgets import Input

from flywheel_tui.tui.app import FlywheelApp
from flywheel_tui.tui.finding.session import Session
from flywheel_tui.tui.list_screen import ListScreen
from flywheel_tui.tui.store_screen import StoreScreen
from tests.tui.scripted import ScriptedFleet, busy_picture, settings


@asynccontextmanager
async def running(
    fleet: ScriptedFleet | None = None,
    *,
    size: tuple[int, int] = (120, 40),
    session: Session | None = None,
    resume: bool = False,
    **changes: object,
) -> AsyncIterator[Pilot[None]]:
    """Run the console on a scripted fleet."""
    app = FlywheelApp(settings(**changes), fleet or ScriptedFleet(busy_picture()), session, resume=resume)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield pilot


async def settle(pilot: Pilot[None]) -> None:
    """Wait until what was begun is done."""
    await pilot.pause()
    await pilot.pause()


def lists(pilot: Pilot[None]) -> ListScreen:
    """Return the list on the screen."""
    screen = pilot.app.screen
    assert isinstance(screen, ListScreen)
    return screen


def listed(pilot: Pilot[None]) -> list[str]:
    """Return the names of the rows, and heads of groups in brackets."""
    model = lists(pilot).grid.model
    entries = [model.entry_at(index) for index in range(len(model))]
    return [
        model.kind.label(entry.row) if entry.row is not None else f"[{entry.group.name if entry.group else ''}]"
        for entry in entries
    ]


def under(pilot: Pilot[None]) -> str:
    """Return the name of the row under the cursor."""
    model = lists(pilot).grid.model
    assert model.row is not None
    return str(model.kind.label(model.row))


def said(pilot: Pilot[None]) -> str:
    """Return the message in the last line."""
    screen = pilot.app.screen
    assert isinstance(screen, StoreScreen)
    return screen.bottom.message


def titled(pilot: Pilot[None]) -> str:
    """Return the line under the list."""
    return lists(pilot).title_line.line_at(0).text.strip()


async def enter(pilot: Pilot[None], text: str) -> None:
    """Type a line at the prompt that its first character opens."""
    await pilot.press({":": "colon", "/": "slash"}[text[0]])
    await pilot.pause()
    pilot.app.screen.query_one(Input).value = text[1:]
    await pilot.press("enter")
    await settle(pilot)
