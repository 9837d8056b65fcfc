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
from flywheel_tui.tui.widgets.tone import STALE_SYMBOL, STATUS_MARKS, Tone

_LABEL: Final = 24
_TWO_COLUMNS_FROM: Final = 130

_Section = tuple[str, list[tuple[str, str, Tone]]]
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

    def _lines(self, width: int) -> Sequence[Line]:
        if width < _TWO_COLUMNS_FROM:
            return _column([*self._words(), *self._keys()], width)
        half = width // 2
        return _beside(_column([*self._words()], half), _column([*self._keys()], width - half), half)

    def _keys(self) -> Iterator[_Section]:
        keys = self.deck.keys
        for group in self._groups:
            rows = [(keys.labels(str(key.id)), key.tooltip, Tone.KEY) for key in group.bindings]
            yield f"Keys: {group.title.lower()}", [row for row in rows if row[0]]

    def _scopes(self) -> list[tuple[str, str, Tone]]:
        keys, session = self.deck.keys, self.deck.session
        fixed = [(keys.label(f"scope.{name}"), name, Tone.KEY) for name in ("all", "gitlab", "github")]
        kept = [
            (keys.label(f"scope.{digit}"), clean(seat.scope) + (", kept" if seat.pinned else ""), Tone.KEY)
            for digit, seat in session.favourites.items()
        ]
        return [row for row in (*fixed, *kept) if row[0]]

    def _words(self) -> Iterator[_Section]:
        yield (
            "Commands",
            [
                (f":{command.name} {command.usage}".strip(), _with_aliases(command), Tone.KEY)
                for command in self._commands
            ],
        )
        yield "Scopes: the part of the fleet that all pages show", self._scopes()
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
        signs.append(("–", "unknown: never 0, never 100 %", Tone.MUTED))
        yield "Signs", signs


def _with_aliases(command: CommandName) -> str:
    return f"{command.help} (also {', '.join(command.aliases)})" if command.aliases else command.help


def _column(sections: Sequence[_Section], width: int) -> list[Line]:
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
