"""Messages from widgets and screens to the app."""

from __future__ import annotations

from textual.message import Message

from flywheel_tui.tui.widgets.tone import Tone


class OpenRunner(Message):
    """Open the page of a runner."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class CommandGiven(Message):
    """A line was entered at the ``:`` prompt."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class BackWanted(Message):
    """The screen has nothing left to undo: leave it."""


class Say(Message):
    """Tell the operator something in one line, for a few seconds."""

    def __init__(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        super().__init__()
        self.text = text
        self.tone = tone
