"""The line under a list: what is listed, and everything that narrows or arranges it."""

from __future__ import annotations

from flywheel_tui.domain.record import Record
from flywheel_tui.tui.widgets.line import Line, Piece, piece
from flywheel_tui.tui.widgets.tone import Tone


class Title(Record, frozen=True, kw_only=True):
    """What there is to say of a list.

    Attributes:
        name: What is listed.
        part: What part of everything is listed.
        count: ``shown/all``, or one figure.
        restored: That rows are of an earlier session, and how old, or an empty string.
        view: Name of the saved view that is shown, or an empty string.
        problem: Why the filter that is being typed is none, or an empty string.
        order: The field and the direction.
        marked: Marked rows; ``hidden`` of them are not on the list.
    """

    name: str
    part: str
    count: str
    restored: str = ""
    view: str = ""
    filter_text: str = ""
    problem: str = ""
    faults: bool = False
    group: str = ""
    order: str = ""
    wide: bool = False
    marked: int = 0
    hidden: int = 0


def title_line(title: Title) -> Line:
    """Return the line; a problem takes the place of what the list is arranged by."""
    pieces = [
        Piece(" "),
        piece(title.name, Tone.TITLE),
        piece(f"({title.part})", Tone.STRONG),
        Piece(f"[{title.count}]"),
        Piece(f"  {title.restored}" if title.restored else "", Tone.STALE),
    ]
    if title.problem:
        pieces.append(piece(f"  {title.problem}", Tone.WARNING))
        return Line(tuple(part for part in pieces if part.text))
    hidden = f", {title.hidden} of them hidden" if title.hidden else ""
    pieces += [
        piece(f"  {title.view}" if title.view else "", Tone.TITLE),
        piece(f"  /{title.filter_text}" if title.filter_text else "", Tone.KEY),
        Piece("  faults only" if title.faults else "", Tone.WARNING),
        Piece(f"  {title.marked} marked{hidden}" if title.marked else "", Tone.STRONG),
        piece(f"  by {title.group}" if title.group else "", Tone.STRONG),
        piece(f"  {title.order}", Tone.MUTED),
        Piece("  all columns" if title.wide else "", Tone.MUTED),
    ]
    return Line(tuple(part for part in pieces if part.text))
