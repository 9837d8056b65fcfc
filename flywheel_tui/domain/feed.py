"""What a source last said, when, and what was wrong: the unit of truth of the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec

from flywheel_tui.domain.clock import age_seconds
from flywheel_tui.domain.row import Row, Value

R = TypeVar("R", bound=Row)

Tables = Mapping[type[Row], Mapping[str, Row]]
"""Rows by their type, then by their key."""

STALE_AFTER_INTERVALS: Final = 3


class SourceKind(StrEnum):
    """The upstreams there are."""

    GITLAB = "gitlab"
    GITHUB = "github"
    KUBERNETES = "kubernetes"
    PROMETHEUS = "prometheus"
    ALERTMANAGER = "alertmanager"


class FeedState(StrEnum):
    """How far a feed can be believed.

    ``live``: fresh and whole. ``partial``: fresh, but something is known to be missing. ``stale``: the last good rows,
    older than they should be. ``down``: nothing was ever read and the source fails. ``unknown``: nothing was read yet.
    """

    LIVE = "live"
    PARTIAL = "partial"
    STALE = "stale"
    DOWN = "down"
    UNKNOWN = "unknown"


class Finding(Value, frozen=True):
    """What a capability probe found: an edition, a version, a missing right, a fallback in use.

    Attributes:
        code: Stable word, for example ``edition``, ``version``, ``missing_right``, ``fallback``, ``truncated``.
        text: One sentence for the operator.
        limits: True where the finding means that something is missing from the picture.
    """

    code: str
    text: str
    limits: bool = False
    next_step: str = ""


class Budget(Value, frozen=True):
    """Requests a source may still make.

    Attributes:
        limit, remaining: Requests in the window, by the upstream's headers or by our own bucket.
        resets_at: When the window is renewed.
        last_cycle: Requests the last fetch took.
    """

    limit: int | None = None
    remaining: int | None = None
    resets_at: datetime | None = None
    last_cycle: int | None = None


class Failure(Value, frozen=True):
    """Why a source failed, as data."""

    code: str
    message: str
    next_step: str = ""
    since: datetime | None = None
    retry_at: datetime | None = None


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One successful reading of a source.

    Attributes:
        tables: All rows, whole: a row that is absent is gone.
        complete: False where something is known to be missing (a cap, a namespace without rights).
        whole: False while it is still being read and more follows at once; then a missing row means nothing.
        server_time: The upstream's own clock at the answer, where it tells, to find clock skew.
    """

    tables: Tables
    complete: bool = True
    whole: bool = True
    findings: tuple[Finding, ...] = ()
    budget: Budget = Budget()
    server_time: datetime | None = None


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """What one source last said, with its age and its error.

    Attributes:
        name: ``<context>/<kind>``, for example ``prod/gitlab``.
        interval_s: How often it is read when all is well.
        fetched_at: When ``tables`` was last confirmed; None before the first success.
        failure: Why the last attempt failed; None when it succeeded. ``tables`` keeps the last good rows.
        generation: Store generation at which the tables or the failure last changed.
        whole: False while the very first reading is under way and only a part of it is here.
        from_last_session: True where the rows were kept from an earlier session and this one has not read them yet.
    """

    name: str
    context: str
    kind: SourceKind
    interval_s: float
    tables: Tables = msgspec.field(default_factory=dict)
    fetched_at: datetime | None = None
    failure: Failure | None = None
    complete: bool = True
    findings: tuple[Finding, ...] = ()
    budget: Budget = Budget()
    clock_skew_s: float | None = None
    generation: int = 0
    whole: bool = True
    from_last_session: bool = False

    def rows(self, kind: type[R]) -> tuple[R, ...]:
        """Return all rows of a type."""
        table: Mapping[str, Any] = self.tables.get(kind, {})
        return tuple(table.values())

    def state(self, now: datetime) -> FeedState:
        """Return how far this feed can be believed at ``now``."""
        age = age_seconds(self.fetched_at, now)
        if age is None:
            return FeedState.UNKNOWN if self.failure is None else FeedState.DOWN
        unconfirmed = self.failure is not None or self.from_last_session
        if unconfirmed or age > STALE_AFTER_INTERVALS * self.interval_s:
            return FeedState.STALE
        return FeedState.LIVE if self.complete else FeedState.PARTIAL


def tables_of(*rows: Row) -> Tables:
    """Return the tables that hold the given rows, each type in its own, in the given order."""
    tables: dict[type[Row], dict[str, Row]] = {}
    for row in rows:
        tables.setdefault(type(row), {})[row.key] = row
    return tables
