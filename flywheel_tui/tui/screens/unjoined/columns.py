"""The columns of what belongs to no runner that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from flywheel_tui.domain.fleet import Fleet, Unjoined
from flywheel_tui.services.listing.field import Kind
from flywheel_tui.services.listing.unjoined import UNJOINED
from flywheel_tui.tui.widgets.grid.column import Column, GridView
from flywheel_tui.tui.widgets.grid.listing import column, muted, own
from flywheel_tui.tui.widgets.tone import Mark, Tone


def _rows(fleet: Fleet) -> Mapping[str, Unjoined]:
    """Return the rows under keys of their own: a pod and its release may both be told of by the pod's key."""
    return {key: msgspec.structs.replace(row, key=key) for key, row in UNJOINED.rows(fleet).items()}


KIND: Final[Kind[Unjoined]] = msgspec.structs.replace(UNJOINED, rows=_rows)

COLUMNS: Final[tuple[Column[Unjoined], ...]] = (
    column(KIND, "name", 24, most=48, tone=own, middle=True),
    column(KIND, "kind", 10, most=16, tone=muted),
    column(KIND, "context", 8, most=14, tone=muted),
    column(KIND, "reason", 30, most=120),
)

VIEW: Final[GridView[Unjoined]] = GridView(
    kind=KIND,
    columns=COLUMNS,
    mark=lambda row: Mark("○", Tone.PLAIN),
    feed=lambda row, snapshot: None,
    feeds=lambda snapshot: tuple(snapshot.feeds.values()),
    fault=lambda row: True,
    opens=lambda row, fleet: None,
    remark=lambda row: row.reason,
    state="reason",
    groups=("kind", "context"),
    nothing="Everything that the sources tell of belongs to a runner.",
)
