"""The prompt in the last line: ``:`` for commands, ``/`` for the filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from flywheel_tui.tui import keymap

_REMEMBERED = 50


class PromptOwner(Protocol):
    """Who opened a prompt. Its sign tells what kind of prompt it was."""

    async def prompt_entered(self, sign: str, text: str) -> None:
        """Act on the text; the prompt is closed."""

    async def prompt_left(self, sign: str) -> None:
        """Take note that nothing was entered; the prompt is closed."""

    def prompt_changed(self, sign: str, text: str) -> None:
        """Look at the text so far."""


class PromptInput(Input, inherit_bindings=False):
    """The text field of a prompt, with named keys and without a blinking cursor.

    Args:
        prompt: What to tell.
    """

    BINDINGS: ClassVar = list(keymap.PROMPT.bindings)

    def __init__(self, prompt: Prompt) -> None:
        super().__init__(compact=True, select_on_focus=False)
        self.cursor_blink = False
        self._prompt = prompt
        self._history: list[str] = []
        self._place = 0

    async def take(self, key: events.Key) -> bool:
        """Act on a key at once and return whether it means something here.

        Textual would send a letter and, say, ``enter`` on different ways, on which one overtakes the other when a slow
        link delivers them together.
        """
        known = self.screen.active_bindings.get(key.key)
        if known is not None and known.node is self:
            await self.app.run_action(known.binding.action, self)
            return True
        if key.is_printable and key.character is not None:
            self.insert_text_at_cursor(key.character)
            return True
        return False

    def open(self, text: str, suggestions: Sequence[str]) -> None:
        """Begin anew with ``text``."""
        self.suggester = SuggestFromList(suggestions, case_sensitive=False) if suggestions else None
        self.value = text
        self.cursor_position = len(text)
        self._place = len(self._history)

    def remember(self, text: str) -> None:
        """Keep an entered line for the up key."""
        if text and (not self._history or self._history[-1] != text):
            self._history = [*self._history, text][-_REMEMBERED:]

    async def action_submit(self) -> None:
        """Enter the text."""
        await self._prompt.enter(self.value)

    async def action_cancel(self) -> None:
        """Leave the prompt."""
        await self._prompt.leave()

    def action_previous(self) -> None:
        """Take an earlier line."""
        self._recall(self._place - 1)

    def action_next(self) -> None:
        """Take a later line."""
        self._recall(self._place + 1)

    def _recall(self, place: int) -> None:
        if 0 <= place < len(self._history):
            self._place = place
            self.value = self._history[place]
            self.cursor_position = len(self.value)


class Prompt(Horizontal):
    """A sign and a text field; hidden until opened.

    Args:
        owner: What to tell.
    """

    DEFAULT_CSS = """
    Prompt {
        height: 1; display: none;
        Static { width: 2; color: $tone-key; text-style: bold; }
        PromptInput { width: 1fr; background: transparent; color: $tone-strong; }
        PromptInput:focus { background-tint: transparent; }
    }
    """

    def __init__(self, owner: PromptOwner) -> None:
        super().__init__(id="prompt")
        self._owner = owner
        self._sign = Static(id="sign")
        self._input = PromptInput(self)
        self.sign = ""

    @property
    def text(self) -> str:
        """Return what is typed."""
        return self._input.value

    def compose(self) -> ComposeResult:
        """Lay out the sign and the field."""
        yield self._sign
        yield self._input

    def open(self, sign: str, text: str = "", suggestions: Sequence[str] = ()) -> Input:
        """Show ``sign``, which also names the kind of prompt to the owner; return the field to give the keys to."""
        self.sign = sign
        self._sign.update(Content(f" {sign}"))
        self.display = True
        self._input.open(text, suggestions)
        return self._input

    async def enter(self, text: str) -> None:
        """Close, and pass the text on."""
        sign = self._close()
        if sign == ":":
            self._input.remember(text)
        await self._owner.prompt_entered(sign, text)

    async def leave(self) -> None:
        """Close without a result."""
        await self._owner.prompt_left(self._close())

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass the text on while the prompt is open."""
        event.stop()
        if self.sign:
            self._owner.prompt_changed(self.sign, event.value)

    def _close(self) -> str:
        sign, self.sign = self.sign, ""
        self.display = False
        return sign
