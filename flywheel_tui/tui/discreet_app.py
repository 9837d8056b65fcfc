"""An app that says where it crashed, and nothing of what it knew."""

from __future__ import annotations

from rich.segment import Segments
from rich.traceback import Traceback
from textual.app import App


class DiscreetApp(App[None], inherit_bindings=False):
    """Shows a bug's place without the values of local variables: those may hold what nobody should read.

    Textual offers no public way to this; tests/tui/test_terminal.py notices when its way changes.
    """

    def _fatal_error(self) -> None:
        trace = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(trace, self.console.options)))
        self._close_messages_no_wait()
