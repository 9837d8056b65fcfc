"""The base of every screen: it follows the fleet while it is visible, and shows header, title, keys and prompt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.screen import Screen
from textual.timer import Timer

from flywheel_tui.domain.fleet import FleetChange
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.finding.session import COMMANDS
from flywheel_tui.tui.widgets.foot import Bottom, Status
from flywheel_tui.tui.widgets.header import Header
from flywheel_tui.tui.widgets.header_parts import badges
from flywheel_tui.tui.widgets.line import Line, Piece
from flywheel_tui.tui.widgets.lines import Lines
from flywheel_tui.tui.widgets.prompt import Complete, Prompt, PromptInput
from flywheel_tui.tui.widgets.tone import Tone

LEAST_SIZE: Final = (60, 16)
TICK_S: Final = 5.0
_MESSAGE_S: Final = 6.0


class TooSmall(Lines, can_focus=False):
    """Says what size is missing."""

    DEFAULT_CSS = """
    TooSmall { height: 1fr; display: none; }
    """

    def __init__(self, deck: Deck) -> None:
        super().__init__(id="too-small")
        self._badges = badges(deck.settings.contexts)

    def line_at(self, y: int) -> Line:
        """Return the size there should be and the one there is."""
        width, height = self.app.size
        if y == 0 and self._badges:
            return Line(self._badges)
        if y == (1 if self._badges else 0):
            return Line((Piece(f"need {LEAST_SIZE[0]}x{LEAST_SIZE[1]},", Tone.STRONG),))
        if y == (2 if self._badges else 1):
            return Line((Piece(f"have {width}x{height}", Tone.STRONG),))
        return Line()


class StoreScreen(Screen[None], inherit_bindings=False):
    """A screen that draws the newest picture once for any burst of changes, and only while it is visible.

    A subclass composes :meth:`body`, draws in :meth:`draw` and lets ages grow in :meth:`tick`.

    Args:
        deck: Settings and live fleet.
    """

    AUTO_FOCUS = "#body"

    freezes: ClassVar[bool] = True
    """Whether the body stands still while the picture is held."""

    def __init__(self, deck: Deck) -> None:
        super().__init__()
        self.deck = deck
        self.header = Header(deck)
        self.title_line = Status(id="title")
        self.bottom = Bottom()
        self.prompt = Prompt(self)
        self.missed_since: datetime | None = None
        """Since when what was drawn last had been waiting to be: the page was hidden, or the picture held."""
        self._missed_since: datetime | None = None
        self._stale = True
        self._change: FleetChange | None = None
        self._silence: Timer | None = None

    @property
    def now(self) -> datetime:
        """Return the time of the picture: it stands still while the picture does."""
        fleet = self.deck.fleet
        return fleet.clock() if self.freezes else fleet.live_clock()

    @property
    def picture(self) -> Picture:
        """Return the picture to draw."""
        fleet = self.deck.fleet
        return fleet.current if self.freezes else fleet.live

    @property
    def in_sight(self) -> bool:
        """Return whether this is the page that the operator sees: on top, or with only a dialog over it.

        Textual counts what lies right below the top as visible even where that covers it whole.
        """
        if not self.is_current:
            return False
        return next(screen for screen in reversed(self.app.screen_stack) if isinstance(screen, StoreScreen)) is self

    @property
    def _frozen(self) -> bool:
        return self.freezes and self.deck.fleet.frozen_at is not None

    def body(self) -> ComposeResult:
        """Compose what is between header and title line."""
        raise NotImplementedError

    def draw(self, picture: Picture, change: FleetChange | None) -> None:
        """Draw a picture.

        Args:
            picture: The newest picture.
            change: What differs from the picture drawn before; None where that is not known.
        """
        raise NotImplementedError

    def tick(self, now: datetime) -> None:
        """Let ages grow."""

    def hints(self) -> Sequence[str]:
        """Return the binding ids to hint at, the most useful first."""
        return ("app.command", "app.help", "app.back")

    def hint_of(self, name: str) -> str:
        """Return what a binding does here, in a word or two."""
        return self.deck.keys.help_of(name)

    def compose(self) -> ComposeResult:
        """Lay out the parts that all screens share."""
        yield self.header
        yield from self.body()
        yield self.title_line
        yield self.bottom
        yield self.prompt
        yield TooSmall(self.deck)

    def on_mount(self) -> None:
        """Follow the fleet."""
        unsubscribe = self.deck.fleet.subscribe(self._fleet_changed)
        self._unsubscribe = unsubscribe
        self.set_interval(TICK_S, self._tick)
        keys = self.deck.keys
        self.bottom.set_hints([(label, self.hint_of(name)) for name in self.hints() if (label := keys.label(name))])

    def on_unmount(self) -> None:
        """Follow it no longer."""
        self._unsubscribe()

    @on(events.ScreenResume)
    async def draw_what_was_missed(self) -> None:
        """Draw what was missed while hidden."""
        self.show_header()
        # Laying a page out, taking thousands of rows in and painting are each a moment; keys come in between.
        await asyncio.sleep(0)
        self._draw_if_stale()
        await asyncio.sleep(0)

    def on_resize(self, event: events.Resize) -> None:
        """Say so where the terminal is too small to show anything."""
        width, height = event.size
        self.set_class(width < LEAST_SIZE[0] or height < LEAST_SIZE[1], "-too-small")

    def say(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Show a message in the last line for some seconds."""
        if self._silence is not None:
            self._silence.stop()
        self.bottom.say(text, tone)
        self._silence = self.set_timer(_MESSAGE_S, self.bottom.hush)

    def action_command(self) -> None:
        """Open the ``:`` prompt."""
        self.open_prompt(COMMANDS, "", self.deck.helm.complete, self.deck.session.history(COMMANDS))

    def reveal(self, key: str) -> None:
        """Show the thing of that key, as far as the page has it."""

    def undo(self) -> bool:
        """Take back the last narrowing of what is shown; return False where there is none, so that one goes back."""
        return False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to the prompt while it has them."""
        return not isinstance(self.focused, PromptInput)

    def focus_body(self) -> None:
        """Give the keys to what is between header and title line, at once."""
        self.set_focus(self.query_one("#body"))

    def open_prompt(
        self, sign: str, text: str = "", complete: Complete | None = None, history: Sequence[str] = ()
    ) -> None:
        """Open a prompt in the last line; see :meth:`~flywheel_tui.tui.widgets.prompt.Prompt.open`."""
        self.bottom.hush()
        self.bottom.display = False
        self.set_focus(self.prompt.open(sign, text, complete, history))

    async def prompt_entered(self, sign: str, text: str) -> None:
        """Act, and only then give the keys back."""
        self.bottom.display = True
        await self.entered(sign, text)
        self.focus_body()

    async def prompt_left(self, sign: str) -> None:
        """Give the keys back."""
        self.bottom.display = True
        self.left(sign)
        self.focus_body()

    def prompt_changed(self, sign: str, text: str) -> None:
        """Do nothing while a command is typed."""

    async def entered(self, sign: str, text: str) -> None:
        """Do what was entered at the prompt of that sign."""
        if sign == COMMANDS:
            self.deck.session.remember_line(COMMANDS, text)
            await self.deck.helm.command(text)

    def left(self, sign: str) -> None:
        """Undo what typing at the prompt of that sign did."""

    def show_header(self) -> None:
        """Draw the header anew: it stays live whatever the body shows."""
        fleet = self.deck.fleet
        self.header.show(fleet.live, fleet.live_clock())

    def _fleet_changed(self, picture: Picture, change: FleetChange | None) -> None:
        if self._missed_since is None and (self._frozen or not self.in_sight):
            self._missed_since = self.deck.fleet.live_clock()
        if self._frozen:
            if self.in_sight:
                self.call_next(self.show_header)
            return
        self._change = None if self._stale else change
        if not self._stale:
            self._stale = True
            if self.in_sight:
                self.call_next(self._draw_if_stale)

    def _draw_if_stale(self) -> None:
        if not (self._stale and self.in_sight):
            return
        self._stale = False
        self.missed_since, self._missed_since = self._missed_since, None
        self.show_header()
        self.draw(self.picture, self._change)

    def _tick(self) -> None:
        if self.in_sight:
            self.show_header()
            if not self._frozen:
                self.tick(self.now)
