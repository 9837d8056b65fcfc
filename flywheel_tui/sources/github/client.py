"""GitHub's rules on top of HTTP: conditional pages, two kinds of rate limit, and rights told in headers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec

from flywheel_tui.config.settings import GitHubSettings
from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.errors import BadAnswerError, ForbiddenError, RateLimitedError, RefusedError, SourceError
from flywheel_tui.domain.feed import Budget
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.github.etags import Page, PageCache, page_address
from flywheel_tui.sources.github.probe import TokenFacts
from flywheel_tui.sources.headers import header_epoch, header_number
from flywheel_tui.sources.http import UpstreamClient, answer_time, retry_after_seconds

T = TypeVar("T")

LABEL: Final = "GitHub"
API_VERSION: Final = "2022-11-28"
PER_PAGE: Final = 100
SECONDARY_WAIT_S: Final = 60.0
"""GitHub's rule for a secondary limit that names no time: at least a minute."""


class GitHubClient(UpstreamClient):
    """Requests to GitHub or one GitHub Enterprise server."""

    def __init__(
        self, settings: GitHubSettings, *, clock: Clock = utc_now, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        super().__init__(
            label=LABEL,
            base_url=settings.url,
            token=settings.token,
            headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION},
            requests_per_minute=settings.requests_per_minute,
            timeout_s=settings.timeout_s,
            clock=clock,
            transport=transport,
        )
        self.pages = PageCache()
        self.token_facts = TokenFacts()
        self._rate = Budget()
        self._ahead = timedelta()

    async def page(self, path: str, kind: type[T], params: Mapping[str, str] | None = None) -> Page[T]:
        """Return one page of a list: as it was, where GitHub says that it did not change.

        Args:
            path: The list.
            kind: The struct of its content.
            params: The page's own parameters, as the page before it named them.

        Raises:
            SourceError: GitHub did not give the page.
        """
        return await self.again(lambda: self._page(path, kind, params))

    async def _page(self, path: str, kind: type[T], params: Mapping[str, str] | None) -> Page[T]:
        wanted = {"per_page": str(PER_PAGE), **(params or {})}
        address = page_address(path, wanted)
        held = self.pages.get(address, kind)
        tokens = self.token_changes
        headers = {"If-None-Match": held.etag} if held is not None and held.etag is not None else {}
        response = await self.request("GET", path, params=wanted, headers=headers, accept=frozenset({200, 304}))
        if self.token_changes != tokens:
            self.pages.clear()
            if response.status_code == 304:
                held = None
                response = await self.request("GET", path, params=wanted)
        self._note(response.headers)
        if response.status_code == 304:
            if held is None:
                raise BadAnswerError("GitHub says that a page did not change which it was never asked for.")
            self.pages.keep(address, held)
            return held
        content = self.decode(response.content, kind)
        page = Page(content, _following(response), response.headers.get("etag"))
        self.pages.keep(address, page)
        return page

    def check_rate(self) -> None:
        """Refuse to start while the hourly limit is known to be used up: GitHub would refuse every request.

        Raises:
            RateLimitedError: With the seconds until the limit is renewed.
        """
        if self._rate.remaining == 0 and self._rate.resets_at is not None:
            wait = (self._rate.resets_at - self.clock() - self._ahead).total_seconds()
            if wait > 0:
                raise _used_up(wait, status=None)

    def budget_state(self, last_cycle: int) -> Budget:
        """Return the requests left by GitHub's headers; by our own bucket where a server has no limit."""
        if self._rate.limit is None:
            return Budget(limit=self.budget.per_minute, remaining=self.budget.remaining, last_cycle=last_cycle)
        return msgspec.structs.replace(self._rate, last_cycle=last_cycle)

    def failure(self, response: httpx.Response) -> SourceError:
        """Return the error that an unwanted answer means: both rate limits come as 403 or 429."""
        self._note(response.headers)
        status = response.status_code
        if status in {403, 429}:
            limited = self._limited(response)
            if limited is not None:
                return limited
        if response.has_redirect_location:
            return RefusedError(
                "GitHub says that this has moved to another name.",
                status=status,
                next_step="Use the new name of the organisation or repository in the configuration.",
            )
        error = super().failure(response)
        if isinstance(error, ForbiddenError):
            error.next_step = _wanted_rights(response.headers)
        return error

    def _limited(self, response: httpx.Response) -> RateLimitedError | None:
        now = answer_time(response.headers) or self.clock()
        wait = retry_after_seconds(response.headers, now)
        if response.headers.get("x-ratelimit-remaining") == "0" and wait is None:
            resets_at = self._rate.resets_at
            seconds = SECONDARY_WAIT_S if resets_at is None else max(0.0, (resets_at - now).total_seconds())
            return _used_up(seconds, status=response.status_code)
        said = self.said(response)
        if response.status_code == 429 or wait is not None or "secondary rate limit" in said or "abuse" in said:
            return RateLimitedError(
                f"GitHub asks to slow down{said}.",
                status=response.status_code,
                retry_after=SECONDARY_WAIT_S if wait is None else wait,
            )
        return None

    def _note(self, headers: httpx.Headers) -> None:
        self.token_facts = TokenFacts.seen_in(headers, self.token_facts)
        answered_at = answer_time(headers)
        if answered_at is not None:
            # The renewal is told by GitHub's clock, and ours may be an hour off.
            self._ahead = answered_at - self.clock()
        limit = header_number(headers, "x-ratelimit-limit")
        if limit is not None:
            self._rate = Budget(
                limit=limit,
                remaining=header_number(headers, "x-ratelimit-remaining"),
                resets_at=header_epoch(headers, "x-ratelimit-reset"),
            )


def _used_up(wait: float, *, status: int | None) -> RateLimitedError:
    return RateLimitedError(
        "GitHub's hourly limit of requests is used up.",
        status=status,
        retry_after=wait,
        next_step="The console goes on by itself once the limit is renewed.",
    )


def _following(response: httpx.Response) -> dict[str, str] | None:
    """Return the parameters of the next page.

    Only the parameters of the link are used, with our own path: so neither a proxy's inner address nor a hostile one
    ever gets the token.
    """
    target = response.links.get("next", {}).get("url")
    if not target:
        return None
    try:
        return dict(parse_qsl(urlsplit(target).query))
    except ValueError as error:
        raise BadAnswerError("GitHub names a next page whose address is none.") from error


def _wanted_rights(headers: httpx.Headers) -> str:
    sso = headers.get("x-github-sso", "")
    if sso.startswith("required"):
        return "Authorize the token for the organisation's single sign-on, in the token's settings on GitHub."
    rights = headers.get("x-accepted-github-permissions") or headers.get("x-accepted-oauth-scopes")
    return f"The token needs {clean(rights)[:160]}." if rights else ""
