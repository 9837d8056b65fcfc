"""An app that acts on what is typed in the order in which it was typed, and on nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from textual import events

from flywheel_tui.config.paths import state_folder
from flywheel_tui.domain.errors import FlywheelError
from flywheel_tui.domain.text import clean
from flywheel_tui.tui.list_screen import ListScreen
from flywheel_tui.tui.paged_app import PagedApp
from flywheel_tui.tui.terminal.driver import TerminalDriver
from flywheel_tui.tui.widgets.dialog import Dialog, ask, converse
from flywheel_tui.tui.widgets.prompt import PromptInput
from flywheel_tui.tui.widgets.tone import Tone

_ANSWER_S: Final = 3.0
"""A terminal that has not answered after this long is taken to show what it was sent."""
_LONGEST_PASTE: Final = 4_000
"""Characters of a paste that a prompt takes: more is no filter and no name."""


class KeyedApp(PagedApp, inherit_bindings=False):
    """Hands keys to the dialog or the prompt that is open, at once, and pasted text to nothing but a prompt."""

    async def on_event(self, event: events.Event) -> None:
        """Act on a key or a paste before the next one is looked at."""
        typed = isinstance(event, events.Key | events.Paste) and not event.is_forwarded and bool(self.screen_stack)
        if not (typed and await self._takes(event)):
            await super().on_event(event)

    def when_shown(self, seen: asyncio.Event) -> None:
        """Set the event when the terminal shows what was drawn so far, as far as it can tell."""
        if isinstance(self._driver, TerminalDriver):
            # Whether or not an answer comes, the event is set; set twice it stays set.
            self.set_timer(_ANSWER_S, seen.set)
            self._driver.ask(seen.set)
        else:
            seen.set()

    async def _takes(self, event: events.Event) -> bool:
        screen, field = self.screen, self.focused
        if isinstance(event, events.Key):
            if isinstance(screen, Dialog):
                await screen.take(event)
                return True
            return isinstance(field, PromptInput) and await field.take(event)
        if isinstance(event, events.Paste):
            if isinstance(field, PromptInput):
                field.insert_text_at_cursor(clean(event.text.strip())[:_LONGEST_PASTE])
            else:
                self.say(f"Pasted text is ignored here; {self.deck.keys.label('list.filter')} takes it.", Tone.WARNING)
            return True
        return False

    async def action_copy_names(self) -> None:
        """Copy the names of the marked rows, or of the row under the cursor."""
        from flywheel_tui.tui.copying import names

        await self._copy(names)

    async def action_copy_scope(self) -> None:
        """Copy the scope of the marked rows, or of the row under the cursor."""
        from flywheel_tui.tui.copying import scopes

        await self._copy(scopes)

    async def action_copy_cell(self) -> None:
        """Ask which value of the row under the cursor to copy."""
        await converse(self, self._copy_cell())

    async def _copy(self, what: Callable[[ListScreen], list[str]]) -> None:
        if isinstance(self.screen, ListScreen):
            await self._copy_text(what(self.screen))

    async def _copy_cell(self) -> None:
        from flywheel_tui.tui.copying import cells, label, question

        screen = self.screen
        if not isinstance(screen, ListScreen):
            return
        values = cells(screen)
        if not values:
            await self._copy_text([])
            return
        title = await ask(self, question(label(screen), values))
        if title is not None:
            await self._copy_text([values[title]])

    async def _copy_text(self, texts: Sequence[str]) -> None:
        if not texts:
            self.say("There is nothing here to copy.", Tone.WARNING)
            return
        from flywheel_tui.tui.clipboard import Clipboard

        try:
            where = await Clipboard(self._write, state_folder()).copy("\n".join(texts))
        except FlywheelError as error:
            self.say(str(error), Tone.WARNING)
        else:
            self.say(f"Copied {texts[0] if len(texts) == 1 else f'{len(texts)} lines'} {where}.")

    def _write(self, data: str) -> None:
        if self._driver is not None:
            self._driver.write(data)
