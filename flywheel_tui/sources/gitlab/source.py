"""GitLab as a source: probe, read every scope by the best tier there is, make rows, tell what is missing."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

import httpx

from flywheel_tui.config.settings import GitLabSettings
from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.errors import (
    BadAnswerError,
    ForbiddenError,
    MissingError,
    RateLimitedError,
    SourceError,
    UpstreamFailedError,
    UpstreamTimeoutError,
)
from flywheel_tui.domain.feed import Finding, Observation, SourceKind
from flywheel_tui.domain.job import Job
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import ForgeRunner
from flywheel_tui.sources.gitlab import parse, wire
from flywheel_tui.sources.gitlab.answers import StepDownError
from flywheel_tui.sources.gitlab.client import GitLabClient
from flywheel_tui.sources.gitlab.graph import GraphReader
from flywheel_tui.sources.gitlab.probe import Capabilities, fallback, probe
from flywheel_tui.sources.gitlab.queries import PAGE_SIZE, Tier
from flywheel_tui.sources.gitlab.rest import RestReader
from flywheel_tui.sources.gitlab.scope import Scope, scopes_of

MOST_RUNNERS: Final = 10_000
PROBE_EVERY: Final = timedelta(hours=1)
PROBE_FALLBACK_EVERY: Final = timedelta(minutes=10)
"""GraphQL that is away while GitLab is upgraded comes back without a restart."""
REQUESTS_A_CYCLE: Final = 25
"""What a fleet of 1,000 runners may take, with its jobs."""
LEAST_JOB_PAGES: Final = 10
ROWS_AT_ONCE: Final = 200
"""Rows made before the event loop gets a turn: a few milliseconds."""
PARTS_EVERY_S: Final = 1.0
"""Time between two parts of a first reading that are shown."""
REST_SHARE: Final = 0.5
"""Share of an interval's requests that a REST round may take; the rest is for people's actions."""


class GitLabSource:
    """The runners of one GitLab, and its pending and running jobs where the token may see them.

    The tables hold ``ForgeRunner`` always. They hold ``Job`` only where GitLab told the jobs: an empty table means
    that there are none, no table means that nobody knows.

    Args:
        context: The configured context.
        settings: Where GitLab is and what to show of it.
        clock: For tests.
        transport: For tests.
        most_runners: Where reading stops and says so.
    """

    kind: Final = SourceKind.GITLAB

    def __init__(
        self,
        *,
        context: str,
        settings: GitLabSettings,
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
        self._client = GitLabClient(settings, clock=clock, transport=transport)
        self._graph = GraphReader(self._client)
        self._rest = RestReader(self._client)
        self._tier = Tier.ENTERPRISE
        self._stepped_down: Finding | None = None
        self._jobs_refused: str | None = None
        self._capabilities: Capabilities | None = None
        self._probed_at: datetime | None = None
        self._was_read = False

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def fetch(self) -> Observation:
        """Read all configured runners once, to the last page.

        Raises:
            SourceError: GitLab did not give them. What is missing for good (a group that does not exist) is a finding
                instead, as long as there is something to show.
        """
        return await self.read(_show_nobody)

    async def read(self, show: Callable[[Observation], Awaitable[None]]) -> Observation:
        """Read as :meth:`fetch`; of the first reading show what is there: the jobs, and most pages, come later.

        Raises:
            SourceError: As :meth:`fetch`.
        """
        before = self._client.budget.taken
        try:
            capabilities = await self._probe_when_due()
            round_ = _Round(self.context, self._settings, None if self._was_read else show)
            for scope in scopes_of(
                self._settings.groups, instance=self._settings.instance, administrator=capabilities.administrator
            ):
                await self._read(scope, round_)
            round_.settle()
            if self._tier is Tier.REST:
                await self._enrich(round_, before)
                await round_.make_rest_rows(self._rest)
            elif capabilities.administrator:
                await round_.show(at_once=True)
                await self._read_jobs(round_, self._client.budget.taken - before)
        except RateLimitedError:
            raise
        except SourceError:
            # Whatever it is, GitLab or the token may be another one now; a probe takes two requests.
            self._capabilities = None
            raise
        self._was_read = True
        return Observation(
            tables=round_.tables(),
            complete=not any(finding.limits for finding in round_.findings),
            findings=(*self._standing(capabilities), *round_.findings),
            budget=self._client.budget_state(self._client.budget.taken - before),
            server_time=self._client.last_answer_at,
        )

    async def _probe_when_due(self) -> Capabilities:
        now = self._clock()
        at_best = self._stepped_down is None and self._tier is not Tier.REST
        period = PROBE_EVERY if at_best else PROBE_FALLBACK_EVERY
        due = self._probed_at is None or now - self._probed_at >= period
        if self._capabilities is None or due:
            found = await probe(self._client, now)
            self._capabilities, self._tier = found, found.tier
            self._stepped_down = self._jobs_refused = None
            if due:
                self._graph.page_size = PAGE_SIZE
            self._probed_at = now
        return self._capabilities

    def _standing(self, capabilities: Capabilities) -> tuple[Finding, ...]:
        """Return what the probe found, with the tier that is in use by now."""
        if self._stepped_down is None:
            return capabilities.findings
        return (*(found for found in capabilities.findings if found.code != "tier"), self._stepped_down)

    async def _read(self, scope: Scope, round_: _Round) -> None:
        room = self._most_runners - round_.size
        try:
            while self._tier is not Tier.REST:
                try:
                    make = functools.partial(round_.graph_row, scope)
                    read = await self._graph.runners(scope, self._tier, room=room, make=make, begun=round_.show)
                except StepDownError as error:
                    self._tier = self._tier.below()
                    self._stepped_down = fallback(self._tier, error.reason)
                else:
                    round_.take_graph(read.rows, read.findings)
                    return
            listed = await self._rest.runners(scope, room=room)
            round_.take_rest(scope, listed.runners, listed.findings)
        except (ForbiddenError, MissingError) as error:
            round_.refused(scope.name_in(error))
        except SourceError as error:
            raise scope.name_in(error) from error

    async def _enrich(self, round_: _Round, before: int) -> None:
        share = int(self._settings.requests_per_minute * self._settings.interval_s / 60 * REST_SHARE)
        spent = self._client.budget.taken - before
        requests = min(share - spent, self._client.budget.remaining)
        round_.findings += await self._rest.enrich(list(round_.listed), requests=requests, now=self._clock())

    async def _read_jobs(self, round_: _Round, spent: int) -> None:
        """Read the jobs; where GitLab cannot give them they are unknown, and the runners stay.

        They may take what the runners left of a cycle's requests, and in a larger fleet a third of what those took.
        """
        if self._jobs_refused is None:
            try:
                most_pages = max(LEAST_JOB_PAGES, REQUESTS_A_CYCLE - spent, spent // 3)
                read = await self._graph.jobs(most_pages=most_pages)
            except (UpstreamTimeoutError, UpstreamFailedError, BadAnswerError) as error:
                text = f"The pending and running jobs could not be read: {error.message}"
                round_.findings.append(Finding(code="jobs_unknown", text=text, limits=True))
            except StepDownError as error:
                self._jobs_refused = error.reason
            else:
                round_.findings += read.findings
                await round_.take_jobs(read.nodes)
        if self._jobs_refused is not None:
            text = f"GitLab does not list its pending and running jobs: {self._jobs_refused}."
            round_.findings.append(Finding(code="jobs_unknown", text=text))


async def _show_nobody(_part: Observation) -> None:
    """Keep parts of a reading to ourselves: who reads once waits for the whole."""


class _Round:
    """What one fetch gathers."""

    def __init__(
        self, context: str, settings: GitLabSettings, show: Callable[[Observation], Awaitable[None]] | None
    ) -> None:
        self._show = show
        self._shown_at = float("-inf")
        self.findings: list[Finding] = []
        self.listed: dict[int, tuple[wire.RestRunner, str]] = {}
        self._context = context
        self._url = settings.url
        # GitLab finds a group however its path is capitalised, and answers with the path as it was created.
        self._projects_in = tuple(f"{group.casefold()}/" for group in settings.groups)
        self._runners: dict[str, Row] = {}
        self._jobs: dict[str, Row] | None = None
        self._readable = 0
        self._refusals: list[SourceError] = []

    @property
    def size(self) -> int:
        return len(self._runners) + len(self.listed)

    def graph_row(self, scope: Scope, node: wire.RunnerNode) -> ForgeRunner:
        return parse.runner_row(node, context=self._context, url=self._url, asked=scope.path)

    async def show(self, more: Collection[ForgeRunner] = (), *, at_once: bool = False) -> None:
        """Show the runners so far as a part, unless the last part was shown just now.

        Args:
            more: Of a list that is still being read.
            at_once: Also when the last part was shown just now.
        """
        now = asyncio.get_running_loop().time()
        if self._show is None or not (at_once or now - self._shown_at >= PARTS_EVERY_S):
            return
        self._shown_at = now
        runners: dict[str, Row] = {**{row.key: row for row in more}, **self._runners}
        text = f"GitLab is still being read: {len(runners):,} runners so far."
        finding = Finding(code="partial", text=text, limits=True)
        await self._show(Observation(tables={ForgeRunner: runners}, complete=False, whole=False, findings=(finding,)))

    def take_graph(self, rows: tuple[ForgeRunner, ...], findings: tuple[Finding, ...]) -> None:
        self._readable += 1
        self.findings += findings
        for row in rows:
            # A runner that two groups list is one runner; the first group that lists it names it.
            self._runners.setdefault(row.key, row)

    def take_rest(self, scope: Scope, runners: tuple[wire.RestRunner, ...], findings: tuple[Finding, ...]) -> None:
        self._readable += 1
        self.findings += findings
        for runner in runners:
            self.listed.setdefault(runner.id, (runner, scope.path))

    async def make_rest_rows(self, reader: RestReader) -> None:
        """Make the rows of all listed runners, with the details that are known by now."""
        for number, (runner, asked) in enumerate(self.listed.values()):
            if number % ROWS_AT_ONCE == 0:
                await asyncio.sleep(0)
            known = reader.known(runner.id)
            row = parse.rest_row(
                runner,
                known.details if known else None,
                known.managers if known else None,
                context=self._context,
                url=self._url,
                asked=asked,
            )
            self._runners.setdefault(row.key, row)

    async def take_jobs(self, nodes: tuple[wire.JobNode, ...]) -> None:
        """Keep the jobs of the configured groups; of all where none is configured."""
        self._jobs = {}
        for number, node in enumerate(nodes):
            if number % ROWS_AT_ONCE == 0:
                await asyncio.sleep(0)
            row = parse.job_row(node, context=self._context, url=self._url)
            if row is not None and self._concerns(row):
                self._jobs[row.key] = row

    def refused(self, error: SourceError) -> None:
        """Note a scope that the token may not read."""
        self._refusals.append(error)
        self.findings.append(Finding(code=error.code, text=error.message, limits=True, next_step=error.next_step))

    def settle(self) -> None:
        """Make a failure of the refusals where nothing at all could be read.

        Raises:
            SourceError: The first refusal.
        """
        if self._refusals and not self._readable:
            raise self._refusals[0]

    def tables(self) -> Mapping[type[Row], Mapping[str, Row]]:
        tables: dict[type[Row], dict[str, Row]] = {ForgeRunner: self._runners}
        if self._jobs is not None:
            tables[Job] = self._jobs
        return tables

    def _concerns(self, job: Job) -> bool:
        return not self._projects_in or job.project.casefold().startswith(self._projects_in)
