"""What can be copied from a list: the names of rows, their scopes, or any value of the row under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len

from flywheel_tui.domain.text import clean
from flywheel_tui.services.listing.format import UNKNOWN
from flywheel_tui.tui.list_screen import ListScreen
from flywheel_tui.tui.widgets.dialog import Choice, Question
from flywheel_tui.tui.widgets.line import fit, line
from flywheel_tui.tui.widgets.tone import Tone


def chosen_rows(screen: ListScreen) -> Sequence[Any]:
    """Return the marked rows in the order of the screen, or else the row under the cursor, if there is one."""
    model = screen.grid.model
    marked = [model.rows[key] for key in model.marked if key in model.rows]
    return marked or ([] if model.row is None else [model.row])


def names(screen: ListScreen) -> list[str]:
    """Return the names of the chosen rows."""
    return [clean(screen.view.kind.label(row)) for row in chosen_rows(screen)]


def scopes(screen: ListScreen) -> list[str]:
    """Return the scopes of the chosen rows, each once; a namespace where that is what rows have."""
    kind = screen.view.kind
    field = kind.field("scope") or kind.field("namespace")
    if field is None:
        return []
    shown = (clean(field.show(row, screen.now)) for row in chosen_rows(screen))
    return [scope for scope in dict.fromkeys(shown) if scope != UNKNOWN]


def label(screen: ListScreen) -> str:
    """Return the name of the row under the cursor, or an empty string where there is none."""
    row = screen.grid.model.row
    return "" if row is None else clean(screen.view.kind.label(row))


def cells(screen: ListScreen) -> dict[str, str]:
    """Return what is known of the row under the cursor, by the title of the field."""
    row = screen.grid.model.row
    if row is None:
        return {}
    shown = {field.title: clean(field.show(row, screen.now)) for field in screen.view.kind.fields}
    return {title: text for title, text in shown.items() if text != UNKNOWN}


def question(name: str, values: dict[str, str]) -> Question:
    """Return the question which value of a row to copy."""
    width = max(cell_len(title) for title in values)
    return Question(
        "Copy which value?",
        (line(name),),
        tuple(Choice(title, f"{fit(title, width)}  {text}", tone=Tone.PLAIN) for title, text in values.items()),
        listed=True,
    )
