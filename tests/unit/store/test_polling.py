from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.errors import RateLimitedError, SourceError, UnreachableError
from flywheel_tui.domain.feed import Feed, FeedState, Observation, SourceKind
from flywheel_tui.store.polling import LONGEST_BACK_OFF_S, Polling, back_off_seconds
from flywheel_tui.store.store import Store


class Script:
    """A source that answers by a script; at its end it asks the test to stop."""

    kind = SourceKind.GITLAB
    context = "prod"
    interval_s = 20.0

    def __init__(self, answers: list[SourceError | None], name: str = "prod/gitlab") -> None:
        self.name = name
        self.closed = False
        self.asked = 0
        self._answers = answers
        self.done = asyncio.Event()

    async def fetch(self) -> Observation:
        self.asked += 1
        if not self._answers:
            self.done.set()
            await asyncio.Event().wait()
        answer = self._answers.pop(0)
        if answer is not None:
            raise answer
        return Observation(tables={})

    async def aclose(self) -> None:
        self.closed = True


class Followed(Script):
    """A source with a watch: each None is an observation, each error breaks the stream."""

    async def follow(self) -> AsyncIterator[Observation]:
        while True:
            yield await self.fetch()


class Gradual(Script):
    """A source that shows a part before each answer."""

    async def read(self, show: Callable[[Observation], Awaitable[None]]) -> Observation:
        await show(Observation(tables={}, complete=False, whole=False))
        return await self.fetch()


class World:
    """A store and polling on a clock that only sleeping moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.slept: list[float] = []
        self.store = Store(clock=lambda: self.now)
        self.polling = Polling(self.store, clock=lambda: self.now, sleep=self._sleep, chance=lambda: 1.0)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def expect(self, *sources: Script) -> None:
        for source in sources:
            self.store.expect(source.name, source.context, source.kind, source.interval_s)

    def feed(self, name: str = "prod/gitlab") -> Feed:
        return self.store.current.feeds[name]

    async def run_to_the_end(self, *sources: Script) -> None:
        self.expect(*sources)
        running = asyncio.create_task(self.polling.run(sources))
        await asyncio.wait_for(asyncio.gather(*(source.done.wait() for source in sources)), 5)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


@pytest.fixture
def world(now: datetime) -> World:
    return World(now)


async def test_a_healthy_source_is_read_at_its_interval(world: World) -> None:
    await world.run_to_the_end(Script([None, None, None]))
    assert world.slept == [20.0, 20.0, 20.0]
    assert world.feed().state(world.now) is FeedState.LIVE


async def test_failures_back_off_and_success_ends_that(world: World) -> None:
    down = UnreachableError("x")
    await world.run_to_the_end(Script([down, down, down, None, down]))
    assert world.slept == [2.0, 4.0, 8.0, 20.0, 2.0]
    failure = world.feed().failure
    assert failure is not None
    assert failure.retry_at == world.now


async def test_failures_and_the_end_of_them_are_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await world.run_to_the_end(Script([UnreachableError("no route"), UnreachableError("no route"), None, None]))
    assert [record.getMessage() for record in caplog.records] == [
        "prod/gitlab: no route (1 in a row, again in 2 s)",
        "prod/gitlab: no route (2 in a row, again in 4 s)",
        "prod/gitlab: answers again after 2 failures",
    ]


async def test_the_wait_that_an_upstream_asks_for_is_kept(world: World) -> None:
    await world.run_to_the_end(Script([RateLimitedError("x", retry_after=90.0), None]))
    assert world.slept == [90.0, 20.0]


async def test_an_absurd_wait_is_cut_to_an_hour(world: World) -> None:
    await world.run_to_the_end(Script([RateLimitedError("x", retry_after=float("inf")), None]))
    assert world.slept == [3600.0, 20.0]


async def test_one_dead_source_delays_no_other(world: World) -> None:
    dead = Script([UnreachableError("x")] * 3, "prod/github")
    alive = Script([None, None], "prod/gitlab")
    await world.run_to_the_end(dead, alive)
    assert world.feed("prod/github").failure is not None
    assert world.feed("prod/gitlab").failure is None


async def test_a_watch_is_followed_and_connected_again(world: World) -> None:
    down = UnreachableError("x")
    await world.run_to_the_end(Followed([None, None, down, None, down, down, None]))
    assert world.slept == [2.0, 2.0, 4.0]
    assert world.feed().failure is None


async def test_a_bug_ends_the_run_loudly(world: World) -> None:
    class Broken(Script):
        async def fetch(self) -> Observation:
            raise ZeroDivisionError

    broken = Broken([])
    world.expect(broken)
    with pytest.raises(ExceptionGroup) as caught:
        await world.polling.run([broken])
    assert caught.group_contains(ZeroDivisionError)


async def waiting(now: datetime, source: Script) -> tuple[Polling, asyncio.Task[None], Callable[[], int]]:
    """Run a source whose waits never end by themselves, up to its first wait."""

    async def forever(seconds: float) -> None:
        if seconds == 90.0:
            return
        await asyncio.Event().wait()

    store = Store(clock=lambda: now)
    store.expect(source.name, source.context, source.kind, source.interval_s)
    polling = Polling(store, clock=lambda: now, sleep=forever, chance=lambda: 1.0)
    task = asyncio.create_task(polling.run([source]))
    return polling, task, lambda: source.asked


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_poke_ends_a_wait_at_once(now: datetime) -> None:
    source = Script([None, UnreachableError("x"), None])
    polling, task, asked = await waiting(now, source)
    for count in (1, 2, 3):
        await settle()
        assert asked() == count
        polling.poke("prod/gitlab")
    await settle()
    assert asked() == 4
    task.cancel()


async def test_a_chosen_rate_counts_at_once_and_says_when_a_source_is_stale(world: World) -> None:
    source = Script([None, None, None])
    world.polling.set_rate(5.0)
    await world.run_to_the_end(source)
    assert world.slept == [5.0, 5.0, 5.0]
    assert world.feed().interval_s == 5.0
    world.now += timedelta(seconds=16)
    assert world.feed().state(world.now) is FeedState.STALE


async def test_the_configured_intervals_come_back(world: World) -> None:
    source = Script([None, None])
    world.polling.set_rate(5.0)
    world.expect(source)
    running = asyncio.create_task(world.polling.run([source]))
    await asyncio.wait_for(source.done.wait(), 5)
    world.polling.set_rate(None)
    assert world.feed().interval_s == 20.0
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_poke_of_another_source_changes_nothing(now: datetime) -> None:
    source = Script([None, None])
    polling, task, asked = await waiting(now, source)
    await settle()
    polling.poke("prod/github")
    await settle()
    assert asked() == 1
    task.cancel()


async def test_once_reads_every_source_and_keeps_failures_as_data(world: World) -> None:
    good, bad = Script([None], "prod/gitlab"), Script([UnreachableError("no route")], "prod/github")
    world.expect(good, bad)
    await world.polling.once([good, bad])
    await world.polling.close([good, bad])
    assert world.feed("prod/gitlab").state(world.now) is FeedState.LIVE
    assert world.feed("prod/github").state(world.now) is FeedState.DOWN
    assert good.closed
    assert bad.closed
    assert world.slept == []


@given(st.integers(min_value=1, max_value=10_000), st.floats(min_value=0, max_value=1))
def test_a_back_off_is_never_zero_and_never_endless(failures: int, chance: float) -> None:
    assert 1.0 <= back_off_seconds(failures, chance) <= LONGEST_BACK_OFF_S
    assert back_off_seconds(failures, chance) <= back_off_seconds(failures, 1.0)


async def test_a_part_of_a_first_reading_is_taken_in_and_stays_where_the_rest_fails(world: World) -> None:
    told: list[tuple[bool, bool]] = []
    world.store.subscribe(lambda snapshot, _: told.append(state_of(snapshot.feeds["prod/gitlab"])))
    await world.run_to_the_end(Gradual([UnreachableError("gone"), None]))
    assert told == [(True, False), (False, False), (False, True), (False, False), (True, False)]


def state_of(feed: Feed) -> tuple[bool, bool]:
    """Whether it is whole, and whether it failed."""
    return feed.whole, feed.failure is not None
