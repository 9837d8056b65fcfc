from __future__ import annotations

from typing import Any

import pytest

from flywheel_tui.domain.alert import AlertState
from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.verdict import Severity
from flywheel_tui.insight.verdicts.alerts import firing_alert
from tests.unit.insight import build


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("critical", Severity.CRITICAL),
        ("Page", Severity.CRITICAL),
        ("warning", Severity.WARNING),
        ("info", Severity.INFO),
        ("P1", Severity.WARNING),
        (None, Severity.WARNING),
    ],
)
def test_a_firing_alert_is_as_severe_as_its_label(word: str | None, severity: Severity) -> None:
    verdict = firing_alert(build.case(alerts=(build.alert(severity=word),)))
    assert verdict is not None
    assert verdict.severity is severity


def test_the_worst_alert_speaks_and_the_others_are_evidence() -> None:
    alerts = (
        build.alert("Slow", "f1", summary="slow"),
        build.alert("Down", "f2", severity="critical", summary="down", runbook_url="https://runbooks/down"),
    )
    verdict = firing_alert(build.case(alerts=alerts))
    assert verdict is not None
    assert verdict.summary == "alert Down and 1 other"
    assert [evidence.text for evidence in verdict.evidence] == ["Down: down", "Slow: slow"]
    assert verdict.evidence[0].source == "prod/alertmanager"
    assert verdict.evidence[0].at == build.ago(600)
    assert verdict.next_step == "Follow its runbook: https://runbooks/down"


def test_alerts_of_rules_name_prometheus_as_their_source() -> None:
    scene = build.scene(kinds=(SourceKind.GITLAB, SourceKind.PROMETHEUS))
    verdict = firing_alert(build.case(scene=scene, alerts=(build.alert(),)))
    assert verdict is not None
    assert verdict.evidence[0].source == "prod/prometheus"
    assert verdict.evidence[0].text == "Bad: no text"


@pytest.mark.parametrize(
    "fields",
    [
        {"state": AlertState.PENDING},
        {"state": AlertState.SUPPRESSED},
        {"inhibited": True},
        {"silenced_by": ("s1",)},
    ],
)
def test_an_alert_that_does_not_fire_or_is_silenced_is_no_verdict(fields: dict[str, Any]) -> None:
    assert firing_alert(build.case(alerts=(build.alert(**fields),))) is None


def test_no_alerts_no_verdict() -> None:
    assert firing_alert(build.case()) is None
