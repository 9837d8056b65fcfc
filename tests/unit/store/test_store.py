from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.errors import UnreachableError
from flywheel_tui.domain.feed import FeedState, Finding, Observation, SourceKind, Tables, tables_of
from flywheel_tui.domain.job import Job, JobState
from flywheel_tui.domain.runner import Forge
from flywheel_tui.domain.snapshot import Change, Snapshot
from flywheel_tui.store.store import MERGED_ON_THE_LOOP, Store, merge_tables


def job(key: str, name: str = "build") -> Job:
    return Job(key=key, context="prod", forge=Forge.GITLAB, id=key, name=name, state=JobState.RUNNING, project="p")


class Watched:
    """A store with a clock to turn and a list of what it told."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.told: list[tuple[Snapshot, Change]] = []
        self.store = Store(clock=lambda: self.now)
        self.store.expect("prod/gitlab", "prod", SourceKind.GITLAB, 20.0)
        self.store.subscribe(lambda snapshot, change: self.told.append((snapshot, change)))

    def put(self, *rows: Job, complete: bool = True, findings: tuple[Finding, ...] = ()) -> None:
        self.store.put("prod/gitlab", Observation(tables=tables_of(*rows), complete=complete, findings=findings))

    def state(self) -> FeedState:
        return self.store.current.feeds["prod/gitlab"].state(self.now)


def test_an_expected_source_is_unknown_before_its_first_reading(now: datetime) -> None:
    watched = Watched(now)
    assert watched.state() is FeedState.UNKNOWN
    assert watched.store.current.feed("prod", SourceKind.GITLAB) is not None
    assert watched.store.current.feed("prod", SourceKind.GITHUB) is None


def test_a_change_is_told_by_key(now: datetime) -> None:
    watched = Watched(now)
    watched.put(job("a"), job("b"))
    watched.put(job("b", "test"), job("c"))
    snapshot, change = watched.told[-1]
    assert (change.added, change.changed, change.removed) == (
        {Job: frozenset({"c"})},
        {Job: frozenset({"b"})},
        {Job: frozenset({"a"})},
    )
    assert sorted(row.key for row in snapshot.rows(Job)) == ["b", "c"]
    assert [told.generation for told, _ in watched.told] == [2, 3]


def test_a_reading_without_news_refreshes_the_age_and_tells_nobody(now: datetime) -> None:
    watched = Watched(now)
    watched.put(job("a"))
    first = watched.store.current
    watched.now += timedelta(seconds=50)
    watched.put(job("a"))
    assert len(watched.told) == 1
    feed = watched.store.current.feeds["prod/gitlab"]
    assert feed.fetched_at == watched.now
    assert watched.store.current.generation == first.generation
    assert next(iter(feed.rows(Job))) is next(iter(first.rows(Job)))
    assert feed.tables[Job] is first.feeds["prod/gitlab"].tables[Job]


def test_a_failure_keeps_the_last_good_rows_and_their_age(now: datetime) -> None:
    watched = Watched(now)
    watched.put(job("a"))
    watched.now += timedelta(seconds=5)
    watched.store.fail("prod/gitlab", UnreachableError("GitLab cannot be reached.", next_step="Wait."))
    feed = watched.store.current.feeds["prod/gitlab"]
    assert [row.key for row in feed.rows(Job)] == ["a"]
    assert feed.fetched_at == now
    assert watched.state() is FeedState.STALE
    assert feed.failure is not None
    assert feed.failure.since == watched.now
    watched.now += timedelta(seconds=5)
    watched.store.fail("prod/gitlab", UnreachableError("GitLab cannot be reached.", next_step="Wait."))
    again = watched.store.current.feeds["prod/gitlab"].failure
    assert again is not None
    assert again.since == now + timedelta(seconds=5)
    assert len(watched.told) == 2, "the same failure again is no news"
    watched.put(job("a"))
    assert watched.state() is FeedState.LIVE
    assert len(watched.told) == 3, "recovery is news even when no row changed"


def test_what_is_missing_and_what_was_found_is_news(now: datetime) -> None:
    watched = Watched(now)
    watched.put(job("a"))
    watched.put(job("a"), complete=False)
    assert watched.state() is FeedState.PARTIAL
    watched.put(job("a"), complete=False, findings=(Finding(code="truncated", text="x", limits=True),))
    assert len(watched.told) == 3


def test_the_clock_of_the_upstream_is_compared(now: datetime) -> None:
    watched = Watched(now)
    for ahead, skew in ((2, 0.0), (90, 90.0), (-90, -90.0)):
        observation = Observation(tables={}, server_time=now + timedelta(seconds=ahead))
        watched.store.put("prod/gitlab", observation)
        assert watched.store.current.feeds["prod/gitlab"].clock_skew_s == skew


def test_nobody_is_told_after_the_end_of_a_subscription(now: datetime) -> None:
    watched = Watched(now)
    told: list[Change] = []
    stop = watched.store.subscribe(lambda snapshot, change: told.append(change))
    watched.put(job("a"))
    stop()
    watched.put(job("b"))
    assert len(told) == 1


TABLES = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["x", "y"])).map(
    lambda rows: tables_of(*(job(key, name) for key, name in rows.items()))
)


@given(TABLES, TABLES)
def test_the_merge_is_the_new_reading_and_the_change_leads_from_old_to_new(before: Tables, after: Tables) -> None:
    merged, change = merge_tables("prod/gitlab", before, after)
    assert merged == after
    old, new = dict(before.get(Job, {})), after.get(Job, {})
    for key in change.removed.get(Job, ()):
        del old[key]
    for key in change.added.get(Job, frozenset()) | change.changed.get(Job, frozenset()):
        assert old.get(key) != new[key]
        old[key] = new[key]
    assert old == new
    assert bool(change) == (before != after)


async def test_a_large_reading_is_taken_in_as_a_small_one_is(now: datetime) -> None:
    watched = Watched(now)
    many = [job(f"{number}") for number in range(MERGED_ON_THE_LOOP + 1)]
    await watched.store.take("prod/gitlab", Observation(tables=tables_of(*many)))
    await watched.store.take("prod/gitlab", Observation(tables=tables_of(job("0", "test"), *many[1:])))
    snapshot, change = watched.told[-1]
    assert change == Change(feeds=frozenset({"prod/gitlab"}), changed={Job: frozenset({"0"})})
    assert [row.name for row in snapshot.rows(Job)][:2] == ["test", "build"]


async def test_a_reading_that_is_overtaken_is_compared_with_what_came_first(now: datetime) -> None:
    watched = Watched(now)
    many = [job(f"{number}") for number in range(MERGED_ON_THE_LOOP + 1)]
    taking = asyncio.create_task(watched.store.take("prod/gitlab", Observation(tables=tables_of(*many))))
    await asyncio.sleep(0)
    watched.put(job("0", "test"))
    await taking
    assert watched.told[-1][1].changed == {Job: frozenset({"0"})}
    assert watched.store.current.feeds["prod/gitlab"].tables == tables_of(*many)


def part(*rows: Job) -> Observation:
    return Observation(tables=tables_of(*rows), complete=False, whole=False)


def test_a_part_of_a_first_reading_is_shown_until_the_rest_is_there(now: datetime) -> None:
    watched = Watched(now)
    watched.store.put("prod/gitlab", part(job("a")))
    assert watched.state() is FeedState.PARTIAL
    watched.store.put("prod/gitlab", part(job("a"), job("b")))
    assert len(list(watched.store.current.rows(Job))) == 2
    watched.put(job("a"), job("b"))
    assert watched.state() is FeedState.LIVE
    assert watched.store.current.feeds["prod/gitlab"].whole


def test_a_part_never_takes_the_place_of_a_whole_reading(now: datetime) -> None:
    watched = Watched(now)
    watched.put(job("a"), job("b"))
    told = len(watched.told)
    watched.store.put("prod/gitlab", part(job("a")))
    asyncio.run(watched.store.take("prod/gitlab", part(job("a"))))
    assert len(list(watched.store.current.rows(Job))) == 2
    assert watched.state() is FeedState.LIVE
    assert len(watched.told) == told
