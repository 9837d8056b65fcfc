"""The preview: what is known of the row under the cursor, beside the list or below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from flywheel_tui.domain.errors import NotFoundError
from flywheel_tui.services.describe import Fact, Section, describe_runner
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.tui.widgets.facts import VERDICT, fact_lines
from flywheel_tui.tui.widgets.grid.column import GridView
from flywheel_tui.tui.widgets.grid.group_line import sums
from flywheel_tui.tui.widgets.grid.groups import Group
from flywheel_tui.tui.widgets.grid.shown import Entry
from flywheel_tui.tui.widgets.line import Line, Piece, cut_line, fit, piece
from flywheel_tui.tui.widgets.lines import Lines
from flywheel_tui.tui.widgets.tone import Tone

BESIDE_FROM: Final = 160
"""Width of a screen from which the preview stands at the right of the list; below that width it stands under it."""


def preview_lines(
    view: GridView[Any], entry: Entry[Any] | None, picture: Picture, now: datetime, width: int
) -> list[Line]:
    """Return what to say of a line: the facts of its runner where that is what the row is, else its fields.

    Args:
        view: What the rows are.
        entry: A row, a ghost, or the head of a group; None where the list is empty.
        picture: Where the rest of it is known from.
        now: The time, for ages.
        width: Cells of a line.
    """
    if entry is not None and entry.group is not None:
        title = piece(entry.group.name, Tone.TITLE)
        sections: tuple[Section, ...] = (Section("Group", tuple(_totals(view, entry.group, now))),)
    elif entry is not None and entry.row is not None:
        title = piece(view.kind.label(entry.row), Tone.TITLE)
        sections = _sections(view, entry.row, picture, now)
    else:
        return [Line((Piece(" No row is under the cursor.", Tone.MUTED),))]
    lines = [cut_line(Line((Piece(" "), title)), width)]
    if entry.ghost:
        lines.append(cut_line(Line((Piece(f" {view.gone}", Tone.WARNING),)), width))
    return [*lines, *fact_lines(sections, width, gone=entry.ghost, doubts_only=True)]


def _totals(view: GridView[Any], group: Group, now: datetime) -> Iterator[Fact]:
    totals = group.totals
    yield Fact(view.kind.things, str(totals.rows))
    yield Fact("faults", str(totals.faults))
    for name, figure in sums(totals, view, now):
        yield Fact(name, figure)


def _sections(view: GridView[Any], row: Any, picture: Picture, now: datetime) -> tuple[Section, ...]:  # noqa: ANN401 - a row of any kind
    key = view.opens(row, picture.fleet)
    runner: tuple[Section, ...] = ()
    if key is not None:
        try:
            runner = describe_runner(picture, key, now)
        except NotFoundError:
            # A ghost's runner is gone; what the row said last is still worth reading.
            runner = ()
    if key == row.key and runner:
        return runner
    facts = tuple(Fact(field.name, field.show(row, now)) for field in view.kind.fields)
    own = Section(view.kind.singular.capitalize(), facts)
    belongs = [Section("Belongs to runner", (Fact("name", picture.fleet.runners[key].name),))] if runner and key else []
    # Of the runner that a pod or an alert belongs to the verdict is what matters here.
    return (own, *belongs, *(section for section in runner if section.title == VERDICT))


class Preview(Lines, can_focus=False):
    """Draws :func:`preview_lines` for one line of the list, without ever taking the keys.

    Args:
        view: What the rows are.
        opener: The key that opens the page of a row, as people write it.
    """

    DEFAULT_CSS = """
    Preview { display: none; height: 1fr; width: 1fr; }
    """

    def __init__(self, view: GridView[Any], opener: str) -> None:
        super().__init__(id="preview")
        self._view = view
        self._opener = opener
        self._lines: Sequence[Line] = ()
        self._shown: tuple[Entry[Any] | None, Picture, datetime] | None = None
        self._due = False
        self.beside = False

    def show(self, entry: Entry[Any] | None, picture: Picture, now: datetime) -> None:
        """Show a line of the list as it is in a picture, once the keys that were typed ahead are through."""
        self._shown = entry, picture, now
        if self.display and not self._due:
            self._due = True
            # The app takes what it is given in turn: this comes behind all keys that are there already.
            self.app.call_later(self._draw)

    def resized(self) -> None:
        """Make the lines for the new width."""
        self._update()

    def line_at(self, y: int) -> Line:
        """Return a line, with the border that parts the preview from the list."""
        width = self.size.width
        if not self.beside:
            if y == 0:
                return Line((Piece("─" * width, Tone.MUTED),))
            return self._lines[y - 1] if y - 1 < len(self._lines) else Line()
        line = self._lines[y] if y < len(self._lines) else Line()
        return Line((Piece("│", Tone.MUTED), *line.pieces), line.tone)

    def _draw(self) -> None:
        self._due = False
        if self.display:
            self._update()

    def _update(self) -> None:
        if self._shown is None:
            return
        entry, picture, now = self._shown
        width = max(1, self.size.width - (1 if self.beside else 0))
        lines = preview_lines(self._view, entry, picture, now, width)
        height = max(1, self.size.height - (0 if self.beside else 1))
        if len(lines) > height:
            row = entry.row if entry is not None and not entry.ghost else None
            whole = row is not None and self._view.opens(row, picture.fleet) == row.key
            rest = f" {len(lines) - height + 1} lines more" + (f": {self._opener} opens the page." if whole else ".")
            lines = [*lines[: height - 1], Line((Piece(fit(rest, width), Tone.MUTED),))]
        self._lines = lines
        self.redraw()
