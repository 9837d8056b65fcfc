"""What differs between two joined pictures, by key."""

from __future__ import annotations

from collections.abc import Mapping

from flywheel_tui.domain.fleet import Fleet, FleetChange, KeyChange
from flywheel_tui.domain.row import Row


def diff_fleet(before: Fleet, after: Fleet) -> FleetChange:
    """Return what to redraw when ``after`` replaces ``before``.

    The store keeps rows and tables that did not change as the objects they were, so most of this compares identities.
    """
    return FleetChange(
        runners=diff_rows(before.runners, after.runners),
        scale_sets=diff_rows(before.scale_sets, after.scale_sets),
        pods=diff_rows(before.pods, after.pods),
        alerts=diff_rows(before.alerts, after.alerts),
        jobs=diff_rows(before.jobs, after.jobs),
        totals=before.totals != after.totals,
        unjoined=before.unjoined != after.unjoined,
    )


def diff_rows(before: Mapping[str, Row], after: Mapping[str, Row]) -> KeyChange:
    """Return the keys by which two tables differ."""
    if before is after:
        return KeyChange()
    added, changed = [], []
    for key, row in after.items():
        old = before.get(key)
        if old is None:
            added.append(key)
        elif old is not row and old != row:
            changed.append(key)
    removed = [key for key in before if key not in after]
    return KeyChange(added=frozenset(added), changed=frozenset(changed), removed=frozenset(removed))
