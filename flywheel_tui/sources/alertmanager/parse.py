"""Alertmanager's alerts to the product's. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from flywheel_tui.domain.alert import Alert, AlertState
from flywheel_tui.domain.text import clean, clean_or_none
from flywheel_tui.sources.alertmanager.wire import GettableAlert
from flywheel_tui.sources.alerts import alert_from_labels


def parse_alerts(context: str, wire: Iterable[GettableAlert]) -> tuple[Alert, ...]:
    """Return the alerts, each fingerprint once.

    Members of a cluster behind one address can list an alert twice while they settle; what suppresses it in either
    is kept, because a silence spreads later than the alert.
    """
    alerts: dict[str, Alert] = {}
    for item in wire:
        alert = _alert(context, item)
        known = alerts.get(alert.key)
        if known is None or (known.state is AlertState.FIRING and alert.state is AlertState.SUPPRESSED):
            alerts[alert.key] = alert
    return tuple(alerts.values())


def _alert(context: str, item: GettableAlert) -> Alert:
    # `unprocessed` is an alert that no route has looked at yet: it fires, only nobody was told.
    suppressed = item.status.state == "suppressed"
    return alert_from_labels(
        context=context,
        fingerprint=clean(item.fingerprint),
        state=AlertState.SUPPRESSED if suppressed else AlertState.FIRING,
        labels=item.labels,
        annotations=item.annotations,
        starts_at=item.starts_at,
        silenced_by=tuple(sorted(map(clean, item.status.silenced_by or ()))),
        inhibited=bool(item.status.inhibited_by),
        generator_url=clean_or_none(item.generator_url),
    )
