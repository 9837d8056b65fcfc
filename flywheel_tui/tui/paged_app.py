"""An app of pages: where one is, where one came from, and how one gets back."""

from __future__ import annotations

from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.frugal_app import FrugalApp
from flywheel_tui.tui.registry import LANDING
from flywheel_tui.tui.store_screen import StoreScreen
from flywheel_tui.tui.widgets.tone import Tone


class PagedApp(FrugalApp, inherit_bindings=False):
    """Goes from page to page and remembers the way.

    Args:
        ansi_color: As in Textual: whether colours may be the terminal's own; None leaves it to the theme.
        ascii_only: Whether the terminal draws ASCII only.
        frame_diff: Send the terminal the cells that changed; without, whole regions.
    """

    deck: Deck

    def __init__(self, *, ansi_color: bool | None = None, ascii_only: bool = False, frame_diff: bool = True) -> None:
        super().__init__(ansi_color=ansi_color, ascii_only=ascii_only, frame_diff=frame_diff)
        self._trail: list[str] = []

    async def action_back(self) -> None:
        """Take back a narrowing of the screen, leave it, or go to the page before."""
        screen = self.screen
        if isinstance(screen, StoreScreen) and screen.undo():
            return
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self._trail:
            await self.switch_mode(self._trail.pop())
        else:
            self.say(f"This is the first page. {self.deck.keys.label('app.quit')} twice or :q quits.")

    async def action_go(self, name: str) -> None:
        """Go to a page."""
        if name != self.current_mode:
            # The landing page is home: from there `esc` leads nowhere.
            self._trail = (
                [] if name == LANDING else [*(page for page in self._trail if page != name), self.current_mode]
            )
            await self.switch_mode(name)
        while len(self.screen_stack) > 1:
            self.pop_screen()
        if isinstance(self.screen, StoreScreen):
            self.screen.focus_body()

    async def open_over(self, screen: StoreScreen) -> None:
        """Open a screen over the present one."""
        # The next key waits until the screen can take it.
        await self.push_screen(screen)
        screen.focus_body()

    def say(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Show a message in the last line."""
        if isinstance(self.screen, StoreScreen):
            self.screen.say(text, tone)

    def action_freeze(self) -> None:
        """Hold the picture still, or show the newest again."""
        fleet, key = self.deck.fleet, self.deck.keys.label("app.freeze")
        if fleet.frozen_at is None:
            fleet.freeze()
            self.say(f"The picture stands still; sources are read on. {key} lets it go.", Tone.WARNING)
        else:
            waiting = fleet.waiting
            fleet.thaw()
            self.say(f"The picture is live again: {waiting} {'row' if waiting == 1 else 'rows'} differ.")
        if isinstance(self.screen, StoreScreen):
            self.screen.show_header()

    def action_header(self) -> None:
        """Make the header one line, or as many as there are to say."""
        if isinstance(self.screen, StoreScreen):
            self.deck.look.short_header = not self.screen.header.short
            self.screen.show_header()
