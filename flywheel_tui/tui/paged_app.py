"""An app of pages: where one is, where one came from, and how one gets back."""

from __future__ import annotations

from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.finding.trail import Trail
from flywheel_tui.tui.frugal_app import FrugalApp
from flywheel_tui.tui.later_imports import AFTER_S, import_pages
from flywheel_tui.tui.list_screen import ListScreen
from flywheel_tui.tui.registry import LANDING, PAGE_NAMES
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
        self._way: Trail | None = None

    def on_mount(self) -> None:
        """Import the other pages in a thread, before one of them is opened."""
        self.set_timer(AFTER_S, lambda: self.run_worker(import_pages, name="imports", group="imports", thread=True))

    async def action_back(self) -> None:
        """Take back a narrowing of the screen, leave it, or go to the page before."""
        screen = self.screen
        if isinstance(screen, StoreScreen) and screen.undo():
            return
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self._trail:
            page = self._trail.pop()
            self.way.visit(page)
            await self.switch_mode(page)
        elif self.current_mode != LANDING:
            await self.action_go(LANDING)
        else:
            self.say(f"This is the first page. {self.deck.keys.label('app.quit')} twice or :q quits.")

    async def action_go(self, name: str) -> None:
        """Go to a page."""
        if name != self.current_mode:
            # The landing page is home: from there `esc` leads nowhere.
            self._trail = (
                [] if name == LANDING else [*(page for page in self._trail if page != name), self.current_mode]
            )
            self.way.visit(name)
            await self.switch_mode(name)
        while len(self.screen_stack) > 1:
            self.pop_screen()
        if isinstance(self.screen, StoreScreen):
            self.screen.focus_body()

    @property
    def way(self) -> Trail:
        """Return the pages that were visited."""
        if self._way is None:
            self._way = Trail(self.current_mode)
        return self._way

    async def action_history(self, step: int) -> None:
        """Go back to the page before, or forward again; of what is open over a page back to the page."""
        if step < 0 and len(self.screen_stack) > 1:
            self.pop_screen()
            return
        page = self.way.back() if step < 0 else self.way.forward()
        if page is None:
            self.say("There is no page before this one." if step < 0 else "There is no page after this one.")
        else:
            await self.action_go(page)

    async def action_last(self) -> None:
        """Go to the page that was on the screen before this one."""
        page = self.way.last()
        if page is None:
            self.say("No other page was on the screen yet.")
        else:
            await self.action_go(page)

    def choose_scope(self, text: str) -> None:
        """Make a scope the one that all pages show.

        Raises:
            UsageError: It is no scope.
        """
        self.deck.session.choose_scope(text)
        if isinstance(self.screen, ListScreen):
            self.screen.scope_changed()
            if not self.screen.scoped:
                part = self.deck.session.scope.text or "everything"
                self.say(f"The other pages show {part}; here everything is looked at.")

    async def show_row(self, page: str, key: str) -> None:
        """Go to a page, with the cursor on a row; from there one gets back to the page before."""
        before = self.current_mode
        await self.action_go(page)
        if page != before:
            # Whoever goes through ten hits comes back to the list of them ten times, also from home.
            self._trail = [*(known for known in self._trail if known not in {page, before}), before]
        if isinstance(self.screen, ListScreen):
            self.screen.scope_changed()
        if isinstance(self.screen, StoreScreen):
            self.screen.reveal(key)

    async def show_place(self, page: str) -> None:
        """Go to a page and take the place that waits for it; a page that does not exist any more is the first one."""
        await self.action_go(page if page in PAGE_NAMES else LANDING)
        if isinstance(self.screen, ListScreen):
            self.screen.take_place()
            self.screen.scope_changed()

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
            rows = f"{waiting} rows" if waiting != 1 else "1 row"
            self.say(f"The picture is live again: {rows} came, went or changed meanwhile.")
        if isinstance(self.screen, StoreScreen):
            self.screen.show_header()

    def action_header(self) -> None:
        """Make the header one line, or as many as there are to say."""
        if isinstance(self.screen, StoreScreen):
            self.deck.look.short_header = not self.screen.header.short
            self.screen.show_header()
