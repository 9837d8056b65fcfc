"""An app that tells its terminal no more than it must: only the cells that changed, and nothing secret in a crash.

Textual, which is pinned exactly, offers no public way to either; tests/tui/test_frugal.py and test_terminal.py notice
when its own way changes.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.control import Control
from rich.segment import Segments
from rich.text import Text
from textual._compositor import ChopsUpdate
from textual.app import App
from textual.filter import LineFilter
from textual.screen import Screen

from flywheel_tui.tui.widgets.border import TerminalBorder

_LOG: Final = logging.getLogger(__name__)
_BUG: Final = "Flywheel ended by a bug of its own; the fleet is untouched. Please report it with what stands below."


class SpansUpdate(ChopsUpdate):
    """A partial update that writes exactly its spans.

    Textual's own begins each span where the widget begins, so that one figure in the last column costs the whole line.
    """

    def render_segments(self, console: Console) -> str:
        """Return what to write to the terminal."""
        written: list[str] = []
        for y, left, right in self.spans:
            for end, (start, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                if strip is None or start >= right or end <= left:
                    continue
                first, last = max(start, left), min(end, right)
                written.append(Control.move_to(first, y).segment.text)
                written.append(strip.crop(first - start, last - start).render(console))
        return "".join(written)


class FrugalApp(App[None], inherit_bindings=False):
    """Writes spans of safe text, and shows a bug's place without the values of local variables, which may be secret.

    Args:
        ansi_color: As in Textual: whether colours may be the terminal's own; None leaves it to the theme.
        ascii_only: Whether the terminal draws ASCII only.
    """

    def __init__(self, *, ansi_color: bool | None = None, ascii_only: bool = False) -> None:
        super().__init__(ansi_color=ansi_color)
        self._border = TerminalBorder(ascii_only=ascii_only)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters of every line: Textual's, then the last border before the terminal."""
        return [*super().get_line_filters(), self._border]

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate):
            renderable = SpansUpdate(renderable.chops, renderable.spans, renderable.chop_ends)
        super()._display(screen, renderable)

    def _fatal_error(self) -> None:
        # What only a crash needs is imported by a crash, not before the first frame.
        from rich.traceback import Traceback

        _LOG.critical("The console ended by a bug.", exc_info=self._exception)
        trace = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Group(Text(_BUG), Segments(self.console.render(trace, self.console.options))))
        self._close_messages_no_wait()
