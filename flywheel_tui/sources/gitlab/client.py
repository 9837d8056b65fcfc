"""GitLab's rules on top of HTTP: GraphQL by POST, REST pages by number, limits told when it is too late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from flywheel_tui.config.settings import GitLabSettings
from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.errors import (
    MissingError,
    RateLimitedError,
    RefusedError,
    SourceError,
    UpstreamFailedError,
    UpstreamTimeoutError,
)
from flywheel_tui.domain.feed import Budget
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.gitlab.answers import StepDownError, gave_up
from flywheel_tui.sources.headers import header_epoch, header_number
from flywheel_tui.sources.http import UpstreamClient, answer_text, answer_time

T = TypeVar("T")

LABEL: Final = "GitLab"
API: Final = "/api/v4"
PER_PAGE: Final = 100


class GitLabClient(UpstreamClient):
    """Requests to one GitLab instance.

    The token goes into ``Authorization: Bearer``, which GitLab takes for every kind of token and which httpx masks
    when it prints headers; it prints ``PRIVATE-TOKEN`` in clear.
    """

    def __init__(
        self, settings: GitLabSettings, *, clock: Clock = utc_now, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        super().__init__(
            label=LABEL,
            base_url=settings.url,
            token=settings.token,
            requests_per_minute=settings.requests_per_minute,
            timeout_s=settings.timeout_s,
            clock=clock,
            transport=transport,
        )
        self._limits = Budget()

    async def graphql(self, query: str, variables: Mapping[str, Any], kind: type[T]) -> T:
        """Return the answer to a query as structs; its ``errors[]`` are for the caller to judge.

        Raises:
            StepDownError: There is no GraphQL here: switched off, or an address that something else answers.
            SourceError: GitLab did not answer.
        """
        body = {"query": query, "variables": dict(variables)}
        return await self.again(lambda: self._query(body, kind))

    async def _query(self, body: Mapping[str, Any], kind: type[T]) -> T:
        try:
            response = await self.request("POST", "/api/graphql", json=body)
        except MissingError as error:
            raise StepDownError("there is no GraphQL at this address") from error
        except RefusedError as error:
            if error.status in {405, 410, 501}:
                raise StepDownError(f"GraphQL is switched off (HTTP {error.status})") from error
            raise
        self._note_limits(response.headers)
        return self.decode(response.content, kind)

    async def rest(self, path: str, kind: type[T], params: Mapping[str, Any] | None = None) -> T:
        """Return one object or list of the REST API."""
        content, _ = await self.again(lambda: self._rest(path, kind, params))
        return content

    async def rest_page(
        self, path: str, kind: type[T], number: int, params: Mapping[str, Any] | None = None
    ) -> tuple[T, int | None, int | None]:
        """Return one page of a list, the number of the next page (None after the last) and the total, where told.

        Link headers are not followed: behind a proxy they often name an address that is not the configured one.
        """
        wanted = {**(params or {}), "page": number, "per_page": PER_PAGE}
        content, headers = await self.again(lambda: self._rest(path, kind, wanted))
        total = header_number(headers, "x-total")
        if "x-next-page" in headers:
            return content, header_number(headers, "x-next-page"), total
        return content, number + 1 if 'rel="next"' in headers.get("link", "") else None, total

    def budget_state(self, last_cycle: int) -> Budget:
        """Return the requests left, by GitLab's headers where it sends them, else by our own bucket."""
        if self._limits.limit is not None:
            return msgspec.structs.replace(self._limits, last_cycle=last_cycle)
        return Budget(limit=self.budget.per_minute, remaining=self.budget.remaining, last_cycle=last_cycle)

    def failure(self, response: httpx.Response) -> SourceError:
        """Return the error that an unwanted answer means, with GitLab's own next steps."""
        self._note_limits(response.headers)
        if response.has_redirect_location:
            return RefusedError(
                f"GitLab sends us elsewhere: {_place(response.headers.get('location', ''))}.",
                status=response.status_code,
                next_step="Set `url` to the address that GitLab itself uses, without a sign-in page before its API.",
            )
        error = super().failure(response)
        if isinstance(error, UpstreamFailedError) and gave_up(response.content):
            # It took its time, and would again: as with any timeout, the same is not asked twice.
            return UpstreamTimeoutError(error.message, status=error.status, retry_after=error.retry_after)
        if isinstance(error, RateLimitedError) and error.retry_after is None and self._limits.resets_at is not None:
            # By GitLab's own clock where it tells: ours may be an hour off.
            now = answer_time(response.headers) or self.clock()
            error.retry_after = max(0.0, (self._limits.resets_at - now).total_seconds())
        if error.status == 403 and "insufficient_scope" in answer_text(response):
            error.next_step = "Use a token with the scope read_api."
        return error

    async def _rest(self, path: str, kind: type[T], params: Mapping[str, Any] | None) -> tuple[T, httpx.Headers]:
        response = await self.request("GET", f"{API}{path}", params=params)
        self._note_limits(response.headers)
        return self.decode(response.content, kind), response.headers

    def _note_limits(self, headers: httpx.Headers) -> None:
        self._limits = Budget(
            limit=header_number(headers, "ratelimit-limit"),
            remaining=header_number(headers, "ratelimit-remaining"),
            resets_at=header_epoch(headers, "ratelimit-reset"),
        )


def _place(location: str) -> str:
    """Return an address for a message, without its query, which may hold a ticket."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return "an address that is none"
    return clean(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")[:160]
