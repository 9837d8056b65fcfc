from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from flywheel_tui.domain.alert import Alert, AlertState
from flywheel_tui.sources.alertmanager.parse import parse_alerts
from flywheel_tui.sources.alertmanager.wire import GettableAlert
from tests.unit.sources.alertmanager.answers import alert


def parsed(*items: dict[str, Any]) -> tuple[Alert, ...]:
    return parse_alerts("prod", msgspec.convert(items, tuple[GettableAlert, ...]))


def test_an_alert_with_everything() -> None:
    annotations = {"summary": "No listener", "description": "For 5 m", "runbook_url": "https://runbooks/1"}
    (found,) = parsed(alert(annotations=annotations))
    assert found == Alert(
        key="prod/alert/b71f9f4f35004682",
        context="prod",
        fingerprint="b71f9f4f35004682",
        name="ListenerDown",
        state=AlertState.FIRING,
        severity="critical",
        labels=(("alertname", "ListenerDown"), ("severity", "critical")),
        summary="No listener",
        description="For 5 m",
        runbook_url="https://runbooks/1",
        starts_at=datetime(2026, 11, 21, 10, 0, 0, 123457, tzinfo=UTC),
        generator_url="http://prom/graph?g0.expr=vector%281%29",
    )


def test_an_alert_with_next_to_nothing() -> None:
    (found,) = parsed(alert(labels={}, generatorURL=""))
    assert (found.name, found.severity, found.summary, found.generator_url) == ("unnamed", None, None, None)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("active", AlertState.FIRING),
        ("unprocessed", AlertState.FIRING),
        ("suppressed", AlertState.SUPPRESSED),
    ],
)
def test_states(state: str, expected: AlertState) -> None:
    assert parsed(alert(state=state))[0].state is expected


def test_what_suppresses_an_alert() -> None:
    (found,) = parsed(alert(state="suppressed", silenced_by=["s2", "s1"], inhibited_by=["f1"]))
    assert (found.silenced_by, found.inhibited) == (("s1", "s2"), True)


def test_absent_lists_are_empty() -> None:
    (found,) = parsed(alert(status={"state": "active", "silencedBy": None}))
    assert (found.silenced_by, found.inhibited) == ((), False)


def test_a_fingerprint_counts_once_and_the_silenced_reading_of_it_wins() -> None:
    active, silenced = alert(), alert(state="suppressed", silenced_by=["s1"])
    for order in ((active, silenced), (silenced, active)):
        (found,) = parsed(*order)
        assert found.silenced_by == ("s1",)
    assert len(parsed(active, alert("other"))) == 2


def test_hostile_texts_are_cleaned() -> None:
    labels = {"alertname": "[/evil]\x1b]0;title\x07", "severity": "\x1b[31m", "pod\n": "a\u202eb"}
    (found,) = parsed(alert("f\x1b[0m", labels=labels, annotations={"summary": "one\ntwo", "message": "\x07"}))
    assert (found.name, found.severity, found.key) == ("[/evil]", None, "prod/alert/f")
    assert found.label("pod ") == "ab"
    assert (found.summary, found.description) == ("one two", None)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_is_none(at: str) -> None:
    assert parsed(alert(startsAt=at))[0].starts_at is None


def test_a_time_without_a_zone_is_in_utc() -> None:
    assert parsed(alert(startsAt="2026-11-21T11:00:00"))[0].starts_at == datetime(2026, 11, 21, 11, tzinfo=UTC)
