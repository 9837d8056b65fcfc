from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.alert import AlertState
from flywheel_tui.sources.prometheus.rules import fingerprint, parse_alerts
from flywheel_tui.sources.prometheus.wire import Rule, RuleAlert, RuleGroup

FIRING = RuleAlert(
    state="firing",
    labels={"alertname": "ListenerDown", "severity": "critical", "scale_set": "linux"},
    annotations={"summary": "No\nlistener\x1b[2J", "description": "d", "runbook_url": "https://runbooks/1"},
    active_at=datetime(2026, 11, 21, 11, tzinfo=UTC),
)


def groups(*alerts: RuleAlert, name: str = "ListenerDown") -> list[RuleGroup]:
    return [RuleGroup(rules=(Rule(name=name, alerts=alerts),))]


def test_an_alert_from_a_rule() -> None:
    (alert,), findings = parse_alerts("prod", groups(FIRING))
    assert findings == ()
    assert alert.key == f"prod/alert/{alert.fingerprint}"
    assert (alert.name, alert.state, alert.severity) == ("ListenerDown", AlertState.FIRING, "critical")
    assert alert.labels == (("alertname", "ListenerDown"), ("scale_set", "linux"), ("severity", "critical"))
    assert (alert.summary, alert.description, alert.runbook_url) == ("No listener", "d", "https://runbooks/1")
    assert alert.starts_at == datetime(2026, 11, 21, 11, tzinfo=UTC)
    assert (alert.silenced_by, alert.inhibited) == ((), False)


def test_a_pending_alert_is_pending_and_an_unknown_state_is_none() -> None:
    pending = RuleAlert(state="pending", labels={"alertname": "A"})
    (alert,), _ = parse_alerts("prod", groups(pending, RuleAlert(state="inactive", labels={"alertname": "B"})))
    assert alert.state is AlertState.PENDING
    assert alert.severity is None


def test_equal_labels_of_two_rules_are_one_alert_and_firing_wins() -> None:
    pending = msgspec.structs.replace(FIRING, state="pending")
    for order in ((pending, FIRING), (FIRING, pending)):
        (alert,), _ = parse_alerts("prod", groups(*order))
        assert alert.state is AlertState.FIRING


def test_an_alert_without_a_name_label_takes_the_rules_name() -> None:
    (alert,), _ = parse_alerts("prod", groups(RuleAlert(state="firing"), name="Renamed"))
    assert alert.name == "Renamed"


def test_the_zero_time_of_go_is_no_time() -> None:
    zero = msgspec.convert("0001-01-01T00:00:00Z", datetime)
    (alert,), _ = parse_alerts("prod", groups(msgspec.structs.replace(FIRING, active_at=zero)))
    assert alert.starts_at is None


def test_rules_that_cannot_be_evaluated_are_told() -> None:
    broken = Rule(name="Bad\x07", health="err", last_error="many-to-many matching\nnot allowed", alerts=None)
    alerts, (finding,) = parse_alerts("prod", [RuleGroup(rules=(broken,))])
    assert alerts == ()
    assert finding.limits
    assert finding.text == (
        "One alert rule cannot be evaluated and so cannot fire (Bad: many-to-many matching not allowed)."
    )
    _, (finding,) = parse_alerts("prod", [RuleGroup(rules=(broken, broken, Rule(name="Good", health="ok")))])
    assert finding.text.startswith("2 alert rules cannot be evaluated and so cannot fire (for example Bad: ")


def test_fingerprints_are_those_of_prometheus() -> None:
    """The first is FNV-1a's offset basis; the second is what a real Alertmanager 0.25 answered for these labels."""
    assert fingerprint({}) == "cbf29ce484222325"
    assert fingerprint({"alertname": "ListenerDown", "scale_set": "linux-x64", "severity": "critical"}) == (
        "b71f9f4f35004682"
    )


@given(st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
def test_fingerprints_tell_label_sets_apart_whatever_their_order(left: dict[str, str], right: dict[str, str]) -> None:
    assert fingerprint(left) == fingerprint(dict(reversed(left.items())))
    assert (fingerprint(left) == fingerprint(right)) is (left == right)
