"""Every ``:`` command: its words, and what does it. A new command is an entry here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.runner import Forge
from flywheel_tui.services.describe import find_runner
from flywheel_tui.services.listing.filter import parse_age
from flywheel_tui.tui.command import CommandName, Takes
from flywheel_tui.tui.places import drop_view, scope_command, view_command
from flywheel_tui.tui.registry import PAGE_COMMANDS
from flywheel_tui.tui.terminal.shell import has_shell_behind
from flywheel_tui.tui.widgets.dialog import converse

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
    if not has_shell_behind():
        raise UsageError("There is no shell to go back to.", next_step="Inside tmux detach instead; :quit leaves.")
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


async def _scope(app: FlywheelApp, rest: str) -> None:
    await scope_command(app, rest)


async def _forge(app: FlywheelApp, rest: str) -> None:
    if rest not in ("", *(forge.value for forge in Forge)):
        raise UsageError(f"There is no forge {rest}.", next_step="Write :forge gitlab or :forge github.")
    app.choose_scope(rest)


async def _view(app: FlywheelApp, rest: str) -> None:
    await view_command(app, rest)


async def _unview(app: FlywheelApp, rest: str) -> None:
    app.deck.session.saved_view(rest)
    await converse(app, drop_view(app, rest))


async def _resume(app: FlywheelApp, rest: str) -> None:
    await app.show_place(app.deck.session.resume())


_OF_LISTS: Final = (
    CommandName(
        name="filter", usage="[TERMS]", help="show only what matches; without terms everything", takes=Takes.FILTER
    ),
    CommandName(name="sort", usage="FIELD [asc|desc]", help="sort by a field", takes=Takes.FIELD),
    CommandName(
        name="group", usage="[FIELD|none]", help="group by a field; without one not at all", takes=Takes.GROUPING
    ),
    CommandName(name="fold", help="put the rows of all groups away"),
    CommandName(name="unfold", help="show the rows of all groups"),
    CommandName(name="faults", help="only what is wrong or not confirmed, or everything again"),
    CommandName(name="wide", help="all columns, or those that fit"),
    CommandName(name="preview", help="what is known of the row, beside the list or below it"),
    CommandName(name="unmark", help="unmark all rows, also hidden ones"),
    CommandName(name="save", usage="NAME", help="save the list as it is shown as a view", takes=Takes.VIEW),
)

_OF_APP: Final[tuple[tuple[CommandName, Perform], ...]] = (
    (
        CommandName(
            name="scope",
            aliases=("ns", "ctx"),
            usage="[NAME,…]",
            help="show a part of the fleet on all pages: a forge, context, group or namespace; a,b for two, !a without",
            takes=Takes.SCOPE,
        ),
        _scope,
    ),
    (
        CommandName(
            name="forge", usage="[gitlab|github]", help="one forge only; without a name all", takes=Takes.FORGE
        ),
        _forge,
    ),
    (
        CommandName(name="view", aliases=("views",), usage="[NAME]", help="show a saved view", takes=Takes.VIEW),
        _view,
    ),
    (CommandName(name="unview", usage="NAME", help="forget a saved view", takes=Takes.VIEW), _unview),
    (CommandName(name="resume", help="take up the last session: page, scope, filter, cursor and marks"), _resume),
    (
        CommandName(
            name="describe", aliases=("desc",), usage="NAME", help="the facts of one runner", takes=Takes.RUNNER
        ),
        _describe,
    ),
    (CommandName(name="freeze", help="hold the picture still, or let it go"), _freeze),
    (CommandName(name="rate", usage="SECONDS|default", help="how often sources are read"), _rate),
    (CommandName(name="refresh", help="read all sources again now"), _refresh),
    (CommandName(name="suspend", help="back to the shell; fg returns here"), _suspend),
    (CommandName(name="theme", aliases=("skin",), usage="NAME", help="other colours", takes=Takes.THEME), _theme),
    (CommandName(name="help", aliases=("h", "?"), help="keys and commands"), _help),
    (CommandName(name="quit", aliases=("q", "q!", "qa", "Q", "exit"), help="leave the console"), _quit),
)

LIST_COMMANDS: Final = frozenset(command.name for command in _OF_LISTS)
"""What :meth:`~flywheel_tui.tui.list_screen.ListScreen.command` does."""

APP_COMMANDS: Final = {command.name: perform for command, perform in _OF_APP}

COMMANDS: Final[tuple[CommandName, ...]] = (*PAGE_COMMANDS, *_OF_LISTS, *(command for command, _ in _OF_APP))
"""All commands, those of the pages first."""
