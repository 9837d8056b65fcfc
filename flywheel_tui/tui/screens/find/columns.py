"""The columns of what was found."""

from __future__ import annotations

from typing import Final

from flywheel_tui.services.listing.field import Field, Kind
from flywheel_tui.services.listing.find import Hit
from flywheel_tui.tui.widgets.grid.column import Column, GridView
from flywheel_tui.tui.widgets.grid.listing import column, muted, own
from flywheel_tui.tui.widgets.tone import Mark, Tone

KIND: Final[Kind[Hit]] = Kind(
    name="find",
    singular="hit",
    noun="hits",
    aliases=("search",),
    help="a text in everything that is listed, and in what sources say",
    rows=lambda fleet: {},
    label=lambda row: row.name,
    default_sort=("kind", "name"),
    fields=(
        Field(name="name", title="NAME", help="what it is called", value=lambda row: row.name),
        Field(name="kind", title="KIND", help="the page that lists it", value=lambda row: row.kind),
        Field(name="context", title="CONTEXT", help="the configured context", value=lambda row: row.context),
        Field(name="field", title="WHERE", help="the first field that has the text", value=lambda row: row.where),
        Field(name="text", title="TEXT", help="what that field shows", value=lambda row: row.text),
    ),
)

SHOWING: Final = ("name", "text")
"""Names of the fields that show the text that was found."""

COLUMNS: Final[tuple[Column[Hit], ...]] = (
    column(KIND, "name", 24, most=48, tone=own, middle=True),
    column(KIND, "kind", 10, tone=muted),
    column(KIND, "context", 8, most=14, drop=2, tone=muted),
    column(KIND, "field", 9, most=14, drop=3, tone=muted),
    column(KIND, "text", 24, most=120, middle=True),
)

VIEW: Final[GridView[Hit]] = GridView(
    kind=KIND,
    columns=COLUMNS,
    mark=lambda row: Mark("○", Tone.PLAIN),
    feed=lambda row, snapshot: snapshot.feeds.get(row.row) if row.kind == "sources" else None,
    feeds=lambda snapshot: tuple(snapshot.feeds.values()),
    fault=lambda row: False,
    opens=lambda row, fleet: row.row if row.kind == "runners" else None,
    groups=("kind", "context", "field"),
    gone="no longer found",
)
