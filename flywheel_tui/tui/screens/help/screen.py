"""The help page: pages, commands, keys, signs and the filter's grammar, from the tables that make them work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, Final

from textual.app import ComposeResult

from flywheel_tui.domain.fleet import FleetChange, RunnerStatus
from flywheel_tui.domain.text import clean
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.services.listing.field import Kind
from flywheel_tui.tui.command import CommandName
from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.finding.session import view_in_words
from flywheel_tui.tui.keymap import Group
from flywheel_tui.tui.store_screen import StoreScreen
from flywheel_tui.tui.widgets.line import Line, Piece, fit, wrap
from flywheel_tui.tui.widgets.text_pane import TextPane
from flywheel_tui.tui.widgets.tone import GHOST_MARK, MARKED_SYMBOL, STALE_SYMBOL, STATUS_MARKS, Tone

_LABEL: Final = 24
_TWO_COLUMNS_FROM: Final = 130

Section = tuple[str, list[tuple[str, str, Tone]]]
"""A title, and rows of what to type, what it does, and its tone."""

_FILTER: Final = (
    ("gpu", "rows that show gpu in any field"),
    ("forge:gitlab tag:nix", "in one field; text, or a whole word of tags"),
    ("!status:online", "everything but that"),
    ("cpu>80 queue>=1 age<2h", "figures and ages; several terms must all hold"),
    ("/^build-\\d+$/", "a regular expression"),
    ("owner:unknown", "what no source tells"),
    ("mem>80", "a field may be named by a beginning that no other field has"),
)

_STATUSES: Final = {
    RunnerStatus.ONLINE: "in contact and idle",
    RunnerStatus.BUSY: "runs jobs",
    RunnerStatus.DEGRADED: "works in part: some managers, pods or slots do not",
    RunnerStatus.PENDING: "is starting",
    RunnerStatus.PAUSED: "takes no jobs because somebody said so",
    RunnerStatus.OFFLINE: "not in contact",
    RunnerStatus.STALE: "not in contact for a week or more",
    RunnerStatus.NEVER_CONTACTED: "registered, but never seen",
    RunnerStatus.UNKNOWN: "no source tells",
}


_SIGNS: Final = (
    (f"{MARKED_SYMBOL} before a row", "marked", Tone.STRONG),
    (
        f"{GHOST_MARK.symbol} before a row",
        "gone a moment ago: it stays for five seconds and can no longer be acted on",
        Tone.MUTED,
    ),
    ("↑ ↓ Δ behind a value", "it rose, fell or changed with the last reading", Tone.STRONG),
    ("+ behind a figure", "at least that many: the rest is not known", Tone.STRONG),
    ("▾ ▸ before a group", "its rows are shown, or put away", Tone.GROUP),
    ("‹ before the heads", "columns are scrolled out at the left", Tone.HEAD),
    ("–", "unknown: never 0, never 100 %", Tone.MUTED),
)


class HelpScreen(StoreScreen):
    """Lists what can be typed and pressed.

    Args:
        deck: Settings and live fleet.
        groups: The keys.
        commands: The commands.
        kind: What the page below lists, for its fields; None where it is no list.
    """

    def __init__(
        self, deck: Deck, groups: Sequence[Group], commands: Sequence[CommandName], kind: Kind[Any] | None
    ) -> None:
        super().__init__(deck)
        self._groups = groups
        self._commands = commands
        self._kind = kind
        self.pane = TextPane(self._lines, id="body")

    def body(self) -> ComposeResult:
        """Compose the text."""
        yield self.pane

    def draw(self, picture: Picture, change: FleetChange | None) -> None:
        """Show the text."""
        self.pane.update()
        self.title_line.show(Line((Piece(" "), Piece("help", Tone.TITLE))))

    def hints(self) -> Sequence[str]:
        """Return the ids of the bindings that matter most here."""
        return ("app.back", "move.page_down", "app.command")

    def typed(self) -> Iterator[Section]:
        """Yield what can be typed at a prompt, and what the signs of a list mean."""
        yield (
            "Commands",
            [
                (f":{command.name} {command.usage}".strip(), _with_aliases(command), Tone.KEY)
                for command in self._commands
            ],
        )
        views = self.deck.session.state.views
        if views:
            yield (
                "Saved views",
                [
                    (f":view {clean(name)}", clean(view_in_words(view)), Tone.KEY)
                    for name, view in sorted(views.items())
                ],
            )
        yield "Filter", [(example, words, Tone.KEY) for example, words in _FILTER]
        if self._kind is not None:
            yield f"Fields of {self._kind.name}", [(field.name, field.help, Tone.KEY) for field in self._kind.fields]
        signs = [
            (f"{mark.symbol} {status.value}", _STATUSES[status], mark.tone) for status, mark in STATUS_MARKS.items()
        ]
        signs.append(
            (f"{STALE_SYMBOL} before a row", "its source is not live: the row is the last good one", Tone.STALE)
        )
        yield "Signs", [*signs, *_SIGNS]

    def pressed(self) -> Iterator[Section]:
        """Yield what can be pressed."""
        keys = self.deck.keys
        kept = self._kept()
        for group in self._groups:
            rows = []
            for key in group.bindings:
                name = str(key.id)
                # What is on a page stands at its command.
                text = key.description if group.name == "page" else f"{key.tooltip}{kept.get(name, '')}"
                rows.append((keys.labels(name), text, Tone.KEY))
            yield f"Keys: {group.title.lower()}", [row for row in rows if row[0]]

    def _kept(self) -> dict[str, str]:
        """Return what is under a digit, by the name of its key."""
        return {
            f"scope.{digit}": f": {clean(seat.scope)}{'' if seat.pinned else ', until another takes its place'}"
            for digit, seat in self.deck.session.favourites.items()
        }

    def _lines(self, width: int) -> Sequence[Line]:
        if width < _TWO_COLUMNS_FROM:
            return _column([*self.typed(), *self.pressed()], width)
        half = width // 2
        return _beside(_column([*self.typed()], half), _column([*self.pressed()], width - half), half)


def _with_aliases(command: CommandName) -> str:
    return f"{command.help} (also {', '.join(command.aliases)})" if command.aliases else command.help


def _column(sections: Sequence[Section], width: int) -> list[Line]:
    return [line for title, rows in sections for line in _section(title, rows, width)][1:]


def _beside(left: Sequence[Line], right: Sequence[Line], width: int) -> list[Line]:
    joined = []
    for one, other in zip_longest(left, right, fillvalue=Line()):
        filler = Piece(" " * (width - one.width))
        joined.append(Line((*one.pieces, filler, *other.pieces)))
    return joined


def _section(title: str, rows: Sequence[tuple[str, str, Tone]], width: int) -> Iterator[Line]:
    yield Line()
    yield Line((Piece(f" {title}", Tone.TITLE),))
    for label, words, tone in rows:
        first, *others = wrap(words, max(20, width - _LABEL - 5))
        yield Line((Piece(f"   {fit(label, _LABEL)}  ", tone), Piece(first)))
        for other in others:
            yield Line((Piece(" " * (_LABEL + 5)), Piece(other)))
