from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
import pytest

from flywheel_tui.domain.errors import UnreachableError
from flywheel_tui.domain.feed import Feed, FeedState, Observation, SourceKind, tables_of
from flywheel_tui.domain.fleet import Fleet, FleetChange, Runner
from flywheel_tui.domain.ports import Source
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge, ForgeRunner, RunnerKind, RunnerState
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.workload import Pod, PodRole
from flywheel_tui.services.fleet_service import FleetService, Picture, PlannedSource

PLANNED = (
    PlannedSource("prod/gitlab", "prod", SourceKind.GITLAB, 20.0),
    PlannedSource("prod/kubernetes", "prod", SourceKind.KUBERNETES, 30.0),
)


def runner(name: str) -> ForgeRunner:
    return ForgeRunner(
        key=f"prod/gitlab/{name}",
        context="prod",
        forge=Forge.GITLAB,
        kind=RunnerKind.GROUP,
        id=name,
        scope="infra",
        name=name,
        state=RunnerState.ONLINE,
    )


class Upstream:
    """A source whose rows a test sets."""

    context = "prod"

    def __init__(self, kind: SourceKind, *rows: Row) -> None:
        self.kind = kind
        self.name = f"prod/{kind}"
        self.interval_s = 20.0
        self.rows: Sequence[Row] = rows
        self.failure: UnreachableError | None = None
        self.failed = 0
        self.hangs = False
        self.closed = False

    async def fetch(self) -> Observation:
        if self.hangs:
            await asyncio.Event().wait()
        if self.failure is not None:
            self.failed += 1
            raise self.failure
        return Observation(tables=tables_of(*self.rows))

    async def aclose(self) -> None:
        self.closed = True


class World:
    """A service over two upstreams, on a clock that only sleeping moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.gitlab = Upstream(SourceKind.GITLAB, runner("a"), runner("b"))
        self.kubernetes = Upstream(SourceKind.KUBERNETES)
        self.told: list[FleetChange | None] = []
        self.connected = 0
        self.done: Callable[[], bool] = lambda: False
        self.ended = asyncio.Event()
        self.service = FleetService(PLANNED, self._connect, clock=lambda: self.now, sleep=self._sleep)
        self.service.subscribe(lambda picture, change: self.told.append(change))

    def _connect(self) -> list[Source]:
        self.connected += 1
        return [self.gitlab, self.kubernetes]

    async def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0.001)
        if self.done():
            self.ended.set()

    async def run_until(self, done: Callable[[], bool]) -> None:
        self.done = done
        running = asyncio.create_task(self.service.run())
        await asyncio.wait_for(self.ended.wait(), 10)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


def names(picture: Picture) -> list[str]:
    return sorted(found.name for found in picture.fleet.runners.values())


async def test_before_anything_is_read_every_planned_source_is_unknown_and_nothing_is_connected(now: datetime) -> None:
    world = World(now)
    picture = world.service.current
    assert [feed.state(now) for feed in picture.snapshot.feeds.values()] == [FeedState.UNKNOWN, FeedState.UNKNOWN]
    assert names(picture) == []
    assert world.connected == 0


async def test_once_reads_joins_and_lets_go(now: datetime) -> None:
    world = World(now)
    world.kubernetes.failure = UnreachableError("no route")
    picture = await world.service.once()
    assert names(picture) == ["a", "b"]
    assert picture.snapshot.feeds["prod/kubernetes"].state(now) is FeedState.DOWN
    assert world.gitlab.closed
    assert world.kubernetes.closed


async def test_a_dead_upstream_leaves_the_rows_and_says_so(now: datetime) -> None:
    world = World(now)

    def second_act() -> bool:
        if names(world.service.current) == ["a", "b"]:
            world.gitlab.failure = UnreachableError("gone")
        return world.service.current.snapshot.feeds["prod/gitlab"].failure is not None

    await world.run_until(second_act)
    assert names(world.service.current) == ["a", "b"]
    assert world.service.current.snapshot.feeds["prod/gitlab"].state(world.now) is FeedState.STALE


async def test_a_change_names_the_runners_it_touches(now: datetime) -> None:
    world = World(now)

    def second_act() -> bool:
        if names(world.service.current) == ["a", "b"]:
            world.gitlab.rows = (runner("b"), runner("c"))
        return names(world.service.current) == ["b", "c"]

    await world.run_until(second_act)
    change = next(change for change in reversed(world.told) if change is not None and change.runners.added)
    assert change.runners.added == frozenset({"prod/gitlab/c"})
    assert change.runners.removed == frozenset({"prod/gitlab/a"})


async def test_a_verdict_of_time_alone_comes_without_news(now: datetime) -> None:
    world = World(now)
    world.kubernetes.rows = (
        Pod(
            key="prod/pod/ci/p",
            context="prod",
            namespace="ci",
            name="p",
            uid="p",
            role=PodRole.JOB,
            phase="Pending",
            manager_short_token="tok",
            created_at=now,
        ),
    )
    world.gitlab.rows = (msgspec.structs.replace(runner("a"), short_token="tok"),)

    def judged() -> bool:
        return any(
            verdict.rule == "pending_pods"
            for found in world.service.current.fleet.runners.values()
            for verdict in found.verdicts
        )

    await world.run_until(judged)
    assert (world.now - now).total_seconds() > 300


async def test_an_age_is_fresh_even_when_nothing_changes(now: datetime) -> None:
    world = World(now)
    await world.run_until(lambda: (world.now - now).total_seconds() > 600)
    feed = world.service.current.snapshot.feeds["prod/gitlab"]
    assert feed.state(world.now) is FeedState.LIVE


def kept(now: datetime, *rows: ForgeRunner) -> Feed:
    return Feed(
        name="prod/gitlab",
        context="prod",
        kind=SourceKind.GITLAB,
        interval_s=20.0,
        tables=tables_of(*rows),
        fetched_at=now - timedelta(hours=3),
        from_last_session=True,
    )


def restore(world: World, *rows: ForgeRunner, lost: bool = False) -> None:
    whole = Snapshot(feeds={"prod/gitlab": kept(world.now, *rows)})
    head = Snapshot(feeds={"prod/gitlab": kept(world.now)})
    world.service.restore(Picture(head, Fleet()), lambda: None if lost else whole)


async def test_rows_of_the_last_session_are_stale_until_their_source_is_read(now: datetime) -> None:
    world = World(now)
    world.gitlab.failure = UnreachableError("no route")
    restore(world, runner("old"))
    feed = world.service.current.snapshot.feeds["prod/gitlab"]
    assert (feed.state(now), feed.fetched_at) == (FeedState.STALE, now - timedelta(hours=3))
    await world.run_until(lambda: names(world.service.current) == ["old"] and world.gitlab.failed > 0)
    failed = world.service.current.snapshot.feeds["prod/gitlab"]
    assert failed.failure is not None
    assert failed.fetched_at == now - timedelta(hours=3)
    assert failed.from_last_session


async def test_the_first_reading_takes_the_place_of_the_last_session(now: datetime) -> None:
    world = World(now)
    restore(world, runner("old"))
    await world.run_until(lambda: names(world.service.current) == ["a", "b"])
    feed = world.service.current.snapshot.feeds["prod/gitlab"]
    assert not feed.from_last_session
    assert feed.state(world.now) is FeedState.LIVE


async def test_tables_that_are_lost_leave_a_source_unknown(now: datetime) -> None:
    world = World(now)
    world.gitlab.hangs = True
    restore(world, lost=True)
    assert world.service.current.snapshot.feeds["prod/gitlab"].state(now) is FeedState.STALE
    await world.run_until(
        lambda: world.service.current.snapshot.feeds["prod/gitlab"].state(world.now) is FeedState.UNKNOWN
    )


async def test_a_source_is_read_while_the_next_one_is_still_being_made(now: datetime) -> None:
    world = World(now)
    go_on = threading.Event()

    def connect() -> Iterator[Source]:
        yield world.gitlab
        assert go_on.wait(10)
        yield world.kubernetes

    world.service = FleetService(PLANNED, connect, clock=lambda: world.now, sleep=world._sleep)
    await world.run_until(lambda: names(world.service.current) == ["a", "b"])
    assert not go_on.is_set()
    go_on.set()


async def test_a_runner_that_did_not_change_stays_the_same_object(now: datetime) -> None:
    world = World(now)
    kept: list[Runner] = []

    def second_act() -> bool:
        fleet = world.service.current.fleet
        if names(world.service.current) == ["a", "b"]:
            kept.append(fleet.runners["prod/gitlab/b"])
            world.gitlab.rows = (runner("b"), runner("c"))
        return names(world.service.current) == ["b", "c"]

    await world.run_until(second_act)
    assert world.service.current.fleet.runners["prod/gitlab/b"] is kept[0]
