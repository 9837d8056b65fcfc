"""Prometheus's HTTP API v1: queries as POST forms, the envelope, and its errors as the error tree."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx
import msgspec

from flywheel_tui.config.settings import PrometheusSettings
from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.errors import (
    BadAnswerError,
    MissingError,
    RateLimitedError,
    RefusedError,
    SourceError,
    UnauthorizedError,
    UpstreamFailedError,
    UpstreamTimeoutError,
)
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.http import retry_after_seconds
from flywheel_tui.sources.prometheus.windows import Grid
from flywheel_tui.sources.prometheus.wire import BuildInfo, Envelope, RuleGroup, RulesData
from flywheel_tui.sources.proxied import ProxiedClient

MAX_SERIES: Final = 50_000
"""Asked for as ``limit``: Prometheus 3 stops there and says so in a warning; older servers do not know it."""
RULE_GROUPS_A_PAGE: Final = 200
_MAX_RULE_PAGES: Final = 100
THREAD_BYTES: Final = 64 * 1024
"""Answers above this are decoded in a thread, so that ten thousand rows do not hold up the screen."""
_LONGEST_QUOTE: Final = 300

# errorType -> what it means, in a sentence that the server's own words follow.
_ERRORS: Final[dict[str, tuple[type[SourceError], str]]] = {
    "bad_data": (RefusedError, "does not accept the request"),
    "execution": (RefusedError, "could not evaluate the query"),
    "timeout": (UpstreamTimeoutError, "stopped the query at its time limit"),
    "canceled": (UpstreamFailedError, "cancelled the query"),
    "internal": (UpstreamFailedError, "failed inside"),
    "unavailable": (UpstreamFailedError, "is not ready"),
    "not_found": (MissingError, "does not have what was asked"),
    "not_acceptable": (RefusedError, "cannot answer in JSON"),
    "too_many_requests": (RateLimitedError, "asks to slow down"),
    "unauthorized": (UnauthorizedError, "does not accept the token"),
}


@dataclass(frozen=True)
class Answer:
    """A successful answer and what the server remarked on it.

    Attributes:
        data: The envelope's data, still JSON.
        warnings: Something is missing or wrong in the data.
        infos: Hints on the query.
    """

    data: bytes
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()


class PrometheusClient(ProxiedClient):
    """Prometheus, or what speaks its API."""

    def __init__(
        self,
        settings: PrometheusSettings,
        *,
        clock: Clock = utc_now,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(
            label="Prometheus",
            base_url=settings.url,
            token=settings.token,
            headers={name: value.reveal() for name, value in settings.headers},
            requests_per_minute=settings.requests_per_minute,
            timeout_s=settings.timeout_s,
            clock=clock,
            transport=transport,
        )
        # A little less than our own limit, so that the server's word on a slow query arrives before we hang up.
        self._query_timeout = f"{max(1, int(settings.timeout_s) - 1)}s"

    async def query(self, text: str) -> Answer:
        """Evaluate a query at the server's present.

        No ``time`` is sent: the clock of this machine may differ, and an instant in the server's future or past would
        make live series look absent.

        Raises:
            SourceError: There is no answer.
        """
        return await self._evaluate("/api/v1/query", {"query": text})

    async def query_range(self, text: str, grid: Grid) -> Answer:
        """Evaluate a query at every instant of a grid.

        Raises:
            SourceError: There is no answer.
        """
        form = {"query": text, "start": str(grid.start), "end": str(grid.end), "step": str(grid.step)}
        return await self._evaluate("/api/v1/query_range", form)

    async def build_info(self) -> BuildInfo:
        """Return what the server says of itself.

        Raises:
            MissingError: It does not say; Thanos and older Mimir do not.
        """
        response = await self.request("GET", "/api/v1/status/buildinfo")
        return self.decode(self._unwrap(response).data, BuildInfo)

    async def alert_rules(self) -> tuple[RuleGroup, ...]:
        """Return all groups of alerting rules with their active alerts, page by page where the server has pages.

        Raises:
            SourceError: There is no answer.
        """
        groups: list[RuleGroup] = []
        params = {"type": "alert", "group_limit": str(RULE_GROUPS_A_PAGE)}
        for _ in range(_MAX_RULE_PAGES):
            page = await self.again(functools.partial(self._rules_page, dict(params)))
            groups += page.groups or ()
            if not page.group_next_token:
                return tuple(groups)
            params["group_next_token"] = page.group_next_token
        raise BadAnswerError(f"{self.label} sent over {_MAX_RULE_PAGES} pages of alert rules.")

    def failure(self, response: httpx.Response) -> SourceError:
        """Return the error that an unwanted answer means, by the envelope's ``errorType`` where there is one."""
        try:
            envelope = msgspec.json.decode(response.content, type=Envelope)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return super().failure(response)
        return self._error(envelope, response) or super().failure(response)

    async def _rules_page(self, params: Mapping[str, str]) -> RulesData:
        response = await self.request("GET", "/api/v1/rules", params=params)
        return self.decode(self._unwrap(response).data, RulesData)

    async def _evaluate(self, path: str, form: Mapping[str, str]) -> Answer:
        limits = {"timeout": self._query_timeout, "limit": str(MAX_SERIES)}
        # A POST that only reads: a query is too long for an address.
        return await self.again(lambda: self._post(path, {**form, **limits}))

    async def _post(self, path: str, form: Mapping[str, str]) -> Answer:
        response = await self.request("POST", path, data=form)
        if len(response.content) <= THREAD_BYTES:
            return self._unwrap(response)
        return await asyncio.to_thread(self._unwrap, response)

    def _unwrap(self, response: httpx.Response) -> Answer:
        envelope = self.decode(response.content, Envelope)
        if envelope.status != "success":
            raise self._error(envelope, response) or BadAnswerError(
                f"{self.label} answered neither success nor an error that it names."
            )
        return Answer(
            data=bytes(envelope.data),
            warnings=tuple(map(clean, envelope.warnings or ())),
            infos=tuple(map(clean, envelope.infos or ())),
        )

    def _error(self, envelope: Envelope, response: httpx.Response) -> SourceError | None:
        known = _ERRORS.get(envelope.error_type)
        if known is None:
            return None
        kind, meaning = known
        said = clean(envelope.error).strip()[:_LONGEST_QUOTE]
        return kind(
            f"{self.label} {meaning}{f': {said}' if said else ''}.",
            status=response.status_code,
            retry_after=retry_after_seconds(response.headers, self.clock()),
        )
