"""The text of a cell. Ages grow in steps, so that time alone changes few cells."""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeVar

from flywheel_tui.domain.clock import age_seconds, short_age
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.text import clean
from flywheel_tui.services.listing.field import Field, FieldType

R = TypeVar("R", bound=Row)

_SECONDS_BELOW: Final = 120
_SECONDS_STEP: Final = 10
_HOUR: Final = 3600
_MINUTES_BELOW: Final = 2 * _HOUR


def cell_text(field: Field[R], row: R, now: datetime) -> str:
    """Return what a field shows of a row, cleaned, with ages told in steps."""
    if field.type is FieldType.TIME and field.text is None:
        value = field.value(row)
        if isinstance(value, datetime):
            return stepped_age(value, now)
    return clean(field.show(row, now))


def stepped_age(since: datetime, now: datetime) -> str:
    """Return an age: tens of seconds below two minutes, minutes below two hours, then hours, then days.

    Over a slow line each growing age costs bytes, for every row on the screen: no more digits grow than are acted on.
    """
    seconds = age_seconds(since, now) or 0.0
    if seconds < _SECONDS_STEP:
        return f"<{_SECONDS_STEP}s"
    if seconds < _SECONDS_BELOW:
        return short_age(seconds // _SECONDS_STEP * _SECONDS_STEP)
    return short_age(seconds if seconds < _MINUTES_BELOW else seconds // _HOUR * _HOUR)
