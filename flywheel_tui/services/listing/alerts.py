"""Alerts, from Alertmanager or from Prometheus rules."""

from __future__ import annotations

from typing import Final

from flywheel_tui.domain.alert import Alert
from flywheel_tui.services.listing.field import Cell, Field, FieldType, Kind

_SEVERITIES: Final = {"critical": 3, "warning": 2, "info": 1}
_STATES: Final = {"firing": 2, "pending": 1, "suppressed": 0}


def alert_subject(alert: Alert) -> str | None:
    """Return what an alert is about: its most telling label."""
    for name in ("runner_name", "runner", "pod", "name", "deployment", "instance", "namespace"):
        value = alert.label(name)
        if value:
            return value
    return None


def _severity_rank(alert: Alert) -> Cell:
    return _SEVERITIES.get(alert.severity or "", 0)


ALERTS: Final[Kind[Alert]] = Kind(
    name="alerts",
    singular="alert",
    aliases=("alert", "al"),
    help="firing, pending and suppressed alerts",
    rows=lambda fleet: fleet.alerts,
    told_by=(Alert,),
    label=lambda row: row.name,
    default_sort=("-state", "-severity", "since", "name"),
    fields=(
        Field(name="name", title="ALERT", help="alertname", value=lambda row: row.name),
        Field(
            name="severity",
            title="SEVERITY",
            help="the severity label",
            value=lambda row: row.severity,
            sort=_severity_rank,
            descending=True,
        ),
        Field(
            name="state",
            title="STATE",
            help="firing, pending or suppressed",
            value=lambda row: row.state.value,
            sort=lambda row: _STATES[row.state.value],
            descending=True,
        ),
        Field(name="subject", title="SUBJECT", help="what it is about", value=alert_subject),
        Field(name="context", title="CONTEXT", help="the configured context", value=lambda row: row.context),
        Field(
            name="since",
            title="SINCE",
            help="since when it fires",
            value=lambda row: row.starts_at,
            type=FieldType.TIME,
        ),
        Field(name="summary", title="SUMMARY", help="its summary", value=lambda row: row.summary or row.description),
        Field(name="runbook", title="RUNBOOK", help="its runbook", value=lambda row: row.runbook_url, wide=True),
    ),
)
