"""The prompt in the last line: ``:`` for commands, ``/`` for the filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from flywheel_tui.tui import keymap

_REMEMBERED = 50


class PromptInput(Input, inherit_bindings=False):
    """The text field of a prompt, with named keys and without a blinking cursor."""

    BINDINGS: ClassVar = list(keymap.PROMPT.bindings)

    class Cancelled(Message):
        """Escape was pressed."""

    def __init__(self) -> None:
        super().__init__(compact=True, select_on_focus=False)
        self.cursor_blink = False
        self._history: list[str] = []
        self._place = 0

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

    def action_cancel(self) -> None:
        """Tell that the prompt is left."""
        self.post_message(self.Cancelled())

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
    """A sign and a text field; hidden until opened."""

    DEFAULT_CSS = """
    Prompt {
        height: 1; display: none;
        Static { width: 2; color: $tone-key; text-style: bold; }
        PromptInput { width: 1fr; background: transparent; color: $tone-strong; }
        PromptInput:focus { background-tint: transparent; }
    }
    Prompt.-open { display: block; }
    """

    class Changed(Message):
        """The text of the open prompt changed."""

        def __init__(self, sign: str, text: str) -> None:
            super().__init__()
            self.sign = sign
            self.text = text

    class Entered(Message):
        """The text was entered; the prompt is closed."""

        def __init__(self, sign: str, text: str) -> None:
            super().__init__()
            self.sign = sign
            self.text = text

    class Left(Message):
        """The prompt was left without entering anything; it is closed."""

        def __init__(self, sign: str) -> None:
            super().__init__()
            self.sign = sign

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self._sign = Static(id="sign")
        self._input = PromptInput()
        self.sign = ""

    @property
    def is_open(self) -> bool:
        """Return whether the prompt takes the keys."""
        return bool(self.sign)

    @property
    def text(self) -> str:
        """Return what is typed."""
        return self._input.value

    def compose(self) -> ComposeResult:
        """Lay out the sign and the field."""
        yield self._sign
        yield self._input

    def open(self, sign: str, text: str = "", suggestions: Sequence[str] = ()) -> None:
        """Take the keys and show ``sign``, which also names the kind of prompt in messages."""
        self.sign = sign
        self._sign.update(Content(f" {sign}"))
        self.add_class("-open")
        self._input.open(text, suggestions)
        self._input.focus()

    def close(self) -> None:
        """Give the keys back."""
        self.sign = ""
        self.remove_class("-open")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass the text on while the prompt is open."""
        event.stop()
        if self.is_open:
            self.post_message(self.Changed(self.sign, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close and pass the text on."""
        event.stop()
        sign = self.sign
        if sign == ":":
            self._input.remember(event.value)
        self.close()
        self.post_message(self.Entered(sign, event.value))

    def on_prompt_input_cancelled(self, event: PromptInput.Cancelled) -> None:
        """Close without a result."""
        event.stop()
        sign = self.sign
        self.close()
        self.post_message(self.Left(sign))
