"""The source as a whole: one listing for the command line, a stream for the console."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import cast

import httpx
import pytest

from flywheel_tui.domain.errors import (
    ConfigError,
    RefusedError,
    SourceError,
    UnauthorizedError,
    UnreachableError,
    UpstreamTimeoutError,
)
from flywheel_tui.domain.feed import Observation, SourceKind
from flywheel_tui.domain.ports import FollowedSource
from flywheel_tui.domain.scaleset import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Event, Pod, Quota
from flywheel_tui.sources.kubernetes.access import Access
from flywheel_tui.sources.kubernetes.source import KubernetesSource
from tests.unit.sources.kubernetes.fake_apiserver import PATHS, End, FakeApiserver, bookmark, expired, status
from tests.unit.sources.kubernetes.objects import (
    autoscaler,
    cron_job,
    deployment,
    ephemeral_runner,
    event,
    job_pod,
    listener,
    manager_pod,
    pod,
    quota,
    runner_pod,
    runner_set,
    scale_set,
)
from tests.unit.sources.kubernetes.stage import GivenAccess, StageTime, respond, settle, source_of, until


def a_fleet() -> FakeApiserver:
    server = FakeApiserver()
    server.put(manager_pod(), job_pod(), runner_pod(), pod("web", "shop"))
    server.put(event(), event("shop.1", "shop"), deployment(), autoscaler(), cron_job(), quota())
    server.put(scale_set(), runner_set(), ephemeral_runner(), listener())
    return server


class Stream:
    """A source that is being followed, on a stage."""

    def __init__(self, server: FakeApiserver, time: StageTime, source: KubernetesSource) -> None:
        self.server = server
        self.time = time
        self._stream = cast("AsyncGenerator[Observation]", source.follow())
        self._next: asyncio.Task[Observation] | None = None

    async def first(self) -> Observation:
        """The first observation, with all watches open."""
        observation = await anext(self._stream)
        self.look()
        await until(lambda: sum(not feed.closed for feeds in self.server.feeds.values() for feed in feeds) == 10)
        return observation

    def look(self) -> None:
        """Wait for the next observation in the background."""
        self._next = asyncio.ensure_future(anext(self._stream))

    @property
    def come(self) -> bool:
        return self._next is not None and self._next.done()

    async def take(self) -> Observation:
        """The observation that has come or comes without time passing."""
        assert self._next is not None
        observation = await asyncio.wait_for(self._next, 10)
        self.look()
        return observation

    async def aclose(self) -> None:
        if self._next is not None:
            self._next.cancel()
            await asyncio.wait([self._next])
        await self._stream.aclose()


@asynccontextmanager
async def following(server: FakeApiserver, **settings: float) -> AsyncIterator[Stream]:
    time = StageTime()
    stream = Stream(server, time, source_of(server, time, None, **settings))
    async with aclosing(stream):
        yield stream


def names(observation: Observation, row: type[Pod] = Pod) -> list[str]:
    return sorted(key.rpartition("/")[2] for key in observation.tables[row])


def test_it_is_a_source_that_can_be_followed() -> None:
    source = source_of(FakeApiserver(), StageTime(), interval_s=45.0)
    assert isinstance(source, FollowedSource)
    assert (source.name, source.context, source.kind) == ("prod/kubernetes", "prod", SourceKind.KUBERNETES)
    assert source.interval_s == 45.0


async def test_one_listing_brings_every_kind() -> None:
    time = StageTime()
    server = a_fleet()
    server.clock = lambda: time.now - timedelta(seconds=40)
    source = source_of(server, time)
    observation = await source.fetch()
    counts = {row: len(table) for row, table in observation.tables.items()}
    assert counts == {
        Pod: 3,
        Event: 1,
        Deployment: 1,
        Autoscaler: 1,
        CronJob: 1,
        Quota: 1,
        ScaleSet: 1,
        EphemeralRunnerSet: 1,
        EphemeralRunner: 1,
        Listener: 1,
    }
    assert observation.complete
    assert [(finding.code, finding.text) for finding in observation.findings] == [("version", "Kubernetes v1.36.3.")]
    assert (observation.budget.limit, observation.budget.last_cycle) == (600, 11)
    assert observation.server_time == time.now - timedelta(seconds=40)
    assert server.paths(watch=True) == []
    await source.aclose()


async def test_a_limit_of_the_picture_is_told() -> None:
    server = a_fleet()
    server.denied |= {PATHS["Pod"], "/api/v1/namespaces/arc-systems/pods"}
    observation = await source_of(server, StageTime(), namespaces=("runners",)).fetch()
    assert not observation.complete
    assert [finding.code for finding in observation.findings] == ["version", "fallback", "missing_right"]
    assert names(observation) == ["docker-7d9-x", "runner-abc-project-7-concurrent-0-xyz"]


async def test_a_version_that_is_not_told_is_no_failure() -> None:
    server = FakeApiserver()
    server.answers["/version"].append(respond(403, status(403, "Forbidden", "no")))
    (finding,) = (await source_of(server, StageTime()).fetch()).findings
    assert (finding.code, finding.text) == ("version", "Kubernetes does not tell its version.")


@pytest.mark.parametrize(
    "answer",
    [httpx.ConnectError("refused"), respond(500, {}), respond(401, {}), httpx.Response(200, content=b"<html>")],
)
async def test_only_failures_of_the_tree_escape(answer: httpx.Response | Exception) -> None:
    server = FakeApiserver()
    server.answers["/version"].append(answer)
    with pytest.raises(SourceError):
        await source_of(server, StageTime()).fetch()
    server.answers[PATHS["ResourceQuota"]].extend([answer] * 3)
    with pytest.raises(SourceError):
        await source_of(server, StageTime()).fetch()


async def test_credentials_that_cannot_be_had_are_a_failure_and_come_back_by_themselves() -> None:
    class Locked(GivenAccess):
        locked = True

        def valid(self) -> Access | None:
            return None if self.locked else super().valid()

        def access(self) -> Access:
            if self.locked:
                raise ConfigError("The credential plugin kubelogin printed nothing.", next_step="Log in.")
            return super().access()

    credentials = Locked()
    source = source_of(a_fleet(), StageTime(), credentials)
    with pytest.raises(UnauthorizedError, match="kubelogin printed nothing"):
        await source.fetch()
    credentials.locked = False
    assert names(await source.fetch()) != []


async def test_a_kubeconfig_that_names_another_server_is_followed_there() -> None:
    credentials = GivenAccess("a", "b")
    server = FakeApiserver()
    source = source_of(server, StageTime(), credentials)
    await source.fetch()
    credentials._accesses = [Access(server="https://moved.test")]
    await source.fetch()
    assert {request.url.host for request in server.requests} == {"cluster.test", "moved.test"}
    await source.aclose()


async def test_an_unchecked_certificate_is_told() -> None:
    credentials = GivenAccess()
    credentials._accesses = [Access(server="https://cluster.test", verified=False)]
    observation = await source_of(FakeApiserver(), StageTime(), credentials).fetch()
    assert [finding.code for finding in observation.findings] == ["version", "insecure"]
    assert observation.complete


async def test_following_gives_the_whole_picture_and_then_each_change() -> None:
    server = a_fleet()
    async with following(server) as stream:
        first = await stream.first()
        assert len(names(first)) == 3
        server.put(job_pod("another"))
        await settle()
        assert not stream.come
        await stream.time.advance(1)
        second = await stream.take()
        assert names(second) == sorted([*names(first), "another"])
        assert second.tables[ScaleSet] is first.tables[ScaleSet]
        server.remove(server.objects["Pod"]["runners", "another"])
        await stream.time.advance(1)
        assert names(await stream.take()) == names(first)


async def test_many_changes_make_one_observation_a_second() -> None:
    server = FakeApiserver()
    async with following(server) as stream:
        await stream.first()
        for number in range(50):
            server.put(job_pod(f"p{number}"))
        await settle()
        assert not stream.come
        await stream.time.advance(1)
        assert len(names(await stream.take())) == 50
        await stream.time.advance(20)
        assert not stream.come


async def test_a_quiet_cluster_is_confirmed_once_an_interval() -> None:
    server = a_fleet()
    async with following(server, interval_s=30.0) as stream:
        first = await stream.first()
        await stream.time.advance(29)
        assert not stream.come
        await stream.time.advance(1)
        second = await stream.take()
        assert all(second.tables[row] is first.tables[row] for row in first.tables)
        assert second.budget.last_cycle == 11  # the watches, and the proof that the server lives
        await stream.time.advance(30)
        assert (await stream.take()).budget.last_cycle == 1


@pytest.mark.parametrize("code", [403, 404])
async def test_a_server_that_does_not_tell_its_version_lives_too(code: int) -> None:
    server = a_fleet()
    async with following(server, interval_s=30.0) as stream:
        await stream.first()
        server.answers["/version"].append(httpx.Response(code, text="no"))
        await stream.time.advance(30)
        await stream.take()


async def test_a_server_that_hangs_behind_open_watches_is_not_taken_for_a_quiet_one() -> None:
    server = a_fleet()
    async with following(server, interval_s=30.0) as stream:
        await stream.first()
        server.answers["/version"].append(httpx.ReadTimeout("nothing came"))
        await stream.time.advance(30)
        with pytest.raises(UpstreamTimeoutError):
            await stream.take()


async def test_a_watch_that_is_not_open_confirms_nothing_and_changes_of_others_still_come() -> None:
    server = FakeApiserver()
    server.scripts[PATHS["Event"]] += [[bookmark(1), httpx.RemoteProtocolError("cut")]]
    time = StageTime()
    stream = Stream(server, time, source_of(server, time, interval_s=2.0))
    async with aclosing(stream):
        server.answers[PATHS["Event"]].clear()
        observation = await anext(stream._stream)
        assert observation.complete
        server.answers[PATHS["Event"]].extend(httpx.ConnectError("refused") for _ in range(2))
        stream.look()
        await time.advance(2.5)
        assert not stream.come
        server.put(job_pod("a"))
        await time.advance(1)
        assert names(await stream.take()) == ["a"]
        await time.advance(20)
        await stream.take()


async def test_a_watch_that_cannot_be_resumed_ends_the_stream_and_following_again_lists_again() -> None:
    server = FakeApiserver()
    async with following(server) as stream:
        await stream.first()
        server.answers[PATHS["Pod"]].extend(httpx.ConnectError("refused") for _ in range(3))
        server.open_feeds("Pod")[0].queue.put_nowait(httpx.RemoteProtocolError("cut"))
        await stream.time.advance(60)
        with pytest.raises(UnreachableError, match="refused"):
            await stream.take()
        server.put(job_pod("meanwhile"))
    assert [feed for feeds in server.feeds.values() for feed in feeds if not feed.closed] == []
    async with following(server) as stream:
        assert names(await stream.first()) == ["meanwhile"]


async def test_an_expired_version_shows_what_happened_meanwhile() -> None:
    server = a_fleet()
    async with following(server) as stream:
        first = await stream.first()
        feed = server.open_feeds("Pod")[0]
        server.feeds[PATHS["Pod"]].remove(feed)
        server.put(job_pod("missed"))
        feed.queue.put_nowait(expired())
        feed.queue.put_nowait(End)
        await settle()
        await stream.time.advance(3)
        assert names(await stream.take()) == sorted([*names(first), "missed"])


async def test_a_kind_that_comes_later_needs_no_restart() -> None:
    server = FakeApiserver()
    server.absent.add("AutoscalingRunnerSet")
    time = StageTime()
    stream = Stream(server, time, source_of(server, time, interval_s=1000.0))
    async with aclosing(stream):
        observation = await anext(stream._stream)
        assert [finding.code for finding in observation.findings] == ["version", "not_installed"]
        assert observation.complete
        stream.look()
        server.absent.clear()
        server.put(scale_set())
        await time.advance(181)
        await until(lambda: server.open_feeds("AutoscalingRunnerSet"))
        await time.advance(1)
        observation = await stream.take()
        assert len(observation.tables[ScaleSet]) == 1
        assert [finding.code for finding in observation.findings] == ["version"]


async def test_a_bug_in_a_watch_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    server = FakeApiserver()
    async with following(server) as stream:
        await stream.first()

        def broken(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("flywheel_tui.sources.kubernetes.listing.Reader.key", broken)
        server.put(job_pod("a"))
        await stream.time.advance(1)
        with pytest.raises(ZeroDivisionError):
            await stream.take()


async def test_letting_go_ends_every_watch() -> None:
    server = a_fleet()
    async with following(server) as stream:
        await stream.first()
    await settle()
    assert [feed for feeds in server.feeds.values() for feed in feeds if not feed.closed] == []
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("watch ")] == []


async def test_a_runner_with_a_hostile_name_is_shown_clean() -> None:
    server = FakeApiserver()
    evil = job_pod("[/evil]\x1b[31m")
    evil["metadata"]["labels"]["release"] = "[bold]\x07x"
    server.put(evil)
    observation = await source_of(server, StageTime()).fetch()
    (row,) = cast("dict[str, Pod]", observation.tables[Pod]).values()
    assert (row.name, row.key, row.release) == ("[/evil]", "prod/pod/runners/[/evil]", "[bold]x")


async def test_pods_of_many_pages_come_before_the_last_page_marked_as_a_part() -> None:
    server = FakeApiserver()
    server.put(*(job_pod(f"p{number}") for number in range(5)))
    server.page_limit = 2
    come = cast("AsyncGenerator[Observation]", source_of(server, StageTime()).follow())
    async with aclosing(come):
        part = await anext(come)
        assert 2 <= len(names(part)) < 5
        assert set(part.tables) == {Pod}
        assert not part.whole
        assert not part.complete
        assert [finding.code for finding in part.findings] == ["partial"]
        whole = await anext(come)
        assert (whole.whole, len(names(whole))) == (True, 5)


async def test_pods_of_one_page_come_with_everything_else() -> None:
    async with following(a_fleet()) as stream:
        assert (await stream.first()).whole


async def test_a_list_that_fails_half_way_ends_the_stream() -> None:
    server = FakeApiserver()
    server.put(*(job_pod(f"p{number}") for number in range(5)))
    server.page_limit = 2
    server.answers[PATHS["ResourceQuota"]].append(httpx.Response(400))
    with pytest.raises(RefusedError):
        await first_whole(source_of(server, StageTime()))


async def first_whole(source: KubernetesSource) -> Observation:
    async for observation in source.follow():
        if observation.whole:
            return observation
    raise AssertionError("the stream ended by itself")
