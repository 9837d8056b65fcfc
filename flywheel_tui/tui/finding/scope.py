"""The scope: the part of the fleet that the whole console looks at, named by what rows belong to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.record import Record

ALL_WORDS: Final = frozenset({"", "all", "*"})


class Scope(Record, frozen=True):
    """Names of which a row must have one, and names that it must not have.

    Attributes:
        text: As it is typed and shown: ``prod-eu,prod-us``, ``!sandbox``; empty for everything.
    """

    text: str = ""
    wanted: frozenset[str] = frozenset()
    unwanted: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.text)

    def holds(self, names: Iterable[str]) -> bool:
        """Return whether something with these names, in lower case, is in the scope."""
        found = names if isinstance(names, frozenset) else frozenset(names)
        return self.unwanted.isdisjoint(found) and (not self.wanted or not self.wanted.isdisjoint(found))


EVERYTHING: Final = Scope()


def parse_scope(text: str) -> Scope:
    """Return the scope that ``text`` names: names separated by commas, ``!`` before those to leave out.

    Raises:
        UsageError: A name is missing.
    """
    text = text.strip()
    if text.lower() in ALL_WORDS:
        return EVERYTHING
    words = [word.strip() for word in text.split(",")]
    if not all(word.removeprefix("!").strip() for word in words):
        raise UsageError(f"{text} lacks a name.", next_step="Write one name, a,b or !a.")
    names = [word.lower() for word in words]
    return Scope(
        ",".join(words),
        frozenset(name for name in names if not name.startswith("!")),
        frozenset(name.removeprefix("!").strip() for name in names if name.startswith("!")),
    )


def names_in(scope: Scope) -> frozenset[str]:
    """Return all names that a scope mentions, in lower case."""
    return scope.wanted | scope.unwanted
