"""Going to a part of the fleet or to a saved view, by name or by choosing from what there is; and completing names."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from flywheel_tui.domain.errors import FlywheelError, UsageError
from flywheel_tui.domain.fleet import Fleet
from flywheel_tui.domain.runner import Forge, RunnerKind
from flywheel_tui.services.listing.field import Kind
from flywheel_tui.services.listing.registry import KINDS
from flywheel_tui.services.listing.scopes import runner_scopes
from flywheel_tui.tui.command import CommandName, Takes
from flywheel_tui.tui.emptiness import unread
from flywheel_tui.tui.finding.belonging import configured_names
from flywheel_tui.tui.finding.completion import complete_command, complete_filter
from flywheel_tui.tui.finding.page_words import PageWords, read_page_words
from flywheel_tui.tui.finding.saved_state import Place
from flywheel_tui.tui.finding.scope import names_in, parse_scope
from flywheel_tui.tui.finding.session import view_in_words
from flywheel_tui.tui.list_screen import ListScreen
from flywheel_tui.tui.lists.views import view_line, write_view
from flywheel_tui.tui.registry import FIND
from flywheel_tui.tui.store_screen import StoreScreen
from flywheel_tui.tui.widgets.dialog import Choice, Question, ask, converse
from flywheel_tui.tui.widgets.prompt import Complete
from flywheel_tui.tui.widgets.tone import Tone

if TYPE_CHECKING:
    from flywheel_tui.tui.app import FlywheelApp

_EVERYTHING: Final = "all"


async def page_command(app: FlywheelApp, name: str, rest: str) -> None:
    """Go to a page, and there to a scope and a filter where they are named.

    Raises:
        UsageError: The words make no sense, or nothing belongs to a context that they name.
    """
    if name == FIND:
        # What is looked for may be called like a scope.
        words = PageWords(filter=rest)
    else:
        words = read_page_words(rest, {scope.lower() for scope in scope_names(app)} if rest else ())
    if words.scope:
        _check_names(app, words.scope)
    await app.action_go(name)
    if words.scope:
        app.choose_scope(words.scope)
    if words.filter:
        await app.list_screen().opened_with(words.filter)


async def scope_command(app: FlywheelApp, text: str) -> None:
    """Show the scope of that name, or let one be chosen where none is named.

    Raises:
        UsageError: Nothing belongs to a scope of that name; the message names the nearest.
    """
    if not text:
        await converse(app, _telling(app, _choose_scope(app)))
        return
    _check_names(app, text)
    app.choose_scope(text)


async def view_command(app: FlywheelApp, name: str) -> None:
    """Show a saved view, or let one be chosen where none is named.

    Raises:
        NotFoundError: There is none of that name.
        UsageError: There is no view at all.
    """
    if name:
        await show_view(app, name)
    elif app.deck.session.state.views:
        await converse(app, _telling(app, _choose_view(app)))
    else:
        keys = app.deck.keys.label("list.save")
        raise UsageError("No view is saved yet.", next_step=f"{keys} or :save NAME saves the list as it is shown.")


async def show_view(app: FlywheelApp, name: str) -> None:
    """Show a saved view.

    Raises:
        NotFoundError: There is none of that name.
    """
    session = app.deck.session
    view = session.saved_view(name)
    session.scope = parse_scope(view.scope)
    session.view = name
    session.wait_with(view.page, Place(arrangement=view.arrangement, words=view.words))
    await app.show_place(view.page)


async def drop_view(app: FlywheelApp, name: str) -> None:
    """Forget a view after asking. Call it as a conversation.

    Raises:
        NotFoundError: There is none of that name.
    """
    session, screen = app.deck.session, app.screen
    lines = (view_line("it is: ", session.saved_view(name)),)
    question = Question(f"Forget the view {name}?", lines, (Choice("forget", "Forget", "f", Tone.CRITICAL),))
    if await ask(app, question) == "forget" and isinstance(screen, StoreScreen):
        write_view(screen, lambda: session.drop_view(name), f"The view {name} is forgotten.")


def scope_names(app: FlywheelApp) -> list[str]:
    """Return the names of all scopes that make sense: what runners and pods belong to, and what is configured."""
    fleet = app.deck.fleet.current.fleet
    names = set(configured_names(app.deck.settings.contexts))
    # Thousands of runners share a few places; of scale sets the id names another one.
    alike = {
        (runner.forge, runner.context, runner.scope, runner.kind is RunnerKind.SCALE_SET and runner.id): runner
        for runner in fleet.runners.values()
    }
    for runner in alike.values():
        names.update(runner_scopes(runner))
    names.update(pod.namespace for pod in fleet.pods.values())
    names.update(scale_set.namespace for scale_set in fleet.scale_sets.values())
    return sorted(name for name in names if name)


def complete(app: FlywheelApp, text: str, commands: Sequence[CommandName]) -> Sequence[str]:
    """Return the commands that ``text`` could become."""
    fleet, screen = app.deck.fleet.current.fleet, app.screen
    filters: dict[str, Complete] = {kind.name: _filters_of(kind, fleet) for kind in KINDS}
    words: dict[Takes, Callable[[], Iterable[str]]] = {
        Takes.RUNNER: lambda: [runner.name for runner in fleet.runners.values()],
        Takes.SCOPE: lambda: scope_names(app),
        Takes.FORGE: lambda: [forge.value for forge in Forge],
        Takes.VIEW: lambda: app.deck.session.state.views,
        Takes.THEME: lambda: app.available_themes,
    }
    if isinstance(screen, ListScreen):
        kind = screen.view.kind
        filters["filter"] = partial(complete_filter, fields=kind.fields, rows=lambda: screen.grid.model.rows.values())
        words[Takes.FIELD] = lambda: [field.name for field in kind.fields]
        words[Takes.GROUPING] = lambda: [*screen.groupings, "none"]
    return complete_command(text, commands, words, filters)


def _filters_of(kind: Kind[Any], fleet: Fleet) -> Complete:
    return partial(complete_filter, fields=kind.fields, rows=lambda: kind.rows(fleet).values())


async def _telling(app: FlywheelApp, talk: Awaitable[None]) -> None:
    """Say what cannot be done: after an answer there is no command left that would."""
    try:
        await talk
    except FlywheelError as error:
        app.say(str(error), Tone.WARNING)


async def _choose_scope(app: FlywheelApp) -> None:
    now = app.deck.session.scope.text
    choices = [Choice(name, name) for name in (_EVERYTHING, *scope_names(app))]
    chosen = await ask(app, Question(f"Scope: {now or _EVERYTHING}", (), choices))
    if chosen is not None:
        app.choose_scope(chosen)


async def _choose_view(app: FlywheelApp) -> None:
    views = sorted(app.deck.session.state.views.items())
    choices = [Choice(name, f"{name}: {view_in_words(view)}") for name, view in views]
    chosen = await ask(app, Question("Views", (), choices))
    if chosen is not None:
        await show_view(app, chosen)


def _check_names(app: FlywheelApp, text: str) -> None:
    known = {name.lower(): name for name in scope_names(app)}
    strange = sorted(names_in(parse_scope(text)) - known.keys())
    # What is still being read may bring the name.
    if not strange or unread(tuple(app.deck.fleet.current.snapshot.feeds.values())):
        return
    near = difflib.get_close_matches(strange[0], known, n=1)
    hint = f"Did you mean {known[near[0]]}?" if near else "Write :scope and choose one."
    raise UsageError(f"Nothing belongs to {strange[0]}.", next_step=hint)
