"""GitHub as a source: the self-hosted runners of every configured organisation and repository.

One request after the other: GitHub asks for that, and answers parallel ones with its secondary limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

import httpx

from flywheel_tui.config.settings import GitHubSettings
from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.errors import (
    BadAnswerError,
    ForbiddenError,
    MissingError,
    RateLimitedError,
    SourceError,
    UnauthorizedError,
    UnreachableError,
)
from flywheel_tui.domain.feed import Finding, Observation, SourceKind
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import ForgeRunner, RunnerKind
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.github import parse, wire
from flywheel_tui.sources.github.client import GitHubClient
from flywheel_tui.sources.github.probe import findings_of

MOST_RUNNERS: Final = 10_000
ASK_GROUPS_AGAIN: Final = timedelta(hours=1)


@dataclass(frozen=True)
class _Scope:
    """An organisation or a repository."""

    kind: RunnerKind
    name: str

    @property
    def path(self) -> str:
        return f"/{'orgs' if self.kind is RunnerKind.ORGANIZATION else 'repos'}/{quote(self.name)}"

    @property
    def label(self) -> str:
        return f"the {'organisation' if self.kind is RunnerKind.ORGANIZATION else 'repository'} {clean(self.name)}"

    @property
    def rights(self) -> str:
        if self.kind is RunnerKind.ORGANIZATION:
            return "Listing them needs admin:org (classic) or the organisation permission Self-hosted runners: read."
        return "Listing them needs repo (classic) or the repository permission Administration: read."


class GitHubSource:
    """The self-hosted runners of organisations and repositories.

    The tables hold ``ForgeRunner`` only: GitHub has no list of an organisation's waiting and running jobs.

    Args:
        context: The configured context.
        settings: Where GitHub is and what to show of it.
        clock: For tests.
        transport: For tests.
        most_runners: Where reading stops and says so.
    """

    kind: Final = SourceKind.GITHUB

    def __init__(
        self,
        *,
        context: str,
        settings: GitHubSettings,
        clock: Clock = utc_now,
        transport: httpx.AsyncBaseTransport | None = None,
        most_runners: int = MOST_RUNNERS,
    ) -> None:
        self.context: Final = context
        self.name: Final = f"{context}/{self.kind}"
        self.interval_s: Final = settings.interval_s
        self._settings = settings
        self._clock = clock
        self._most_runners = most_runners
        self._site = parse.site_of(settings.url)
        self._client = GitHubClient(settings, clock=clock, transport=transport)
        self._groups_refused: dict[str, datetime] = {}
        self._scopes = (
            *(_Scope(RunnerKind.ORGANIZATION, org) for org in dict.fromkeys(settings.orgs)),
            *(_Scope(RunnerKind.REPOSITORY, repo) for repo in dict.fromkeys(settings.repos)),
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def fetch(self) -> Observation:
        """Read all configured runners once, to the last page.

        Raises:
            SourceError: GitHub did not give them. What is missing for good (an organisation that may not be read) is
                a finding instead, as long as there is something to show.
        """
        before = self._client.budget.taken
        self._client.check_rate()
        rows: dict[str, Row] = {}
        findings: list[Finding] = []
        refusals: list[SourceError] = []
        complete = bool(self._scopes)
        if not complete:
            text = "Neither an organisation nor a repository is configured."
            findings.append(
                Finding(code="nothing_configured", text=text, limits=True, next_step="Set `orgs` or `repos`.")
            )
        for scope in self._scopes:
            try:
                names = await self._group_names(scope, findings)
                gaps = await self._read(scope, names, rows)
            except (ForbiddenError, MissingError) as error:
                named = _named(error, scope)
                refusals.append(named)
                gaps = (Finding(code=named.code, text=named.message, limits=True, next_step=named.next_step),)
            except SourceError as error:
                raise _named(error, scope) from error
            findings += gaps
            complete = complete and not gaps
        if refusals and len(refusals) == len(self._scopes):
            raise refusals[0]
        self._client.pages.forget_unused()
        told = findings_of(
            self._client.token_facts,
            self._clock(),
            orgs=bool(self._settings.orgs),
            repos=bool(self._settings.repos),
        )
        return Observation(
            tables={ForgeRunner: rows},
            complete=complete,
            findings=(*told, *findings),
            budget=self._client.budget_state(self._client.budget.taken - before),
            server_time=self._client.last_answer_at,
        )

    async def _read(self, scope: _Scope, names: dict[int, str], rows: dict[str, Row]) -> tuple[Finding, ...]:
        """Add all runners of a scope to ``rows`` and return what is missing."""
        path = f"{scope.path}/actions/runners"
        seen: set[int] = set()
        total: int | None = None
        capped = False
        params: dict[str, str] | None = {}
        asked: list[dict[str, str]] = []
        while params is not None:
            if params in asked:
                raise BadAnswerError("GitHub's pages lead round in a circle.")
            asked.append(params)
            page = await self._client.page(path, wire.RunnerPage, params)
            total = page.content.total_count if page.content.total_count is not None else total
            for runner in page.content.runners:
                if runner.id not in seen and len(rows) >= self._most_runners:
                    capped = True
                    continue
                # The list may shift while its pages are read: a runner that comes twice is one runner.
                seen.add(runner.id)
                row = parse.runner_row(
                    runner, context=self.context, scope=scope.name, kind=scope.kind, groups=names, site=self._site
                )
                rows[row.key] = row
            params = page.following
            if params is not None and len(rows) >= self._most_runners:
                capped = True
                break
        return _gaps(scope, shown=len(seen), total=total, capped=capped)

    async def _group_names(self, scope: _Scope, findings: list[Finding]) -> dict[int, str]:
        """Return the names of an organisation's runner groups; where they may not be read, that is a finding."""
        if scope.kind is not RunnerKind.ORGANIZATION:
            return {}
        now = self._clock()
        refused_at = self._groups_refused.get(scope.name)
        if refused_at is None or now - refused_at >= ASK_GROUPS_AGAIN:
            self._groups_refused.pop(scope.name, None)
            names: dict[int, str] = {}
            params: dict[str, str] | None = {}
            asked: list[dict[str, str]] = []
            try:
                while params is not None and params not in asked:
                    asked.append(params)
                    page = await self._client.page(f"{scope.path}/actions/runner-groups", wire.RunnerGroupPage, params)
                    names |= parse.group_names(page.content)
                    params = page.following
            except (ForbiddenError, MissingError):
                self._groups_refused[scope.name] = now
            else:
                return names
        findings.append(
            Finding(
                code="missing_right",
                text=f"The token may not list the runner groups of {scope.label}: their names stay unknown.",
                limits=True,
                next_step=scope.rights,
            )
        )
        return {}


def _gaps(scope: _Scope, *, shown: int, total: int | None, capped: bool) -> tuple[Finding, ...]:
    if capped:
        exist = f"{total:,}" if total is not None and total > shown else f"More than {shown:,}"
        text = f"{exist} runners exist in {scope.label}, {shown:,} are shown."
        return (Finding(code="truncated", text=text, limits=True),)
    if total is not None and shown < total:
        text = f"GitHub counts {total:,} runners in {scope.label} but gave {shown:,}."
        next_step = "The list changed while it was read; the next round reads it again."
        return (Finding(code="partial", text=text, limits=True, next_step=next_step),)
    return ()


def _named(error: SourceError, scope: _Scope) -> SourceError:
    """Return the error with what was being read in its sentence, where that tells something."""
    if isinstance(error, (RateLimitedError, UnauthorizedError, UnreachableError)):
        return error
    if isinstance(error, MissingError):
        message = f"{scope.label[0].upper()}{scope.label[1:]} does not exist, or the token may not list its runners."
        return MissingError(message, status=error.status, next_step=scope.rights)
    if isinstance(error, ForbiddenError):
        message = f"The token may not list the runners of {scope.label}: {error.message}"
        return ForbiddenError(message, status=error.status, next_step=error.next_step or scope.rights)
    return type(error)(
        f"Reading {scope.label}: {error.message}",
        next_step=error.next_step,
        status=error.status,
        retry_after=error.retry_after,
    )
