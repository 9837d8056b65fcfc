"""Saving views; what would be lost is asked for first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import App

from flywheel_tui.tui.finding.saved_state import SavedView
from flywheel_tui.tui.finding.session import view_in_words
from flywheel_tui.tui.store_screen import StoreScreen
from flywheel_tui.tui.widgets.dialog import Choice, Question, ask
from flywheel_tui.tui.widgets.line import Line, Piece, piece
from flywheel_tui.tui.widgets.tone import Tone

if TYPE_CHECKING:
    from flywheel_tui.tui.lists.arranged_list import ArrangedList


async def save_view(app: App[Any], screen: ArrangedList, name: str) -> None:
    """Save a list as it is shown; ask before another view of that name is lost. Call it as a conversation."""
    view, session = screen.saved_view, screen.deck.session
    before = session.state.views.get(name)
    if before is not None and before != view:
        lines = (view_line("is now: ", before), view_line("will be: ", view))
        question = Question(f"Save over the view {name}?", lines, (Choice("save", "Save", "s"),))
        if await ask(app, question) != "save":
            return
    write_view(screen, lambda: session.save_view(name, view), f"Saved. :view {name} shows this list again.")
    screen.show_title()


def write_view(screen: StoreScreen, write: Callable[[], None], done: str) -> None:
    """Change the saved views, and say that it is done or why it will not last."""
    try:
        write()
    except OSError as error:
        screen.say(f"It holds for this session only, as it cannot be written: {error.strerror or error}.", Tone.WARNING)
    else:
        screen.say(done)


def view_line(before: str, view: SavedView) -> Line:
    """Return what a view shows, behind a word or two."""
    return Line((Piece(before, Tone.MUTED), piece(view_in_words(view))))
