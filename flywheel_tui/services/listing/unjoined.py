"""What belongs to no runner that is known, and why."""

from __future__ import annotations

from typing import Final

from flywheel_tui.domain.fleet import Unjoined
from flywheel_tui.services.listing.field import Field, Kind

UNJOINED: Final[Kind[Unjoined]] = Kind(
    name="unjoined",
    singular="unjoined",
    noun="unjoined things",
    aliases=("un",),
    help="pods, releases, listeners, alerts and the like that belong to no runner that is known",
    rows=lambda fleet: {f"{row.kind} {row.key}": row for row in fleet.unjoined},
    label=lambda row: row.key,
    default_sort=("kind", "name"),
    fields=(
        Field(name="name", title="NAME", help="what it is called", value=lambda row: row.name),
        Field(
            name="kind",
            title="KIND",
            help="alert, autoscaler, ephemeral_runner, listener, pod, release or runner",
            value=lambda row: row.kind,
        ),
        Field(name="context", title="CONTEXT", help="the configured context", value=lambda row: row.context),
        Field(name="reason", title="REASON", help="why it cannot be joined", value=lambda row: row.reason),
        Field(name="key", title="KEY", help="the key of the (first) thing", value=lambda row: row.key, wide=True),
    ),
)
