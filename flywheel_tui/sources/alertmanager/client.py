"""Alertmanager's HTTP API v2. It has no login of its own; its errors are JSON strings."""

from __future__ import annotations

import contextlib
from typing import Final

import httpx
import msgspec

from flywheel_tui.config.settings import AlertmanagerSettings
from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.alertmanager.wire import GettableAlert, Status
from flywheel_tui.sources.proxied import ProxiedClient

_EVERY_STATE: Final = {"active": "true", "silenced": "true", "inhibited": "true", "unprocessed": "true"}
_LONGEST_QUOTE: Final = 160


class AlertmanagerClient(ProxiedClient):
    """Alertmanager, or what speaks its API (Mimir below ``/alertmanager``)."""

    def __init__(
        self,
        settings: AlertmanagerSettings,
        *,
        clock: Clock = utc_now,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(
            label="Alertmanager",
            base_url=settings.url,
            token=settings.token,
            headers={name: value.reveal() for name, value in settings.headers},
            requests_per_minute=settings.requests_per_minute,
            timeout_s=settings.timeout_s,
            clock=clock,
            transport=transport,
        )

    async def alerts(self) -> tuple[GettableAlert, ...]:
        """Return all alerts that have not ended, the silenced and the inhibited too; the API has no pages.

        Raises:
            SourceError: There is no answer.
        """
        return await self.again(self._alerts)

    async def _alerts(self) -> tuple[GettableAlert, ...]:
        response = await self.request("GET", "/api/v2/alerts", params=_EVERY_STATE)
        return self.decode(response.content, tuple[GettableAlert, ...])

    async def status(self) -> Status:
        """Return what the server says of itself.

        Raises:
            SourceError: There is no answer.
        """
        response = await self.request("GET", "/api/v2/status")
        return self.decode(response.content, Status)

    @staticmethod
    def said(response: httpx.Response) -> str:
        """Return what an error says, short and safe, as `` (…)``; Alertmanager writes it as one JSON string."""
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            text = clean(msgspec.json.decode(response.content, type=str)).strip()
            return f" ({text[:_LONGEST_QUOTE]})" if text else ""
        return ProxiedClient.said(response)
