"""Prometheus as a source: every polled query once a cycle, alerts from rules where asked, series for charts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

import httpx

from flywheel_tui.config.settings import PrometheusSettings
from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.errors import (
    BadAnswerError,
    ForbiddenError,
    MissingError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    SourceError,
    UnauthorizedError,
    UnreachableError,
    UpstreamTimeoutError,
    UsageError,
)
from flywheel_tui.domain.feed import Budget, Finding, Observation, SourceKind, Tables
from flywheel_tui.domain.metric import Sample, Series
from flywheel_tui.domain.row import Row
from flywheel_tui.sources.prometheus.catalogue import BY_NAME, POLLED
from flywheel_tui.sources.prometheus.client import THREAD_BYTES, Answer, PrometheusClient
from flywheel_tui.sources.prometheus.findings import (
    absence_findings,
    failure_findings,
    note_findings,
    presence_query,
    version_finding,
)
from flywheel_tui.sources.prometheus.parse import Texts, parse_samples, parse_series
from flywheel_tui.sources.prometheus.promql import Selection
from flywheel_tui.sources.prometheus.query import RATE_WINDOW_S, CatalogueQuery, Family, Parameters
from flywheel_tui.sources.prometheus.rules import parse_alerts
from flywheel_tui.sources.prometheus.windows import Window, grid
from flywheel_tui.sources.prometheus.wire import Matrix, RawVector, Vector, VectorItem

T = TypeVar("T")

CONCURRENT_QUERIES: Final = 4
"""Prometheus evaluates 20 queries at once for all its users; a console takes no more than its share."""
VERSION_INTERVAL: Final = timedelta(minutes=10)
ALL_FAMILIES: Final = frozenset(Family)

_CLOCK_TOLERANCE: Final = timedelta(seconds=5)
_TIMEOUTS_UNTIL_STOP: Final = CONCURRENT_QUERIES
_NO_LABELS: Final[Mapping[str, str]] = {}


class PrometheusSource:
    """Numbers from Prometheus (:class:`~flywheel_tui.domain.ports.Source`).

    Args:
        context: The configured context.
        settings: Where it is and how to reach it.
        with_rules: Read the active alerts of its rules too; for a context without Alertmanager.
        namespaces: Where the fleet's pods live; empty reads those of the whole cluster.
        families: Metrics that this context should have: only their queries are asked, and only their absence is told.
        queries: What is asked every cycle.
        clock: For tests.
        transport: For tests.
    """

    def __init__(
        self,
        context: str,
        settings: PrometheusSettings,
        *,
        with_rules: bool,
        namespaces: tuple[str, ...] = (),
        families: frozenset[Family] = ALL_FAMILIES,
        queries: tuple[CatalogueQuery, ...] = POLLED,
        clock: Clock = utc_now,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._context = context
        self._settings = settings
        self._with_rules = with_rules
        self._selection = Selection(namespaces=namespaces)
        self._families = tuple(family for family in Family if family in families)
        self._queries = tuple(query for query in queries if families & set(query.families))
        self._clock = clock
        self._client = PrometheusClient(settings, clock=clock, transport=transport)
        self._skew = timedelta()
        self._version: Finding | None = None
        self._version_asked_at: datetime | None = None
        self._range_notes = _Notes()
        self._one_parser = asyncio.Lock()
        self._last: Mapping[str, Sample] = {}

    @property
    def name(self) -> str:
        """``<context>/prometheus``."""
        return f"{self._context}/{SourceKind.PROMETHEUS}"

    @property
    def context(self) -> str:
        """The configured context."""
        return self._context

    @property
    def kind(self) -> SourceKind:
        """Prometheus."""
        return SourceKind.PROMETHEUS

    @property
    def interval_s(self) -> float:
        """Seconds between two readings when all is well."""
        return self._settings.interval_s

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._client.aclose()

    async def fetch(self) -> Observation:
        """Ask every polled query once, a few at a time.

        A query that fails costs its own rows: they are absent, that is unknown, and a finding says why. Once the
        server as a whole does not answer, the queries not yet sent are given up for this cycle.

        Raises:
            SourceError: Nothing at all could be read.
        """
        before = self._client.budget.taken
        cycle = _Cycle()
        cycle.notes, self._range_notes = self._range_notes, _Notes()
        jobs = [self._job(cycle, query) for query in self._queries]
        if self._with_rules:
            jobs.insert(0, lambda: self._read_rules(cycle))
        if self._version_is_due():
            jobs.append(lambda: self._read_version(cycle))
        if self._families:
            jobs.append(lambda: self._read_presence(cycle))
        await _run_limited(jobs, CONCURRENT_QUERIES)
        if not cycle.succeeded:
            raise cycle.first_error or BadAnswerError("Prometheus was asked nothing.")
        self._note_skew()
        self._last = await asyncio.to_thread(cycle.samples, self._queries)
        return Observation(
            tables=cycle.tables(self._last),
            complete=not cycle.failures and not cycle.notes.warnings,
            findings=self._findings(cycle),
            budget=Budget(
                limit=self._client.budget.per_minute,
                remaining=self._client.budget.remaining,
                last_cycle=self._client.budget.taken - before,
            ),
            server_time=self._client.last_answer_at,
        )

    async def range(self, query: str, *, window: Window, labels: Mapping[str, str] = _NO_LABELS) -> tuple[Series, ...]:
        """Return a catalogue query over a window that ends now, by the server's clock.

        Args:
            query: Its name in the catalogue.
            window: How far back.
            labels: The value each of these row labels must have.

        Returns:
            One series for each row, every one on the whole grid; an instant without a value is None. No series where
            nothing was measured.

        Raises:
            NotFoundError: The catalogue has no such query.
            UsageError: Its rows have no such label.
            SourceError: Prometheus does not answer.
        """
        entry = BY_NAME.get(query)
        if entry is None:
            raise NotFoundError(f"The catalogue of metrics has no {query}.")
        unknown = sorted(set(labels) - set(entry.labels))
        if unknown:
            raise UsageError(f"{query} has no label {unknown[0]}; it has {', '.join(entry.labels) or 'none'}.")
        selection = Selection(labels=tuple(sorted(labels.items())), namespaces=self._selection.namespaces)
        text = entry.instant(Parameters(selection=selection, rate_window_s=max(RATE_WINDOW_S, window.step_s)))
        where = grid(window, self._clock() + self._skew)
        answer = await self._client.query_range(text, where)
        self._range_notes.take(query, answer)
        self._note_skew()

        def parse() -> tuple[Series, ...]:
            return parse_series(
                entry, self._client.decode(answer.data, Matrix).result or (), where, selection=selection
            )

        return await self._in_thread_if_long(answer, parse)

    def _job(self, cycle: _Cycle, query: CatalogueQuery) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            if cycle.stopped_by is not None:
                cycle.failures[query.name] = cycle.stopped_by
                return
            try:
                answer = await self._client.query(query.instant(Parameters(selection=self._selection)))
                cycle.rows[query.name] = await self._in_thread_if_long(
                    answer, lambda: self._parse(query, answer, cycle.texts)
                )
            except SourceError as error:
                cycle.fail(query.name, error)
            else:
                cycle.notes.take(query.name, answer)

        return run

    def _parse(self, query: CatalogueQuery, answer: Answer, texts: Texts) -> Mapping[str, Sample]:
        # One element at a time: decoding holds the interpreter from beginning to end, and the screen waits for it.
        items = self._client.decode_each(self._client.decode(answer.data, RawVector).result or (), VectorItem)
        return parse_samples(self._context, query, items, selection=self._selection, known=self._last, texts=texts)

    async def _read_rules(self, cycle: _Cycle) -> None:
        try:
            cycle.alerts, cycle.rule_findings = parse_alerts(self._context, await self._client.alert_rules())
        except SourceError as error:
            cycle.fail("alerts", error)
        else:
            cycle.rules_read = True

    async def _read_presence(self, cycle: _Cycle) -> None:
        if cycle.stopped_by is not None:
            return
        try:
            answer = await self._client.query(presence_query(self._families))
            items = self._client.decode(answer.data, Vector).result or ()
        except SourceError as error:
            # What is scraped stays unknown; the queries themselves tell whether the server works.
            cycle.presence_finding = Finding(
                code="probe_failed", text=f"Which metrics are scraped is unknown: {error.message}"
            )
            return
        cycle.present = frozenset(item.metric.get("__name__", "") for item in items)

    async def _read_version(self, cycle: _Cycle) -> None:
        if cycle.stopped_by is not None:
            return
        try:
            self._version = version_finding(await self._client.build_info())
        except (MissingError, ForbiddenError, RefusedError, BadAnswerError):
            # The endpoint is not part of what Prometheus's lookalikes agree on.
            self._version = version_finding(None)
        except SourceError as error:
            cycle.stop_if_hopeless(error)
            return
        self._version_asked_at = self._clock()

    def _version_is_due(self) -> bool:
        asked = self._version_asked_at
        return asked is None or self._clock() - asked >= VERSION_INTERVAL

    def _findings(self, cycle: _Cycle) -> tuple[Finding, ...]:
        findings = [self._version] if self._version is not None else []
        findings += failure_findings(cycle.failures)
        findings += note_findings("upstream_warning", cycle.notes.warnings, limits=True)
        if cycle.presence_finding is not None:
            findings.append(cycle.presence_finding)
        if cycle.present is not None:
            findings += absence_findings(self._families, cycle.present)
        findings += cycle.rule_findings
        findings += note_findings("upstream_info", cycle.notes.infos, limits=False)
        return tuple(findings)

    async def _in_thread_if_long(self, answer: Answer, parse: Callable[[], T]) -> T:
        if len(answer.data) <= THREAD_BYTES:
            return parse()
        # One at a time: threads take turns at the interpreter, and each further one delays the screen by its turn.
        async with self._one_parser:
            return await asyncio.to_thread(parse)

    def _note_skew(self) -> None:
        answered = self._client.last_answer_at
        if answered is not None:
            skew = answered - self._clock()
            self._skew = skew if abs(skew) > _CLOCK_TOLERANCE else timedelta()


@dataclass
class _Notes:
    """Remarks of the server by their text, each with the queries that it came with."""

    warnings: dict[str, list[str]] = field(default_factory=dict)
    infos: dict[str, list[str]] = field(default_factory=dict)

    def take(self, name: str, answer: Answer) -> None:
        for text in answer.warnings:
            self.warnings.setdefault(text, []).append(name)
        for text in answer.infos:
            self.infos.setdefault(text, []).append(name)


@dataclass
class _Cycle:
    """What one reading has brought so far."""

    rows: dict[str, Mapping[str, Sample]] = field(default_factory=dict)
    texts: Texts = field(default_factory=Texts)
    alerts: tuple[Alert, ...] = ()
    rules_read: bool = False
    rule_findings: tuple[Finding, ...] = ()
    present: frozenset[str] | None = None
    presence_finding: Finding | None = None
    failures: dict[str, SourceError] = field(default_factory=dict)
    notes: _Notes = field(default_factory=_Notes)
    stopped_by: SourceError | None = None
    timeouts: int = 0

    @property
    def succeeded(self) -> bool:
        return bool(self.rows) or self.rules_read

    @property
    def first_error(self) -> SourceError | None:
        return next(iter(self.failures.values()), None)

    def samples(self, queries: Iterable[CatalogueQuery]) -> Mapping[str, Sample]:
        """Return all rows by key in the order of the catalogue, whichever query was answered first."""
        found: dict[str, Sample] = {}
        for query in queries:
            found.update(self.rows.pop(query.name, {}))
        return found

    def tables(self, samples: Mapping[str, Sample]) -> Tables:
        """Return all rows. An empty table of alerts says that there are none; no table, that nobody told."""
        tables: dict[type[Row], Mapping[str, Row]] = {Sample: samples} if samples else {}
        if self.rules_read:
            tables[Alert] = {alert.key: alert for alert in self.alerts}
        return tables

    def fail(self, name: str, error: SourceError) -> None:
        self.failures[name] = error
        self.stop_if_hopeless(error)

    def stop_if_hopeless(self, error: SourceError) -> None:
        """Give up the rest of the cycle where the error is the server's and not the query's."""
        if isinstance(error, UpstreamTimeoutError):
            self.timeouts += 1
        hopeless = isinstance(error, UnreachableError | UnauthorizedError | RateLimitedError)
        if self.stopped_by is None and (hopeless or self.timeouts >= _TIMEOUTS_UNTIL_STOP):
            self.stopped_by = error


async def _run_limited(jobs: Iterable[Callable[[], Awaitable[None]]], limit: int) -> None:
    waiting = iter(jobs)

    async def work() -> None:
        for job in waiting:
            await job()

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(work())
