"""The one form of every answer: ``{"data", "meta"}`` or ``{"error"}``, for the command line, API and MCP."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from flywheel_tui.domain.clock import age_seconds
from flywheel_tui.domain.errors import FlywheelError
from flywheel_tui.domain.feed import Feed, FeedState
from flywheel_tui.domain.snapshot import Snapshot


class SourceReport(msgspec.Struct, frozen=True, kw_only=True):
    """How far one source can be believed.

    Attributes:
        complete: Whether its last reading was whole; false as long as there was none.
    """

    state: FeedState
    age_s: float | None
    error: str | None
    complete: bool
    findings: tuple[str, ...]


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader must know about the data.

    Attributes:
        complete: True when every source is live and whole; only then is an absent row really absent.
        truncated: True when ``data`` is a part of what was asked for; ``next`` then continues.
    """

    request_id: str
    generated_at: datetime
    complete: bool
    sources: dict[str, SourceReport]
    truncated: bool = False
    next: str | None = None


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """An answer."""

    data: Any
    meta: Meta


def request_id() -> str:
    """Return a new id for one request."""
    return uuid.uuid4().hex


def report(feed: Feed, now: datetime) -> SourceReport:
    """Return what an envelope says of a feed."""
    age = age_seconds(feed.fetched_at, now)
    failure = feed.failure
    return SourceReport(
        state=feed.state(now),
        age_s=None if age is None else round(age, 1),
        error=None if failure is None else f"{failure.message} {failure.next_step}".strip(),
        complete=feed.complete and feed.fetched_at is not None,
        findings=tuple(finding.text for finding in feed.findings),
    )


def envelope(
    data: Any,  # noqa: ANN401 - whatever msgspec can encode
    snapshot: Snapshot,
    now: datetime,
    *,
    new_id: Callable[[], str] = request_id,
) -> Envelope:
    """Return the envelope around ``data`` that was read from ``snapshot``."""
    sources = {name: report(feed, now) for name, feed in snapshot.feeds.items()}
    complete = all(source.state is FeedState.LIVE for source in sources.values())
    return Envelope(data=data, meta=Meta(request_id=new_id(), generated_at=now, complete=complete, sources=sources))


def error_envelope(error: FlywheelError) -> dict[str, Any]:
    """Return the envelope of a failure."""
    details = {"next_step": error.next_step} if error.next_step else None
    return {"error": {"code": error.code, "message": error.message, "details": details}}
