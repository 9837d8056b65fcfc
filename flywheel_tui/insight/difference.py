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
        runners=_diff(before.runners, after.runners),
        scale_sets=_diff(before.scale_sets, after.scale_sets),
        pods=_diff(before.pods, after.pods),
        alerts=_diff(before.alerts, after.alerts),
        jobs=_diff(before.jobs, after.jobs),
        totals=before.totals != after.totals,
        unjoined=before.unjoined != after.unjoined,
    )


def _diff(before: Mapping[str, Row], after: Mapping[str, Row]) -> KeyChange:
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
