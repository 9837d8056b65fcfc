"""The text of each row that words of a filter look in, kept for the next key press and made ahead of the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, Generic, TypeVar

from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.field import Field, FieldType
from flywheel_tui.services.listing.filter import searched_text

R = TypeVar("R", bound=Row)

_AGES_KEPT: Final = timedelta(minutes=1)
"""How long ages are searched as they were."""
_AGES_RENEWED: Final = timedelta(seconds=40)
"""How often they are made ahead: what is kept is never over, also where making all takes a while."""
_FEW: Final = 500
"""The texts of so many rows take no time that anybody notices: they are not made ahead."""
_SLICE: Final = 16
"""Texts made between two looks at the clock: about half a millisecond."""


class Texts(Generic[R]):
    """Keeps what a row shows in lower case: as long as the row stays as it is, its ages for a minute.

    A text has each field on a line of its own, the ages last; what is kept is a row, its text, and until when.

    Args:
        fields: What a row shows.
    """

    def __init__(self, fields: Sequence[Field[R]]) -> None:
        self._lasting = [field for field in fields if field.type is not FieldType.TIME]
        self._ages = [field for field in fields if field.type is FieldType.TIME]
        self._kept: dict[str, tuple[R, bytes, datetime]] = {}
        self._times: tuple[datetime, datetime] | None = None
        self._wanted: dict[str, None] = {}
        self._renewal: datetime | None = None

    @property
    def wanted(self) -> bool:
        """Return whether there are texts to be made ahead."""
        return bool(self._wanted)

    def of(self, row: R, now: datetime) -> bytes:
        """Return the text."""
        kept = self._kept.get(row.key)
        if kept is not None and kept[0] is row and now < kept[2]:
            return kept[1]
        return self._make(row, now)

    def _make(self, row: R, now: datetime) -> bytes:
        kept = self._kept.get(row.key)
        if kept is None or kept[0] is not row:
            lasting = searched_text(row, self._lasting, now)
        else:
            lasting = kept[1].rsplit(b"\n", len(self._ages))[0] if self._ages else kept[1]
        text = lasting + b"\n" + searched_text(row, self._ages, now) if self._ages else lasting
        if self._times is None or self._times[0] is not now:
            # One end for all rows of a picture: an own one for each is a sixth of what is kept.
            self._times = now, now + _AGES_KEPT
        self._kept[row.key] = row, text, self._times[1]
        return text

    def follow(self, keys: Iterable[str], rows: Mapping[str, R], now: datetime) -> None:
        """Have the texts of new and changed rows made ahead by :meth:`prepare`, from time to time those of all."""
        if len(rows) < _FEW:
            return
        if self._renewal is None or now >= self._renewal:
            self._renewal = now + _AGES_RENEWED
            keys = rows
        self._wanted.update(dict.fromkeys(keys))

    def prepare(self, row_of: Callable[[str], R | None], now: datetime, more: Callable[[], bool]) -> None:
        """Make wanted texts, a few and then as long as there may be more."""
        while self._wanted:
            for key in list(islice(self._wanted, _SLICE)):
                del self._wanted[key]
                row = row_of(key)
                if row is not None:
                    self._make(row, now)
            if not more():
                break

    def drop(self, keys: Iterable[str]) -> None:
        """Forget rows that are gone."""
        for key in keys:
            self._kept.pop(key, None)
