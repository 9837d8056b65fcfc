"""Times as GitLab writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def graph_time(at: float | None) -> str | None:
    """Return a time of GraphQL, to the second: ``2026-11-21T12:00:00Z``."""
    return None if at is None else datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rest_time(at: float | None) -> str | None:
    """Return a time of the REST API, to the millisecond: ``2026-11-21T12:00:00.000Z``."""
    if at is None:
        return None
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
