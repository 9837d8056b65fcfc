"""The alerts that the simulated Alertmanager holds: what the world's Prometheus sends, and what is posted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from flywheel_tui.simulator.alertmanager.matchers import all_match
from flywheel_tui.simulator.alertmanager.routing import INHIBIT_RULES, RESOLVE_TIMEOUT, receiver_of
from flywheel_tui.simulator.alertmanager.silences import SilenceStore
from flywheel_tui.simulator.world.alerts import RULES, active_alerts
from flywheel_tui.simulator.world.world import World

_RESEND = 60.0  # seconds between two notices of a firing alert by Prometheus
_VALID = 4 * _RESEND  # how long a notice holds
_EXPRESSIONS = {rule.name: rule.expression for rule in RULES}
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)


class AlertInvalid(ValueError):  # noqa: N818 - named for what it is
    """A posted alert is not accepted."""


class HeldAlert(msgspec.Struct, frozen=True):
    """An alert; times are seconds since 1970."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: float
    ends_at: float
    updated_at: float
    generator_url: str

    @property
    def fingerprint(self) -> str:
        """What identifies it: a hash of its labels."""
        return fingerprint(self.labels)


class AlertStatus(msgspec.Struct, frozen=True):
    """Whether an alert is kept quiet: by silences (ids), by other alerts (fingerprints)."""

    silenced_by: list[str]
    inhibited_by: list[str]

    @property
    def state(self) -> str:
        """`active` or `suppressed`."""
        return "suppressed" if self.silenced_by or self.inhibited_by else "active"


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return the fingerprint of labels: FNV-1a over names and values, as prometheus/common's `LabelSet` has it."""
    sum_ = 0xCBF29CE484222325
    for name in sorted(labels):
        for byte in (*name.encode(), 0xFF, *labels[name].encode(), 0xFF):
            sum_ = ((sum_ ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{sum_:016x}"


class AlertStore:
    """Holds the alerts.

    Args:
        world: The world.
        silences: What keeps alerts quiet.
    """

    def __init__(self, world: World, silences: SilenceStore) -> None:
        self._world = world
        self._silences = silences
        self._posted: dict[str, HeldAlert] = {}

    def post(self, alert: HeldAlert) -> None:
        """Take an alert that somebody sends; a later one with the same labels replaces it.

        Raises:
            AlertInvalid: If its labels or times are not accepted.
        """
        if alert.starts_at > alert.ends_at:
            raise AlertInvalid("start time must be before end time")
        if not alert.labels:
            raise AlertInvalid("at least one label pair required")
        for kind, names in (("label", alert.labels), ("annotation", alert.annotations)):
            for name in names:
                if not _LABEL_NAME.fullmatch(name):
                    raise AlertInvalid(f'invalid {kind} set: invalid name "{name}"')
        known = self._posted.get(alert.fingerprint)
        if known is not None and known.ends_at > alert.starts_at and known.starts_at < alert.starts_at:
            alert = msgspec.structs.replace(alert, starts_at=known.starts_at)
        self._posted[alert.fingerprint] = alert

    def firing(self, now: float) -> list[HeldAlert]:
        """Return the alerts that fire, by fingerprint."""
        self._posted = {key: alert for key, alert in self._posted.items() if alert.ends_at > now - RESOLVE_TIMEOUT}
        held = {alert.fingerprint: alert for alert in self._from_prometheus(now)}
        held.update(self._posted)
        return [held[key] for key in sorted(held) if held[key].ends_at >= now]

    def status(self, alert: HeldAlert, firing: list[HeldAlert], now: float) -> AlertStatus:
        """Return what keeps an alert quiet."""
        silenced = self._silences.silencing(alert.labels, now)
        inhibited: list[str] = []
        for rule in INHIBIT_RULES:
            if not all_match(rule.target, alert.labels):
                continue
            # Alerts that are source and target of the same rule do not inhibit each other.
            two_sided = all_match(rule.source, alert.labels)
            inhibited += [
                other.fingerprint
                for other in firing
                if all_match(rule.source, other.labels)
                and not (two_sided and all_match(rule.target, other.labels))
                and all(other.labels.get(name, "") == alert.labels.get(name, "") for name in rule.equal)
            ]
        return AlertStatus(silenced, inhibited)

    def _from_prometheus(self, now: float) -> list[HeldAlert]:
        held = []
        for alert in active_alerts(self._world, now):
            if alert.state != "firing":
                continue
            updated = now - (now - alert.fires_at) % _RESEND
            expression = quote(_EXPRESSIONS.get(alert.name, ""), safe="")
            held.append(
                HeldAlert(
                    labels={"alertname": alert.name, **alert.labels},
                    annotations=alert.annotations,
                    starts_at=alert.fires_at,
                    ends_at=updated + _VALID,
                    updated_at=updated,
                    generator_url=f"http://prometheus.example.com/graph?g0.expr={expression}&g0.tab=1",
                )
            )
        return held


def receivers(alert: HeldAlert) -> list[dict[str, str]]:
    """Return who hears of an alert, as the API says it."""
    return [{"name": receiver_of(alert.labels)}]
