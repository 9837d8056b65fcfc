"""The prompt in the last line: ``:`` for commands, ``/`` for the filter, or a few words for anything else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.suggester import Suggester
from textual.widgets import Input, Static

from flywheel_tui.tui import keymap

Complete = Callable[[str], Sequence[str]]
"""Returns the lines that a line could become, the likeliest first."""


class PromptOwner(Protocol):
    """Who opened a prompt. Its sign tells what kind of prompt it was."""

    async def prompt_entered(self, sign: str, text: str) -> None:
        """Act on the text; the prompt is closed."""

    async def prompt_left(self, sign: str) -> None:
        """Take note that nothing was entered; the prompt is closed."""

    def prompt_changed(self, sign: str, text: str) -> None:
        """Look at the text so far."""


class _FirstCompletion(Suggester):
    """Shows the first completion behind what is typed."""

    def __init__(self, complete: Complete) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        """Return the line that a press of the completion key would give."""
        return next((line for line in self._complete(value) if line.startswith(value)), None) if value else None


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
        self._complete: Complete = _nothing
        self._possible: Sequence[str] = ()
        self._chosen = 0
        self._history: Sequence[str] = ()
        self._place = 0
        self._draft = ""

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

    def open(self, text: str, complete: Complete, history: Sequence[str]) -> None:
        """Begin anew with ``text``; ``history`` are earlier lines, the latest last."""
        self._complete = complete
        self._possible = ()
        self.suggester = _FirstCompletion(complete)
        self._history = history
        self._place = len(history)
        self._draft = ""
        self._write(text)

    async def action_submit(self) -> None:
        """Enter the text."""
        await self._prompt.enter(self.value)

    async def action_cancel(self) -> None:
        """Leave the prompt."""
        await self._prompt.leave()

    def action_complete(self, step: int) -> None:
        """Complete the line; pressed again, take the next possibility or the one before."""
        if self._possible and self.value == self._possible[self._chosen]:
            self._chosen = (self._chosen + step) % len(self._possible)
        else:
            self._possible = [line for line in self._complete(self.value) if line != self.value]
            self._chosen = 0 if step > 0 else len(self._possible) - 1
        if self._possible:
            self._write(self._possible[self._chosen])

    def action_previous(self) -> None:
        """Take an earlier line."""
        self._recall(self._place - 1)

    def action_next(self) -> None:
        """Take a later line, and after the last what was being typed."""
        self._recall(self._place + 1)

    def _recall(self, place: int) -> None:
        if self._place == len(self._history):
            self._draft = self.value
        if 0 <= place <= len(self._history):
            self._place = place
            self._write(self._history[place] if place < len(self._history) else self._draft)

    def _write(self, text: str) -> None:
        self.value = text
        self.cursor_position = len(text)


def _nothing(text: str) -> Sequence[str]:
    """Return no completion."""
    return ()


class Prompt(Horizontal):
    """A sign and a text field; hidden until opened.

    Args:
        owner: What to tell.
    """

    DEFAULT_CSS = """
    Prompt {
        height: 1; display: none;
        Static { width: auto; color: $tone-key; text-style: bold; }
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

    def open(
        self, sign: str, text: str = "", complete: Complete | None = None, history: Sequence[str] = ()
    ) -> PromptInput:
        """Show ``sign``, which also names the kind of prompt to the owner; return the field to give the keys to.

        Args:
            sign: What stands before the text.
            text: What to begin with.
            complete: Completes the text.
            history: Earlier lines, the latest last.
        """
        self.sign = sign
        self._sign.update(Content(f" {sign}"))
        self.display = True
        self._input.open(text, complete or _nothing, history)
        return self._input

    async def enter(self, text: str) -> None:
        """Close, and pass the text on."""
        await self._owner.prompt_entered(self._close(), text)

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
