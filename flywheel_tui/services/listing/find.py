"""Finding a text in everything that is listed, whatever its kind; a new kind in the registry is searched as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from flywheel_tui.domain.feed import Feed
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.services.listing.field import Field, FieldType, Kind
from flywheel_tui.services.listing.filter import Sought, literally
from flywheel_tui.services.listing.registry import KINDS

SOURCES: Final = "sources"
"""The kind of a hit in what is known of a source."""

_ROWS_A_STEP: Final = 100
_LONGEST: Final = 160
_SEARCHED: Final = frozenset(FieldType) - {FieldType.TIME, FieldType.DURATION}
"""Ages change while one reads them: nobody looks for one by its text."""


class Hit(Row, frozen=True):
    """A thing in which the text was found.

    Attributes:
        key: The kind and the thing's own key.
        kind: Name of the kind, which is also the name of the page that lists it.
        row: Key of the thing among its kind.
        where: Name of the first field that has the text, the name before all others.
        text: What that field shows.
    """

    kind: str
    row: str
    name: str
    where: str
    text: str


def sought(text: str, fields: Iterable[str]) -> tuple[Sought, ...]:
    """Return what shows where the words of a text stand.

    Args:
        text: What is found.
        fields: Names of the fields that show hits.
    """
    return tuple(Sought(field, literally(word)) for field in fields for word in text.split())


class Finder:
    """Finds a text in all rows of a picture, in steps, so that a caller can do other things in between.

    The text of a row is kept as long as the row stays as it is: of a fleet of which little changes, little is looked
    at anew.

    Args:
        kinds: What to search besides the sources.
    """

    def __init__(self, kinds: Sequence[Kind[Any]] = KINDS) -> None:
        self._kinds = kinds
        self._fields = {kind.name: _searched(kind) for kind in kinds}
        self._texts: dict[str, dict[str, tuple[Row, str]]] = {kind.name: {} for kind in kinds}

    def search(self, text: str, picture: Picture) -> Iterator[Sequence[Hit]]:
        """Yield the hits of some rows at a time, sources last; an empty text is found nowhere.

        Args:
            text: What to find; case does not matter, and words separated by spaces must all be in the same field.
            picture: Where to find it.
        """
        words = text.lower().split()
        if not words:
            return
        for kind in self._kinds:
            yield from self._search_kind(kind, words, kind.rows(picture.fleet))
        yield _in_sources(words, picture.snapshot)

    def _search_kind(self, kind: Kind[Any], words: Sequence[str], rows: Mapping[str, Row]) -> Iterator[Sequence[Hit]]:
        fields, known = self._fields[kind.name], self._texts[kind.name]
        texts: dict[str, tuple[Row, str]] = {}
        hits: list[Hit] = []
        for count, (key, row) in enumerate(rows.items(), 1):
            kept = known.get(key)
            if kept is None or kept[0] is not row:
                # Each field on a line of its own, as a text of a field has no line breaks.
                kept = row, "\n".join((kind.label(row), *(_shown(field, row) for field in fields))).lower()
            texts[key] = kept
            if all(word in kept[1] for word in words) and (hit := _hit(kind, fields, key, row, words)) is not None:
                hits.append(hit)
            if count % _ROWS_A_STEP == 0:
                yield hits
                hits = []
        self._texts[kind.name] = texts
        yield hits


def _searched(kind: Kind[Any]) -> tuple[Field[Any], ...]:
    """Return the fields that say something beside the name, which the label says in full."""
    return tuple(field for field in kind.fields if field.type in _SEARCHED and field.name != "name")


def _shown(field: Field[Any], row: Row) -> str:
    """Return what a field that does not depend on the time shows; nothing where it is unknown."""
    value = field.value(row)
    if value is None:
        return ""
    if field.text is not None:
        return field.text(row)
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _hit(kind: Kind[Any], fields: Sequence[Field[Any]], key: str, row: Row, words: Sequence[str]) -> Hit | None:
    label = kind.label(row)
    for where, text in (("name", label), *((field.name, _shown(field, row)) for field in fields)):
        lowered = text.lower()
        if all(word in lowered for word in words):
            return Hit(
                key=f"{kind.name} {key}",
                context=row.context,
                kind=kind.name,
                row=key,
                name=label,
                where=where,
                text=_around(text, words[0]),
            )
    return None


def _in_sources(words: Sequence[str], snapshot: Snapshot) -> list[Hit]:
    hits = []
    for feed in snapshot.feeds.values():
        for where, text in _said_of(feed):
            lowered = text.lower()
            if all(word in lowered for word in words):
                hits.append(
                    Hit(
                        key=f"{SOURCES} {feed.name}",
                        context=feed.context,
                        kind=SOURCES,
                        row=feed.name,
                        name=feed.name,
                        where=where,
                        text=_around(text, words[0]),
                    )
                )
                break
    return hits


def _said_of(feed: Feed) -> Iterator[tuple[str, str]]:
    yield "name", feed.name
    if feed.failure is not None:
        yield "error", feed.failure.message
        yield "next step", feed.failure.next_step or ""
    for finding in feed.findings:
        yield finding.code.replace("_", " "), finding.text
        yield "next step", finding.next_step or ""


def _around(text: str, word: str) -> str:
    """Return the part of a long text that has the word in it."""
    if len(text) <= _LONGEST:
        return text
    start = max(0, min(text.lower().find(word) - _LONGEST // 4, len(text) - _LONGEST))
    return ("…" if start else "") + text[start : start + _LONGEST] + ("…" if start + _LONGEST < len(text) else "")
