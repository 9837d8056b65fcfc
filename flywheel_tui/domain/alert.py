"""Alerts from Alertmanager, or from Prometheus rules where there is none."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flywheel_tui.domain.row import Row


class AlertState(StrEnum):
    """Where an alert is in its life."""

    PENDING = "pending"
    FIRING = "firing"
    SUPPRESSED = "suppressed"


class Alert(Row, frozen=True):
    """One alert instance.

    Attributes:
        key: ``<context>/alert/<fingerprint>``.
        fingerprint: Alertmanager's identity of the label set; computed from the labels where rules are the source.
        severity: The label as it stands (critical, warning, …), or None.
        silenced_by: Ids of silences.
    """

    fingerprint: str
    name: str
    state: AlertState
    severity: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    summary: str | None = None
    description: str | None = None
    runbook_url: str | None = None
    starts_at: datetime | None = None
    silenced_by: tuple[str, ...] = ()
    inhibited: bool = False
    generator_url: str | None = None

    def label(self, name: str) -> str | None:
        """Return a label's value, or None where the alert has no such label."""
        for key, value in self.labels:
            if key == name:
                return value
        return None
