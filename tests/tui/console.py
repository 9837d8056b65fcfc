"""What tests of the running console share: starting it on a scripted fleet, typing at prompts, reading the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot
from textual.widgets import Input

from flywheel_tui.domain.runner import Forge
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.tui.app import FlywheelApp
from flywheel_tui.tui.finding.session import Session
from flywheel_tui.tui.list_screen import ListScreen
from flywheel_tui.tui.store_screen import StoreScreen
from flywheel_tui.tui.widgets.dialog import Dialog
from tests.tui.scripted import ScriptedFleet, ago, alert, busy_picture, picture, pod, runner, scale_set, settings


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


def two_groups() -> Picture:
    """Return a fleet of two groups with a scale set, two pods and an alert."""
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
