"""Every ``:`` command: its words, and what does it. A new command is an entry here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.services.describe import find_runner
from flywheel_tui.services.listing.filter import parse_age
from flywheel_tui.tui.command import CommandName
from flywheel_tui.tui.registry import PAGE_COMMANDS

if TYPE_CHECKING:
    from flywheel_tui.tui.app import FlywheelApp

SHORTEST_RATE_S: Final = 2
LONGEST_RATE_S: Final = 3600

Perform = Callable[["FlywheelApp", str], Awaitable[None]]
"""Does a command of the app with the words that follow its name; raises a FlywheelError where that is not possible."""


async def _describe(app: FlywheelApp, rest: str) -> None:
    await app.open_runner(find_runner(app.deck.fleet.current, rest).key)


async def _help(app: FlywheelApp, rest: str) -> None:
    await app.action_help()


async def _quit(app: FlywheelApp, rest: str) -> None:
    app.exit()


async def _refresh(app: FlywheelApp, rest: str) -> None:
    app.action_refresh_sources()


async def _suspend(app: FlywheelApp, rest: str) -> None:
    app.action_suspend_process()


async def _theme(app: FlywheelApp, rest: str) -> None:
    app.use_theme(rest)


async def _freeze(app: FlywheelApp, rest: str) -> None:
    app.action_freeze()


async def _rate(app: FlywheelApp, rest: str) -> None:
    if rest == "default":
        seconds = None
    else:
        seconds = parse_age(rest)
        if not SHORTEST_RATE_S <= seconds <= LONGEST_RATE_S:
            raise UsageError(
                f"{rest} is not between {SHORTEST_RATE_S} s and {LONGEST_RATE_S} s.",
                next_step="Write :rate 10, or :rate default for the configured intervals.",
            )
    app.deck.look.rate_s = seconds
    app.deck.fleet.set_rate(seconds)
    every = "as configured" if seconds is None else f"every {seconds:.0f} s"
    app.say(f"Sources are read {every}, as far as their budgets allow; clusters are watched as before.")


_OF_LISTS: Final = (
    CommandName(name="filter", usage="[TERMS]", help="show only what matches; without terms everything"),
    CommandName(name="sort", usage="FIELD [asc|desc]", help="sort by a field"),
    CommandName(name="forge", usage="[gitlab|github]", help="one forge only; without a name all"),
    CommandName(name="faults", help="only what is wrong or not confirmed, or everything again"),
    CommandName(name="wide", help="all columns, or those that fit"),
    CommandName(name="preview", help="what is known of the row, beside the list or below it"),
)

_OF_APP: Final[tuple[tuple[CommandName, Perform], ...]] = (
    (CommandName(name="describe", aliases=("desc",), usage="NAME", help="the facts of one runner"), _describe),
    (CommandName(name="freeze", help="hold the picture still, or let it go"), _freeze),
    (CommandName(name="rate", usage="SECONDS|default", help="how often sources are read"), _rate),
    (CommandName(name="refresh", help="read all sources again now"), _refresh),
    (CommandName(name="suspend", help="back to the shell; fg returns here"), _suspend),
    (CommandName(name="theme", aliases=("skin",), usage="NAME", help="other colours"), _theme),
    (CommandName(name="help", aliases=("h", "?"), help="keys and commands"), _help),
    (CommandName(name="quit", aliases=("q", "q!", "qa", "Q", "exit"), help="leave the console"), _quit),
)

LIST_COMMANDS: Final = frozenset(command.name for command in _OF_LISTS)
"""What :meth:`~flywheel_tui.tui.list_screen.ListScreen.command` does."""

APP_COMMANDS: Final = {command.name: perform for command, perform in _OF_APP}

COMMANDS: Final[tuple[CommandName, ...]] = (*PAGE_COMMANDS, *_OF_LISTS, *(command for command, _ in _OF_APP))
"""All commands, those of the pages first."""
