"""The one dialog of the console: a question, its choices, and nothing that a key typed too early could choose.

A screen asks in the middle of what it does, and :func:`converse` keeps the keys in order meanwhile::

    async def action_delete_view(self) -> None:
        await converse(self.app, self._delete_view("night"))

    async def _delete_view(self, name: str) -> None:
        question = Question("Delete a view", (line(f"{name} will be gone."),), (Choice("delete", "Delete", "d"),))
        if await ask(self.app, question) == "delete":
            ...
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextvars import ContextVar
from typing import Any, ClassVar, Final, Protocol, cast

from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult
from textual.message import Message
from textual.screen import ModalScreen

from flywheel_tui.domain.record import Record
from flywheel_tui.domain.text import clean
from flywheel_tui.tui import keymap
from flywheel_tui.tui.widgets.line import Line, Piece, cut_line, fit, piece, wrap
from flywheel_tui.tui.widgets.lines import Lines
from flywheel_tui.tui.widgets.tone import Tone

QUIET_S: Final = 0.3
"""Keys typed so soon after the dialog is on the screen were meant for something else."""
LEAST_SIZE: Final = (40, 10)
_WIDEST: Final = 76
_MARGIN: Final = 4
_FRAME: Final = 2
_MOST_IN_A_ROW: Final = 4
_MOST_LISTED: Final = 12
_LONGEST_ENTRY: Final = 200


class Choice(Record, frozen=True):
    """Something that can be chosen.

    Attributes:
        name: What :func:`ask` returns.
        label: What stands on the screen; text from outside is cleaned.
        key: A letter that chooses it, or an empty string.
        tone: What its label means: CRITICAL for what cannot be taken back.
    """

    name: str
    label: str
    key: str = ""
    tone: Tone = Tone.KEY


class Question(Record, frozen=True):
    """A question. Cancel is always there, comes first, has the focus, and is what ``esc`` and ``n`` choose.

    Attributes:
        title: A few words.
        lines: What will happen; long lines are wrapped, and scroll where they do not fit.
        choices: What can be chosen besides Cancel. A single one is also chosen by ``y``.
        confirm: Where it is not empty, this has to be typed before anything but Cancel can be chosen.
        cancel: The label of Cancel.
        listed: Whether each choice has a line of its own; more than a few always have.
    """

    title: str
    lines: Sequence[Line] = ()
    choices: Sequence[Choice] = (Choice("yes", "Yes"),)
    confirm: str = ""
    cancel: str = "Cancel"
    listed: bool = False


class Shows(Protocol):
    """An app that can tell when what it drew is on the terminal."""

    def when_shown(self, seen: asyncio.Event) -> None:
        """Set the event when the terminal shows what was drawn so far."""


_turn: ContextVar[asyncio.Event | None] = ContextVar("turn", default=None)


async def converse(app: App[Any], talk: Coroutine[Any, Any, None]) -> None:
    """Run ``talk``, and return when it waits for its first answer or is over.

    Keys typed meanwhile wait, so that none of them reaches the screen that the dialog is about to cover.
    """
    turn = asyncio.Event()

    async def talked() -> None:
        _turn.set(turn)
        try:
            await talk
        finally:
            turn.set()

    app.run_worker(talked(), name="conversation", group="conversation")
    await turn.wait()


async def ask(app: App[Any], question: Question) -> str | None:
    """Put a question and return the name of what was chosen, or None for Cancel. Call it within :func:`converse`."""
    answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    def answered(name: str | None) -> None:
        if not answer.done():
            answer.set_result(name)

    await app.push_screen(Dialog(question), answered)
    turn = _turn.get()
    if turn is not None:
        turn.set()
    return await answer


class Dialog(ModalScreen[str | None], inherit_bindings=False):
    """A question on the screen. All keys are its own: the app hands them to :meth:`take`."""

    BINDINGS: ClassVar = list(keymap.DIALOG.bindings)
    DEFAULT_CSS = """
    Dialog { align: center middle; background: transparent; }
    Dialog DialogBox { border: solid $tone-key; background: $background; padding: 0 1; }
    """
    AUTO_FOCUS = None

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self.box = DialogBox(question)
        self._seen = asyncio.Event()
        self._open_since: float | None = None

    def compose(self) -> ComposeResult:
        """Lay out the box."""
        yield self.box

    def on_mount(self) -> None:
        """Begin to count the quiet time once the dialog can be seen."""
        self.call_after_refresh(self._drawn)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the box into the terminal."""
        self.box.fit_into(*event.size)

    async def take(self, key: events.Key) -> None:
        """Act on a key, unless it was typed before the operator can have read the question."""
        if self._open_since is None or key.time - self._open_since < QUIET_S:
            return
        known = self.active_bindings.get(key.key)
        character = key.character if key.is_printable else None
        if self.box.types and character is not None:
            self.box.type(character)
        elif (choice := self._lettered(character)) is not None:
            self._choose(choice)
        elif known is not None and known.node is self:
            await self.app.run_action(known.binding.action, self)

    def action_take(self) -> None:
        """Choose what has the focus."""
        self._choose(self.box.focused_choice)

    def action_yes(self) -> None:
        """Choose the only choice there is besides Cancel."""
        if len(self.question.choices) == 1:
            self._choose(self.question.choices[0])

    def action_cancel(self) -> None:
        """Choose nothing."""
        self.dismiss(None)

    def action_next(self) -> None:
        """Go on to the next choice."""
        self.box.step(1)

    def action_previous(self) -> None:
        """Go back to the choice before."""
        self.box.step(-1)

    def action_down(self) -> None:
        """Go down the list of choices, or scroll the text."""
        self.box.down(1)

    def action_up(self) -> None:
        """Go up the list of choices, or scroll the text."""
        self.box.down(-1)

    def action_erase(self) -> None:
        """Erase the last letter typed."""
        self.box.erase()

    def _drawn(self) -> None:
        self.run_worker(self._wait_until_seen(), name="seen")

    async def _wait_until_seen(self) -> None:
        if hasattr(self.app, "when_shown"):
            cast(Shows, self.app).when_shown(self._seen)
            await self._seen.wait()
        # The clock of key events, which Textual does not name.
        self._open_since = Message().time

    def _lettered(self, letter: str | None) -> Choice | None:
        return next((choice for choice in self.question.choices if choice.key and choice.key == letter), None)

    def _choose(self, choice: Choice | None) -> None:
        if choice is None:
            self.dismiss(None)
        elif self.box.allows:
            self.dismiss(choice.name)
        else:
            self.box.insist()


class DialogBox(Lines, can_focus=False):
    """Draws a question.

    Args:
        question: The question.
    """

    def __init__(self, question: Question) -> None:
        super().__init__(id="dialog")
        self._question = question
        self._cancel = Choice("", question.cancel)
        self._listed = question.listed or len(question.choices) > _MOST_IN_A_ROW
        self._choices = [self._cancel, *question.choices]
        self._focus = 0
        self._entry = ""
        self._insisted = False
        self._top = self._first = self._window = self._list_height = self._inner = 0
        self._text: list[Line] = []
        self._rows: list[Line] = []

    @property
    def focused_choice(self) -> Choice | None:
        """Return what has the focus; None for Cancel."""
        return self._choices[self._focus] if self._focus else None

    @property
    def types(self) -> bool:
        """Return whether letters go into the field."""
        return bool(self._question.confirm)

    @property
    def allows(self) -> bool:
        """Return whether more than Cancel can be chosen."""
        return not self._too_small and self._entry == clean(self._question.confirm)

    @property
    def _too_small(self) -> bool:
        width, height = self.app.size
        return width < LEAST_SIZE[0] or height < LEAST_SIZE[1]

    def fit_into(self, width: int, height: int) -> None:
        """Take a place in a terminal of that size."""
        self._inner = inner = max(1, min(_WIDEST, width - _MARGIN) - _FRAME - 2)
        # Above it the first lines stay, which say whose fleet this is.
        height = max(1, height - _MARGIN) if not self._too_small else height
        self._text = [part for whole in self._told() for part in _wrapped(whole, inner)]
        fixed = 3 + (3 if self.types else 0) + self._choice_height(height)
        room = max(1, height - _FRAME - fixed)
        self._window = min(len(self._text), room)
        self.styles.width = inner + _FRAME + 2
        self.styles.height = min(height, fixed + self._window + _FRAME)
        self._lay_out()

    def type(self, character: str) -> None:
        """Put a letter into the field."""
        self._entry = (self._entry + character)[:_LONGEST_ENTRY]
        self._insisted = False
        self._lay_out()

    def erase(self) -> None:
        """Take the last letter out of the field."""
        self._entry = self._entry[:-1]
        self._lay_out()

    def insist(self) -> None:
        """Say what has to be typed first."""
        self._insisted = True
        self._lay_out()

    def step(self, step: int) -> None:
        """Move the focus."""
        self._focus = (self._focus + step) % len(self._choices)
        self._lay_out()

    def down(self, step: int) -> None:
        """Move the focus in a list; beside a row of buttons, scroll the text."""
        if self._listed:
            self.step(step)
        else:
            self._top = max(0, min(self._top + step, len(self._text) - self._window))
            self._lay_out()

    def line_at(self, y: int) -> Line:
        """Return a line of the box."""
        return cut_line(self._rows[y], self.size.width) if y < len(self._rows) else Line()

    def _told(self) -> Sequence[Line]:
        if not self._too_small:
            return self._question.lines
        width, height = self.app.size
        text = f"need {LEAST_SIZE[0]}x{LEAST_SIZE[1]}, have {width}x{height}: esc leaves this"
        return [Line((Piece(text, Tone.STRONG),))]

    def _choice_height(self, height: int) -> int:
        self._list_height = max(2, min(len(self._choices), _MOST_LISTED, height - _FRAME - 5)) if self._listed else 1
        return self._list_height

    def _lay_out(self) -> None:
        self._top = max(0, min(self._top, len(self._text) - self._window))
        below = len(self._text) - self._top - self._window
        more = Piece(f"  ↓ {below} more", Tone.MUTED) if below > 0 else Piece("")
        rows = [Line((piece(self._question.title, Tone.TITLE), more))]
        rows += self._text[self._top : self._top + self._window]
        if self.types:
            tone = Tone.CRITICAL if self._insisted else Tone.PLAIN
            rows += [
                Line(),
                Line((Piece("Type ", tone), piece(self._question.confirm, Tone.STRONG), Piece(" to go on:", tone))),
                Line((Piece("> ", Tone.KEY), piece(self._entry, Tone.STRONG), Piece("_", Tone.MUTED))),
            ]
        rows.append(Line())
        rows += self._list() if self._listed else [self._buttons()]
        rows.append(Line((Piece(self._hint(), Tone.MUTED),)))
        self._rows = rows
        self.redraw()

    def _buttons(self) -> Line:
        return Line(tuple(part for number in range(len(self._choices)) for part in (self._button(number), Piece("  "))))

    def _button(self, number: int) -> Piece:
        choice = self._choices[number]
        label = clean(choice.label)
        if number == self._focus:
            return Piece(f"[ {label} ]", Tone.CURSOR)
        return Piece(f"  {label}  ", choice.tone if number else Tone.PLAIN)

    def _list(self) -> list[Line]:
        height = self._list_height
        self._first = max(min(self._first, self._focus), self._focus - height + 1)
        shown = range(self._first, min(len(self._choices), self._first + height))
        return [self._listed_line(number) for number in shown]

    def _listed_line(self, number: int) -> Line:
        choice = self._choices[number]
        mark = ">" if number == self._focus else " "
        text = fit(f"{mark} {clean(choice.label)}", self._inner)
        return Line((Piece(text, choice.tone if number else Tone.PLAIN),), Tone.CURSOR if mark == ">" else None)

    def _hint(self) -> str:
        cancel = clean(self._question.cancel).lower()
        words = []
        if not self.types:
            single = len(self._question.choices) == 1
            keyed = [("y" if single else choice.key, choice.label) for choice in self._question.choices]
            words = [f"{key} {clean(label).lower()}" for key, label in keyed if key]
        words += [f"esc {cancel}" if self.types else f"n or esc {cancel}", "tab next", "enter take it"]
        while len(words) > 1 and cell_len("  ".join(words)) > self._inner:
            words.pop()
        return "  ".join(words)


def _wrapped(whole: Line, width: int) -> list[Line]:
    """Return a line in lines that fit; one that has to be broken takes the tone of its first words."""
    if whole.width <= width:
        return [whole]
    tone = next((part.tone for part in whole.pieces if part.text.strip()), Tone.PLAIN)
    return [Line((Piece(part, tone),)) for part in wrap(clean(whole.text), width)]
