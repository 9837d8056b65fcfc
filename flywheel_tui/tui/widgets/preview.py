"""The preview: what is known of the row under the cursor, beside the list or below it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from flywheel_tui.domain.errors import NotFoundError
from flywheel_tui.services.describe import Fact, Section, describe_runner
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.tui.widgets.facts import fact_lines
from flywheel_tui.tui.widgets.grid.column import GridView
from flywheel_tui.tui.widgets.line import Line, Piece, cut_line, fit, piece
from flywheel_tui.tui.widgets.lines import Lines
from flywheel_tui.tui.widgets.tone import Tone

BESIDE_FROM: Final = 160
"""Width of a screen from which the preview stands at the right of the list; below that width it stands under it."""


def preview_lines(view: GridView[Any], row: Any, picture: Picture, now: datetime, width: int) -> list[Line]:  # noqa: ANN401 - rows of any kind
    """Return what to say of a row: the facts of its runner where that is what the row is, else its fields.

    Args:
        view: What the row is.
        row: The row; None where the list is empty.
        picture: Where the rest of it is known from.
        now: The time, for ages.
        width: Cells of a line.
    """
    if row is None:
        return [Line((Piece(" No row is under the cursor.", Tone.MUTED),))]
    title = cut_line(Line((Piece(" "), piece(view.kind.label(row), Tone.TITLE))), width)
    return [title, *fact_lines(_sections(view, row, picture, now), width, doubts_only=True)]


def _sections(view: GridView[Any], row: Any, picture: Picture, now: datetime) -> tuple[Section, ...]:  # noqa: ANN401 - see above
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
    return (own, *belongs, *(section for section in runner if section.title == "Verdict"))


class Preview(Lines, can_focus=False):
    """Draws :func:`preview_lines` for one row, without ever taking the keys."""

    DEFAULT_CSS = """
    Preview { display: none; height: 1fr; width: 1fr; }
    """

    def __init__(self, view: GridView[Any]) -> None:
        super().__init__(id="preview")
        self._view = view
        self._lines: Sequence[Line] = ()
        self._shown: tuple[Any, Picture, datetime] | None = None
        self.beside = False

    def show(self, row: Any, picture: Picture, now: datetime) -> None:  # noqa: ANN401 - rows of any kind
        """Show a row as it is in a picture; draws only what differs."""
        self._shown = row, picture, now
        if self.display:
            self._update()

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

    def _update(self) -> None:
        if self._shown is None:
            return
        row, picture, now = self._shown
        width = max(1, self.size.width - (1 if self.beside else 0))
        lines = preview_lines(self._view, row, picture, now, width)
        height = max(1, self.size.height - (0 if self.beside else 1))
        if len(lines) > height:
            more = fit(f" {len(lines) - height + 1} lines more: enter opens the page.", width)
            lines = [*lines[: height - 1], Line((Piece(more, Tone.MUTED),))]
        self._lines = lines
        self.redraw()
