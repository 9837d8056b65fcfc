"""The columns of the alerts."""

from __future__ import annotations

from typing import Final

from flywheel_tui.domain.alert import Alert, AlertState
from flywheel_tui.domain.feed import Feed, SourceKind
from flywheel_tui.domain.fleet import Fleet
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.services.listing.alerts import ALERTS
from flywheel_tui.tui.widgets.grid.column import Column, GridView
from flywheel_tui.tui.widgets.grid.listing import column, feed_in_context, feeds_of, muted, own
from flywheel_tui.tui.widgets.tone import Mark, Tone


def mark_of(alert: Alert) -> Mark:
    """Return the mark of an alert: by its state, and when it fires by its severity label."""
    if alert.state is AlertState.SUPPRESSED:
        return Mark("‖", Tone.MUTED)
    if alert.state is AlertState.PENDING:
        return Mark("◌", Tone.PENDING)
    if alert.severity == "critical":
        return Mark("✗", Tone.CRITICAL)
    return Mark("●", Tone.PLAIN) if alert.severity in {"info", "none"} else Mark("▲", Tone.WARNING)


def _opens(alert: Alert, fleet: Fleet) -> str | None:
    return next((key for key, runner in fleet.runners.items() if alert.key in runner.alerts), None)


def _scopes(alert: Alert) -> tuple[str, ...]:
    namespace = alert.label("namespace")
    return (alert.context, namespace) if namespace else (alert.context,)


def _feeds(snapshot: Snapshot) -> tuple[Feed, ...]:
    """Return the Alertmanagers, and Prometheus for the contexts that have none."""
    managers = feeds_of(SourceKind.ALERTMANAGER)(snapshot)
    covered = {feed.context for feed in managers}
    rules = feeds_of(SourceKind.PROMETHEUS)(snapshot)
    return (*managers, *(feed for feed in rules if feed.context not in covered))


COLUMNS: Final[tuple[Column[Alert], ...]] = (
    column(ALERTS, "name", 22, most=36, tone=own, middle=True),
    column(ALERTS, "severity", 9, tone=own, news=True),
    column(ALERTS, "state", 10, tone=own, news=True),
    column(ALERTS, "subject", 16, most=36, tone=muted, middle=True),
    column(ALERTS, "context", 8, most=14, tone=muted),
    column(ALERTS, "since", 5),
    column(ALERTS, "summary", 24, most=90, drop=3),
    column(ALERTS, "runbook", 20, most=60, drop=0, tone=muted),
)

VIEW: Final[GridView[Alert]] = GridView(
    kind=ALERTS,
    columns=COLUMNS,
    mark=mark_of,
    feed=feed_in_context(SourceKind.ALERTMANAGER, SourceKind.PROMETHEUS),
    feeds=_feeds,
    fault=lambda alert: alert.state is AlertState.FIRING,
    opens=_opens,
    remark=lambda alert: alert.summary or alert.description or "",
    state="state",
    groups=("severity", "state", "context", "name"),
    scopes=_scopes,
    nothing="No alert fires, is pending or is suppressed.",
)
