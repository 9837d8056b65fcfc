"""Marks: rows that the operator picked, by key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

Identity = tuple[str | None, str | None]
"""A line: the group it stands in and the key of its row; no key on the head of the group."""


class Marks:
    """Keys of picked rows; they stay through sorting, filtering and new pictures.

    Attributes:
        anchor: The line marked last by hand, where a range begins.
    """

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self.anchor: Identity | None = None

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def toggle(self, line: Identity, key: str) -> None:
        """Mark a row, or take its mark away."""
        if key in self._keys:
            self._keys.discard(key)
            self.anchor = None
        else:
            self._keys.add(key)
            self.anchor = line

    def add(self, keys: Iterable[str]) -> None:
        """Mark rows."""
        self._keys.update(keys)

    def invert(self, keys: Collection[str]) -> None:
        """Mark those rows that are not, and unmark those that are."""
        self._keys ^= set(keys)
        self.anchor = None

    def drop(self, keys: Iterable[str]) -> None:
        """Forget the marks of rows that are gone."""
        if self._keys:
            self._keys.difference_update(keys)
            if self.anchor is not None and self.anchor[1] not in self._keys:
                self.anchor = None

    def clear(self) -> None:
        """Take all marks away."""
        self._keys.clear()
        self.anchor = None
