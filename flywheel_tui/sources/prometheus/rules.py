"""Alerts from Prometheus's own rules, for a context without Alertmanager. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from flywheel_tui.domain.alert import Alert, AlertState
from flywheel_tui.domain.feed import Finding
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.alerts import alert_from_labels
from flywheel_tui.sources.prometheus.wire import RuleGroup

_FNV_OFFSET: Final = 0xCBF29CE484222325
_FNV_PRIME: Final = 0x100000001B3
_SEPARATOR: Final = b"\xff"
_STATES: Final = {"firing": AlertState.FIRING, "pending": AlertState.PENDING}
_LONGEST_QUOTE: Final = 200


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return the identity of a label set as Prometheus and Alertmanager compute it.

    64-bit FNV-1a over the sorted names and values, each followed by the byte 0xFF, in 16 hexadecimal digits
    (``model.LabelSet.Fingerprint`` of prometheus/common). An alert thus keeps its key when an Alertmanager is added,
    as long as Prometheus adds no external labels on the way.
    """
    value = _FNV_OFFSET
    for name in sorted(labels):
        for byte in name.encode() + _SEPARATOR + labels[name].encode() + _SEPARATOR:
            value = ((value ^ byte) * _FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def parse_alerts(context: str, groups: Iterable[RuleGroup]) -> tuple[tuple[Alert, ...], tuple[Finding, ...]]:
    """Return the active alerts of all rules, and a finding for rules that cannot be evaluated.

    Two rules may raise alerts with the same labels; then the firing one counts.
    """
    alerts: dict[str, Alert] = {}
    broken: list[str] = []
    for group in groups:
        for rule in group.rules or ():
            if rule.health == "err":
                broken.append(f"{clean(rule.name)}: {clean(rule.last_error)[:_LONGEST_QUOTE]}")
            for active in rule.alerts or ():
                state = _STATES.get(active.state)
                if state is None:
                    continue
                identity = fingerprint(active.labels)
                known = alerts.get(identity)
                if known is None or known.state is AlertState.PENDING:
                    alerts[identity] = alert_from_labels(
                        context=context,
                        fingerprint=identity,
                        state=state,
                        labels=active.labels,
                        annotations=active.annotations,
                        starts_at=active.active_at,
                        fallback_name=rule.name,
                    )
    return tuple(alerts.values()), _broken_rules(broken)


def _broken_rules(broken: list[str]) -> tuple[Finding, ...]:
    if not broken:
        return ()
    count = "One alert rule" if len(broken) == 1 else f"{len(broken)} alert rules"
    first = broken[0] if len(broken) == 1 else f"for example {broken[0]}"
    return (
        Finding(
            code="rule_broken",
            text=f"{count} cannot be evaluated and so cannot fire ({first}).",
            limits=True,
            next_step="Open Prometheus's page Status > Rules.",
        ),
    )
