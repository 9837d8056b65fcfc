"""An app that tells its terminal no more than it must: only the cells that changed, and nothing secret in a crash.

Textual, which is pinned exactly, offers no public way to either; where its own way is not the known one, it writes as
it does. tests/tui/test_frugal.py and test_terminal.py notice when that changes.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.segment import Segments
from rich.text import Text
from textual import events
from textual.app import App
from textual.filter import LineFilter
from textual.screen import Screen

from flywheel_tui.tui.frame_diff.internals import find_unknown
from flywheel_tui.tui.widgets.border import TerminalBorder

if TYPE_CHECKING:
    from flywheel_tui.tui.frame_diff.differ import FrameDiff
    from flywheel_tui.tui.frame_diff.outlet import Outlet

_SETTLED_AFTER_S: Final = (0.1, 0.5, 2.0)
"""When to look after a change of size whether the screen followed it."""

_LOG: Final = logging.getLogger(__name__)
_BUG: Final = "Flywheel ended by a bug of its own; the fleet is untouched. Please report it with what stands below."


class FrugalApp(App[None], inherit_bindings=False):
    """Writes changed cells of safe text, and shows a bug's place without the values of local variables.

    Args:
        ansi_color: As in Textual: whether colours may be the terminal's own; None leaves it to the theme.
        ascii_only: Whether the terminal draws ASCII only.
        frame_diff: Write changed cells only; without, everything that Textual would write.
    """

    def __init__(self, *, ansi_color: bool | None = None, ascii_only: bool = False, frame_diff: bool = True) -> None:
        super().__init__(ansi_color=ansi_color)
        self._border = TerminalBorder(ascii_only=ascii_only)
        self._diff = self._make_diff() if frame_diff else None
        self._outlet: Outlet | None = None

    def on_mount(self) -> None:
        """Draw anew when the terminal is the console's again: another program had it meanwhile."""
        self.app_resume_signal.subscribe(self, lambda _: self.action_repaint())

    def on_resize(self, event: events.Resize) -> None:
        """Draw anew: terminals rearrange their lines in their own ways, also on the way to the same size."""
        if self._diff is not None:
            self._diff.forget()
        if self.screen_stack and self.screen._compositor.size == event.size:  # noqa: SLF001 - see internals.py
            self.call_after_refresh(self._settle)
        for seconds in _SETTLED_AFTER_S:
            asyncio.get_running_loop().call_later(seconds, self._settle)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters of every line: Textual's, then the last border before the terminal."""
        return [*super().get_line_filters(), self._border]

    def action_repaint(self) -> None:
        """Draw the whole screen anew, as when something else wrote on it."""
        if self._diff is not None:
            self._diff.forget()
        screen = self.screen
        self._display(screen, self._whole(screen))

    def _settle(self) -> None:
        """See that the screen has the terminal's size, and is drawn, some time after that changed.

        Textual's way from the terminal to the screen takes two messages and a timer. On a busy machine a size was lost
        on it, and a picture of the old size stayed on the terminal until the next key.
        """
        if not self._running or self._closed or not self.screen_stack:
            return
        screen = self.screen
        if screen._compositor.size != self.size:  # noqa: SLF001 - see internals.py
            screen.post_message(events.Resize(self.size, self.size))
        elif self._diff is not None and self._diff.forgotten:
            self.action_repaint()

    def _whole(self, screen: Screen[object]) -> RenderableType | None:
        compositor = screen._compositor  # noqa: SLF001 - see internals.py
        return compositor.render_update(full=True, screen_stack=self._background_screens)

    def _make_diff(self) -> FrameDiff | None:
        unknown = find_unknown(self)
        if unknown is not None:
            _LOG.warning("Textual is another inside than expected (%s): the console sends whole regions.", unknown)
            return None
        from flywheel_tui.tui.frame_diff.differ import FrameDiff
        from flywheel_tui.tui.frame_diff.terminal import terminal_of

        return FrameDiff(terminal_of(os.environ.get("TERM", "")))

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if not self._display_changes(screen, renderable):
            super()._display(screen, renderable)

    def _display_changes(self, screen: Screen[object], renderable: RenderableType | None) -> bool:
        """Write what an update changes; return False when it is Textual's to write."""
        diff, driver = self._diff, self._driver
        if diff is None or driver is None or driver.is_inline or driver.is_headless:
            return False
        if self._batch_count or not self._running or self._closed:
            return False
        from textual._compositor import ChopsUpdate, LayoutUpdate

        if self._outlet is None or self._outlet.driver is not driver:
            from flywheel_tui.tui.frame_diff.outlet import Outlet

            diff.forget()
            self._outlet = Outlet(driver, diff)
        if isinstance(renderable, ChopsUpdate) and not diff.fits(renderable):
            renderable = self._whole(screen)
        if not isinstance(renderable, (ChopsUpdate, LayoutUpdate)):
            return False
        diff.take(renderable, self.console)
        self._outlet.write_frame(diff.frame(self._cursor()), synchronized=self._sync_available)
        self.post_display_hook()
        return True

    def _cursor(self) -> tuple[int, int] | None:
        """Return where the terminal's cursor belongs: at the text being typed, for input methods and magnifiers."""
        if not hasattr(self.focused, "cursor_screen_offset"):
            return None
        place = self.screen.outer_size.clamp_offset(self.cursor_position)
        return place.x, place.y

    def _fatal_error(self) -> None:
        # What only a crash needs is imported by a crash, not before the first frame.
        from rich.traceback import Traceback

        _LOG.critical("The console ended by a bug.", exc_info=self._exception)
        trace = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Group(Text(_BUG), Segments(self.console.render(trace, self.console.options))))
        self._close_messages_no_wait()
