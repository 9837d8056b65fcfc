from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from flywheel_tui.domain.feed import Failure, Feed, FeedState, SourceKind
from flywheel_tui.domain.verdict import Severity

FAILURE = Failure(code="timeout", message="x")


@pytest.mark.parametrize(
    ("age", "failure", "complete", "state"),
    [
        (None, None, True, FeedState.UNKNOWN),
        (None, FAILURE, True, FeedState.DOWN),
        (5, None, True, FeedState.LIVE),
        (5, None, False, FeedState.PARTIAL),
        (5, FAILURE, True, FeedState.STALE),
        (5, FAILURE, False, FeedState.STALE),
        (61, None, True, FeedState.STALE),
        (60, None, True, FeedState.LIVE),
        (-30, None, True, FeedState.LIVE),
    ],
)
def test_how_far_a_feed_can_be_believed(
    age: float | None, failure: Failure | None, complete: bool, state: FeedState, now: datetime
) -> None:
    feed = Feed(
        name="prod/gitlab",
        context="prod",
        kind=SourceKind.GITLAB,
        interval_s=20,
        fetched_at=None if age is None else now - timedelta(seconds=age),
        failure=failure,
        complete=complete,
    )
    assert feed.state(now) is state


def test_severities_are_ordered_from_fine_to_bad() -> None:
    assert sorted(Severity, key=lambda severity: severity.rank) == [
        Severity.OK,
        Severity.INFO,
        Severity.UNKNOWN,
        Severity.WARNING,
        Severity.CRITICAL,
    ]
