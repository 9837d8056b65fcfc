"""The source against a real Alertmanager."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from flywheel_tui.config.settings import AlertmanagerSettings
from flywheel_tui.domain.alert import Alert, AlertState
from flywheel_tui.domain.errors import MissingError, UnreachableError
from flywheel_tui.domain.feed import Observation
from flywheel_tui.sources.alertmanager.source import AlertmanagerSource
from flywheel_tui.sources.prometheus.rules import fingerprint
from tests.real.servers.alertmanager import Alertmanager
from tests.real.servers.waiting import wait_for

LABELS = {"alertname": "ListenerDown", "severity": "critical", "scale_set": "[/evil] é"}


def read(url: str) -> Observation:
    """Return one reading."""

    async def fetch() -> Observation:
        source = AlertmanagerSource("real", AlertmanagerSettings(url=url))
        try:
            return await source.fetch()
        finally:
            await source.aclose()

    return asyncio.run(fetch())


def alerts(url: str) -> list[Alert]:
    return [row for row in read(url).tables.get(Alert, {}).values() if isinstance(row, Alert)]


def silence(manager: Alertmanager, alertname: str) -> str:
    """Silence an alert for an hour and return the silence's id."""
    now = datetime.now(UTC)
    body = {
        "matchers": [{"name": "alertname", "value": alertname, "isRegex": False, "isEqual": True}],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "test",
        "comment": "looking at it",
    }
    response = httpx.post(f"{manager.url}/api/v2/silences", json=body, timeout=10.0, trust_env=False)
    response.raise_for_status()
    return str(response.json()["silenceID"])


@pytest.fixture(scope="module")
def manager(alertmanager: Callable[[], Alertmanager]) -> Alertmanager:
    return alertmanager()


def test_an_alert_is_read_back_and_a_silence_suppresses_it(manager: Alertmanager) -> None:
    assert alerts(manager.url) == []
    manager.fire(LABELS, {"summary": "No listener", "runbook_url": "https://runbooks/1"})
    (alert,) = alerts(manager.url)
    assert (alert.name, alert.state, alert.severity) == ("ListenerDown", AlertState.FIRING, "critical")
    assert alert.label("scale_set") == "[/evil] é"
    assert (alert.summary, alert.runbook_url) == ("No listener", "https://runbooks/1")
    assert (alert.silenced_by, alert.inhibited) == ((), False)
    assert alert.starts_at is not None
    assert alert.fingerprint == fingerprint(LABELS)

    identity = silence(manager, "ListenerDown")

    def suppressed() -> Alert | None:
        (found,) = alerts(manager.url)
        return found if found.state is AlertState.SUPPRESSED else None

    silenced = wait_for("the silence to take effect", suppressed)
    assert silenced.silenced_by == (identity,)
    assert silenced.key == alert.key


def test_the_version_is_found(manager: Alertmanager) -> None:
    observation = read(manager.url)
    version = manager.get("/status")["versionInfo"]["version"]
    assert observation.findings[0].text == f"Alertmanager {version}"
    assert observation.server_time is not None
    assert observation.budget.last_cycle == 2


def test_a_wrong_path_is_told(manager: Alertmanager) -> None:
    with pytest.raises(MissingError):
        read(f"{manager.url}/elsewhere")


def test_stopped_and_started_again(alertmanager: Callable[[], Alertmanager]) -> None:
    server = alertmanager()
    assert alerts(server.url) == []
    server.process.stop()
    with pytest.raises(UnreachableError):
        read(server.url)
    server.process.start()
    assert alerts(server.url) == []
