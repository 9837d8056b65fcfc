"""The rule on alerts."""

from __future__ import annotations

from typing import Final

from flywheel_tui.domain.alert import Alert, AlertState
from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.verdict import Severity, Verdict
from flywheel_tui.insight.case import Case
from flywheel_tui.insight.verdicts.evidence import counted, cut, fact

_SEVERITIES: Final = {
    "critical": Severity.CRITICAL,
    "page": Severity.CRITICAL,
    "emergency": Severity.CRITICAL,
    "error": Severity.WARNING,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
    "none": Severity.INFO,
}

HEARTBEAT_SEVERITY: Final = "none"
"""Severity of alerts that always fire to prove that alerting works (kube-prometheus calls it Watchdog)."""


def is_firing(alert: Alert) -> bool:
    """Return whether an alert fires and nobody silenced or inhibited it."""
    return alert.state is AlertState.FIRING and not alert.inhibited and not alert.silenced_by


def firing_alert(case: Case) -> Verdict | None:
    """An alert about this runner fires: as severe as its label says; a warning without one or with an unknown word."""
    firing = [alert for alert in case.alerts if is_firing(alert)]
    if not firing:
        return None
    firing.sort(key=lambda alert: (-_severity(alert).rank, alert.name, alert.key))
    worst = firing[0]
    source = SourceKind.ALERTMANAGER if SourceKind.ALERTMANAGER in case.scene.feeds else SourceKind.PROMETHEUS
    others = f" and {counted(len(firing) - 1, 'other')}" if len(firing) > 1 else ""
    return Verdict(
        rule="firing_alert",
        severity=_severity(worst),
        summary=cut(f"alert {worst.name}{others}"),
        evidence=tuple(fact(case, source, _told(alert), alert.starts_at) for alert in firing),
        next_step=f"Follow its runbook: {cut(worst.runbook_url)}"
        if worst.runbook_url
        else "See what its rule measures.",
    )


def _told(alert: Alert) -> str:
    """Return an alert in a sentence, with the pod it is about: its summary alone is often the same for many."""
    pod = alert.label("pod")
    about = f" ({pod})" if pod else ""
    return f"{alert.name}{about}: {alert.summary or alert.description or 'no text'}"


def _severity(alert: Alert) -> Severity:
    return _SEVERITIES.get((alert.severity or "").lower(), Severity.WARNING)
