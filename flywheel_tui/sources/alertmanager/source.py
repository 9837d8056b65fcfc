"""Alertmanager as a source: every alert that fires, silenced and inhibited ones included."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import httpx

from flywheel_tui.config.settings import AlertmanagerSettings
from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.errors import SourceError
from flywheel_tui.domain.feed import Budget, Finding, Observation, SourceKind
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.alertmanager.client import AlertmanagerClient
from flywheel_tui.sources.alertmanager.parse import parse_alerts
from flywheel_tui.sources.alertmanager.wire import Status

STATUS_INTERVAL: Final = timedelta(minutes=10)


class AlertmanagerSource:
    """Alerts from Alertmanager (:class:`~flywheel_tui.domain.ports.Source`).

    Args:
        context: The configured context.
        settings: Where it is and how to reach it.
        clock: For tests.
        transport: For tests.
    """

    def __init__(
        self,
        context: str,
        settings: AlertmanagerSettings,
        *,
        clock: Clock = utc_now,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._context = context
        self._settings = settings
        self._clock = clock
        self._client = AlertmanagerClient(settings, clock=clock, transport=transport)
        self._status: tuple[Finding, ...] = ()
        self._status_asked_at: datetime | None = None

    @property
    def name(self) -> str:
        """``<context>/alertmanager``."""
        return f"{self._context}/{SourceKind.ALERTMANAGER}"

    @property
    def context(self) -> str:
        """The configured context."""
        return self._context

    @property
    def kind(self) -> SourceKind:
        """Alertmanager."""
        return SourceKind.ALERTMANAGER

    @property
    def interval_s(self) -> float:
        """Seconds between two readings when all is well."""
        return self._settings.interval_s

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._client.aclose()

    async def fetch(self) -> Observation:
        """Read all alerts, and from time to time what the server says of itself.

        Raises:
            SourceError: The alerts could not be read.
        """
        before = self._client.budget.taken
        alerts = parse_alerts(self._context, await self._client.alerts())
        answered_at = self._client.last_answer_at
        await self._refresh_status()
        return Observation(
            # An empty table says that there are none; no table, that nobody told.
            tables={Alert: {alert.key: alert for alert in alerts}},
            findings=self._status,
            budget=Budget(
                limit=self._client.budget.per_minute,
                remaining=self._client.budget.remaining,
                last_cycle=self._client.budget.taken - before,
            ),
            server_time=answered_at,
        )

    async def _refresh_status(self) -> None:
        now = self._clock()
        if self._status_asked_at is not None and now - self._status_asked_at < STATUS_INTERVAL:
            return
        self._status_asked_at = now
        try:
            self._status = _status_findings(await self._client.status())
        except SourceError as error:
            # The alerts were read: a proxy that hides the status page takes nothing from them.
            self._status = (Finding(code="version", text=f"Alertmanager's version is unknown: {error.message}"),)


def _status_findings(status: Status) -> tuple[Finding, ...]:
    version = clean(status.version_info.version).strip()
    findings = [Finding(code="version", text=f"Alertmanager {version}" if version else "Alertmanager")]
    if status.cluster.status == "settling":
        findings.append(
            Finding(
                code="cluster_settling",
                text="Alertmanager's cluster is settling: silences made elsewhere may not show yet.",
                limits=True,
            )
        )
    return tuple(findings)
