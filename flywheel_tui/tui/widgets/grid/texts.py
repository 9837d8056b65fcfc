"""The text of each row that bare words of a filter look in, kept for the next key press."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.field import Field, FieldType
from flywheel_tui.services.listing.filter import searched_text

R = TypeVar("R", bound=Row)

_AGES_KEPT: Final = timedelta(minutes=1)
"""How long ages are searched as they were."""


class Texts(Generic[R]):
    """Keeps what a row shows in lower case: as long as the row stays as it is, its ages for a minute.

    Args:
        fields: What a row shows.
    """

    def __init__(self, fields: Sequence[Field[R]]) -> None:
        self._lasting = [field for field in fields if field.type is not FieldType.TIME]
        self._ages = [field for field in fields if field.type is FieldType.TIME]
        self._kept: dict[str, tuple[R, str, str, datetime]] = {}

    def of(self, row: R, now: datetime) -> str:
        """Return the text, each field on a line of its own."""
        kept = self._kept.get(row.key)
        if kept is not None and kept[0] is row:
            if now < kept[3]:
                return kept[2]
            lasting = kept[1]
        else:
            lasting = searched_text(row, self._lasting, now)
        text = f"{lasting}\n{searched_text(row, self._ages, now)}" if self._ages else lasting
        self._kept[row.key] = row, lasting, text, now + _AGES_KEPT
        return text

    def drop(self, keys: Iterable[str]) -> None:
        """Forget rows that are gone."""
        for key in keys:
            self._kept.pop(key, None)
