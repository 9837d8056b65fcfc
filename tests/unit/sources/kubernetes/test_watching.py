"""One watch over its life: events, resumption, expiry, silence, rights."""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
from collections.abc import Iterable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.errors import (
    BadAnswerError,
    ForbiddenError,
    SourceError,
    UnauthorizedError,
    UnreachableError,
    UpstreamFailedError,
)
from flywheel_tui.sources.kubernetes.client import GoneError
from flywheel_tui.sources.kubernetes.listing import Listing, Reader, list_all
from flywheel_tui.sources.kubernetes.resources import RESOURCES
from flywheel_tui.sources.kubernetes.shelf import Shelf, Standing
from flywheel_tui.sources.kubernetes.watching import EVENTS_AT_ONCE, RECHECK_S, WATCH_JITTER_S, WATCH_S, Watcher
from tests.unit.sources.kubernetes.fake_apiserver import (
    PATHS,
    End,
    FakeApiserver,
    bookmark,
    expired,
    line,
    status,
)
from tests.unit.sources.kubernetes.objects import Json, job_pod, pod, scale_set
from tests.unit.sources.kubernetes.stage import InstantTime, StageTime, client_of, respond, until

BY_NOUN = {resource.noun: resource for resource in RESOURCES}
READER = Reader("prod", frozenset({"runners"}))
PODS = PATHS["Pod"]
BREAK = httpx.RemoteProtocolError("peer closed connection without sending complete message body")


class Stop(Exception):  # noqa: N818 - ends a script, says nothing of an error
    """Ends a watcher from its script: no part of the product knows it."""


class EndingTime(InstantTime):
    """Time that ends with the third sleep."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        if len(self.slept) == 3:
            raise Stop


class Desk:
    """A watcher of pods (or of another resource) over a scripted apiserver."""

    def __init__(self, server: FakeApiserver, noun: str = "pod", time: StageTime | None = None) -> None:
        self.server = server
        self.time = time or InstantTime()
        self.shelf = Shelf(BY_NOUN[noun])
        self.changes = 0
        self.watcher = Watcher(
            client_of(server, self.time),
            self.shelf,
            READER,
            poll_s=30.0,
            changed=self._changed,
            clock=self.time.clock,
            sleep=self.time.sleep,
            random_share=lambda: 0.5,
        )

    def _changed(self) -> None:
        self.changes += 1

    async def list_first(self) -> None:
        listing = await list_all(client_of(self.server, self.time), self.shelf.resource, None, READER)
        self.shelf.fill(listing.rows, listing.unreadable, listing.version)
        self.server.requests.clear()

    async def run(self) -> None:
        """Run until the script says ``Stop``."""
        with pytest.raises(Stop):
            await self.watcher.run()

    @property
    def names(self) -> list[str]:
        return sorted(key.rpartition("/")[2] for key in self.shelf.rows)

    @property
    def versions(self) -> list[str]:
        return [r.url.params["resourceVersion"] for r in self.server.requests if "watch" in r.url.params]


def numbered(item: Json, version: int) -> Json:
    item["metadata"]["resourceVersion"] = str(version)
    return item


async def test_events_change_the_shelf_and_move_its_version() -> None:
    server = FakeApiserver()
    server.put(pod("a"), pod("b"))
    desk = Desk(server)
    await desk.list_first()
    changed = numbered(pod("a", phase="Failed"), 2001)
    server.scripts[PODS].append(
        [
            line("ADDED", numbered(pod("c"), 2000)),
            line("MODIFIED", changed),
            line("DELETED", numbered(pod("b"), 2002)),
            Stop(),
        ]
    )
    await desk.run()
    assert desk.names == ["a", "c"]
    assert desk.shelf.rows["prod/pod/runners/a"].phase == "Failed"  # type: ignore[attr-defined]
    assert desk.shelf.version == "2002"
    assert desk.changes == 3


async def test_a_burst_of_events_leaves_turns_to_others() -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    burst = [line("ADDED", numbered(pod(f"p{number}"), 2000 + number)) for number in range(100)]
    server.scripts[PODS].append([b"".join(burst), Stop()])
    seen: set[int] = set()

    async def look() -> None:
        while True:
            seen.add(len(desk.shelf.rows))
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    await desk.run()
    await cancel(looking)
    assert len(desk.shelf.rows) == 100
    gaps = [later - earlier for earlier, later in itertools.pairwise(sorted(seen | {100}))]
    assert max(gaps) <= EVENTS_AT_ONCE


async def test_the_watch_asks_for_bookmarks_and_an_end_with_jitter() -> None:
    server = FakeApiserver()
    desk = Desk(server, "event")
    await desk.list_first()
    server.scripts[PATHS["Event"]].append([Stop()])
    await desk.run()
    (request,) = server.requests
    assert dict(request.url.params) == {
        "watch": "1",
        "allowWatchBookmarks": "true",
        "resourceVersion": "1000",
        "timeoutSeconds": str(WATCH_S),
        "fieldSelector": "type=Warning",
    }
    assert 0 < WATCH_S - WATCH_JITTER_S < WATCH_S + WATCH_JITTER_S < 310


async def test_what_looks_the_same_is_no_change() -> None:
    server = FakeApiserver()
    server.put(pod("a"))
    desk = Desk(server)
    await desk.list_first()
    again = numbered(pod("a"), 2000)
    again["metadata"]["managedFields"] = []
    server.scripts[PODS].append([line("MODIFIED", again), bookmark(2005), Stop()])
    await desk.run()
    assert desk.changes == 0
    assert desk.shelf.version == "2005"


async def test_a_clean_end_resumes_at_once_from_the_last_version() -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    server.scripts[PODS] += [[bookmark(1500), End], [line("ADDED", numbered(pod("a"), 1600)), End], [Stop()]]
    await desk.run()
    assert desk.versions == ["1000", "1500", "1600"]
    assert desk.time.slept == []
    assert desk.names == ["a"]


@pytest.mark.parametrize("expiry", ["event", "answer"])
async def test_an_expired_version_is_listed_again(expiry: str) -> None:
    server = FakeApiserver()
    server.put(pod("gone"), pod("stays"))
    desk = Desk(server)
    await desk.list_first()
    server.remove(pod("gone"))
    server.put(pod("came"))
    if expiry == "event":
        server.scripts[PODS] += [[expired(), End], [Stop()]]
    else:
        server.answers[PODS].append(respond(410, status(410, "Expired", "too old")))
        server.scripts[PODS].append([Stop()])
    await desk.run()
    assert desk.names == ["came", "stays"]
    assert desk.versions == ["1002", str(server.version)]
    assert desk.changes == 1
    assert desk.watcher.healthy


async def test_a_version_that_expires_again_and_again_is_given_up() -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    server.scripts[PODS] += [[expired()] for _ in range(9)]
    with pytest.raises(GoneError):
        await desk.watcher.run()
    assert len(desk.versions) == 4


async def test_a_cut_in_the_middle_of_a_line_loses_nothing() -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    half = line("ADDED", numbered(pod("a"), 2000))[:100]
    whole = line("ADDED", numbered(pod("a"), 2000))
    server.scripts[PODS] += [[bookmark(1500), half, BREAK], [whole, half, End], [Stop()]]
    await desk.run()
    assert desk.versions == ["1000", "1500", "2000"]
    assert desk.names == ["a"]
    assert desk.time.slept == [1.0]


@pytest.mark.parametrize(
    "garbage",
    [
        b"garbage\n",
        b"\xff\xfe\n",
        b"[]\n",
        b'{"type":"ADDED"}\n',
        b'{"type":"ADDED","object":5}\n',
        b'{"type":"ADDED","object":{"metadata":{}}}\n',
        b'{"type":"BOOKMARK","object":{}}\n',
        b'{"type":"ERROR","object":"x"}\n',
    ],
)
async def test_a_garbage_line_resumes_before_it(garbage: bytes) -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    server.scripts[PODS] += [[bookmark(1500), garbage, bookmark(9999)], [Stop()]]
    await desk.run()
    assert desk.versions == ["1000", "1500"]
    assert desk.time.slept == [1.0]


async def test_garbage_without_end_is_given_up() -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    server.scripts[PODS] += [[b"garbage\n"] for _ in range(9)]
    with pytest.raises(BadAnswerError, match="unreadable line on the watch of pods"):
        await desk.watcher.run()
    assert desk.time.slept == [1.0, 2.0, 4.0]
    assert not desk.watcher.healthy


async def test_another_error_event_is_an_attempt_that_failed() -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    failure = line("ERROR", status(500, "InternalError", "etcd \x1b[31mleader changed"))
    server.scripts[PODS] += [[failure] for _ in range(9)]
    with pytest.raises(UpstreamFailedError, match=r"watch of pods failed \(etcd leader changed\)") as raised:
        await desk.watcher.run()
    assert raised.value.status == 500


async def test_a_server_that_ends_every_watch_at_once_is_not_hammered() -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    server.scripts[PODS] += [[End] for _ in range(9)]
    with pytest.raises(UnreachableError, match="ends the watch of pods at once"):
        await desk.watcher.run()
    assert desk.time.slept == [1.0, 2.0, 4.0]


async def test_what_works_in_between_forgives_what_failed() -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    for number in range(12):
        server.scripts[PODS].append([bookmark(2000 + number), BREAK])
    server.scripts[PODS].append([Stop()])
    await desk.run()
    assert desk.time.slept == [1.0] * 12


async def test_silence_begins_the_watch_again_and_counts_as_no_failure() -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    for _ in range(12):
        server.scripts[PODS].append([httpx.ReadTimeout("silence")])
    server.scripts[PODS].append([Stop()])
    desk.watcher.healthy = False
    await desk.run()
    assert len(desk.versions) == 13
    assert desk.time.slept == []
    assert desk.watcher.healthy


async def test_silence_of_a_server_that_is_gone_is_given_up() -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()

    def vanish() -> None:
        server.answers[PODS].extend(httpx.ConnectTimeout("no route") for _ in range(9))

    server.scripts[PODS].append([vanish, httpx.ReadTimeout("silence")])
    with pytest.raises(SourceError, match="did not answer in time"):
        await desk.watcher.run()
    assert not desk.watcher.healthy


@pytest.mark.parametrize(("asked", "waited"), [("17", 17.0), ("86400", 60.0)])
async def test_a_server_that_asks_to_wait_is_heeded_within_reason(asked: str, waited: float) -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    server.answers[PODS].append(respond(429, {}, **{"Retry-After": asked}))
    server.scripts[PODS].append([Stop()])
    await desk.run()
    assert desk.time.slept == [waited]


async def test_rights_that_are_taken_away_end_the_watch() -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    server.scripts[PODS].append([expired()])
    server.denied.add(f"list {PODS}")
    with pytest.raises(ForbiddenError):
        await desk.watcher.run()


async def test_credentials_that_are_taken_away_end_the_watch() -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    server.answers[PODS].extend(respond(401, status(401, "Unauthorized", "Unauthorized")) for _ in range(2))
    with pytest.raises(UnauthorizedError, match="does not accept the credentials"):
        await desk.watcher.run()


async def test_without_the_right_to_watch_it_is_listed_now_and_then() -> None:
    server = FakeApiserver()
    desk = Desk(server, time=EndingTime())
    await desk.list_first()
    server.denied.add(f"watch {PODS}")
    server.put(pod("a"))
    await desk.run()
    assert not desk.shelf.watchable
    assert desk.names == ["a"]
    assert desk.time.slept == [30.0, 30.0, 30.0]
    assert len(desk.versions) == 1


async def test_a_right_to_watch_that_is_granted_later_is_noticed() -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    server.denied.add(f"watch {PODS}")
    server.scripts[PODS].append([Stop()])
    desk.time.at(RECHECK_S + 1, server.denied.clear)
    await desk.run()
    assert desk.shelf.watchable
    assert desk.time.slept == [30.0] * round(2 * RECHECK_S / 30.0)
    assert len(desk.versions) == 3


async def test_a_kind_that_is_installed_later_is_found() -> None:
    server = FakeApiserver()
    server.absent.add("AutoscalingRunnerSet")
    desk = Desk(server, "scaleset", StageTime())
    desk.shelf.close(Standing.ABSENT)
    task = asyncio.create_task(desk.watcher.run())
    await desk.time.advance(RECHECK_S + 1)
    await until(lambda: len(server.requests) == 1)
    assert desk.names == []
    server.absent.clear()
    server.put(scale_set())
    await desk.time.advance(RECHECK_S + 1)
    await until(lambda: server.open_feeds("AutoscalingRunnerSet"))
    assert desk.names == ["linux"]
    await cancel(task)


async def test_a_kind_that_is_uninstalled_leaves_an_empty_shelf() -> None:
    server = FakeApiserver()
    server.put(scale_set())
    desk = Desk(server, "scaleset", StageTime())
    await desk.list_first()
    server.absent.add("AutoscalingRunnerSet")
    task = asyncio.create_task(desk.watcher.run())
    await until(lambda: desk.shelf.standing is Standing.ABSENT)
    assert desk.shelf.rows == {}
    assert desk.watcher.healthy
    await cancel(task)


async def test_a_kind_every_cluster_has_is_not_forgiven_for_missing() -> None:
    server = FakeApiserver()
    desk = Desk(server)
    await desk.list_first()
    server.absent.add("Pod")
    with pytest.raises(SourceError, match="does not have what was asked"):
        await desk.watcher.run()


async def test_a_right_that_is_granted_later_is_noticed() -> None:
    server = FakeApiserver()
    server.put(pod("a"))
    server.denied.add(PODS)
    desk = Desk(server, time=StageTime())
    desk.shelf.close(Standing.DENIED)
    task = asyncio.create_task(desk.watcher.run())
    await desk.time.advance(RECHECK_S + 1)
    await until(lambda: len(server.requests) == 1)
    server.denied.clear()
    await desk.time.advance(RECHECK_S + 1)
    await until(lambda: server.open_feeds("Pod"))
    assert desk.names == ["a"]
    await cancel(task)


async def cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_pod_that_leaves_the_fleet_is_gone_and_one_that_joins_is_there() -> None:
    server = FakeApiserver()
    server.put(job_pod("a", "shop"), pod("b", "shop"))
    desk = Desk(server)
    await desk.list_first()
    assert desk.names == ["a"]
    left, joined = numbered(pod("a", "shop"), 2000), numbered(job_pod("b", "shop"), 2001)
    server.scripts[PODS].append([line("MODIFIED", left), line("MODIFIED", joined), Stop()])
    await desk.run()
    assert desk.names == ["b"]


async def test_an_object_that_becomes_odd_is_left_out_until_it_is_good_again() -> None:
    server = FakeApiserver()
    server.put(pod("a"), pod("b"))
    desk = Desk(server)
    await desk.list_first()
    odd = [numbered(pod(name), 2000) for name in "ab"]
    for item in odd:
        item["status"]["phase"] = 5
    events = [line("MODIFIED", item) for item in odd]
    server.scripts[PODS].append([*events, line("DELETED", odd[1]), Stop()])
    await desk.run()
    assert desk.names == []
    assert desk.shelf.unreadable == {"prod/pod/runners/a"}
    server.scripts[PODS].append([line("MODIFIED", numbered(pod("a"), 2003)), Stop()])
    await desk.run()
    assert desk.names == ["a"]
    assert desk.shelf.unreadable == set()


class Change:
    """What happens to one object: it is put in one of a few shapes, or deleted."""

    def __init__(self, name: str, shape: int | None) -> None:
        self.name = name
        self.shape = shape

    def item(self) -> Json:
        if self.shape == 0:
            return pod(self.name, "runners")
        if self.shape == 1:
            return pod(self.name, "runners", phase="Failed")
        odd = pod(self.name, "runners")
        odd["status"]["phase"] = {}
        return odd

    def __repr__(self) -> str:
        return f"{self.name}:{self.shape}"


changes = st.builds(Change, st.sampled_from("abcd"), st.none() | st.integers(0, 2))


@given(st.lists(changes, max_size=12), st.lists(changes, max_size=12), st.data())
async def test_any_sequence_of_events_ends_where_a_fresh_list_does(
    before: Iterable[Change], after: list[Change], data: st.DataObject
) -> None:
    server = FakeApiserver()
    for change in before:
        _apply(server, change)
    desk = Desk(server)
    await desk.list_first()
    events: list[bytes] = []
    for change in after:
        known = ("runners", change.name) in server.objects["Pod"]
        if change.shape is None and not known:
            continue
        item = _apply(server, change)
        kind = "DELETED" if change.shape is None else "MODIFIED" if known else "ADDED"
        events.append(json.dumps({"type": kind, "object": item}).encode() + b"\n")
    server.scripts[PODS] += _interrupted(events, data)
    await desk.run()
    listing: Listing = await list_all(client_of(server, desk.time), desk.shelf.resource, None, READER)
    assert desk.shelf.rows == listing.rows
    assert desk.shelf.unreadable == listing.unreadable


def _apply(server: FakeApiserver, change: Change) -> Json:
    item = change.item()
    if change.shape is not None:
        server.put(item)
        return copy.deepcopy(item)
    stored = server.objects["Pod"].get(("runners", change.name))
    if stored is None:
        return item
    server.remove(stored)
    return copy.deepcopy(stored)


def _interrupted(events: list[bytes], data: st.DataObject) -> list[list[Any]]:
    """Spread events over watches that end, break or break in the middle of a line."""
    scripts: list[list[Any]] = [[]]
    for number, event in enumerate(events):
        how = data.draw(st.sampled_from(["on", "end", "break", "half"]))
        if how == "end":
            scripts[-1] += [bookmark(1000 + number), End]
        elif how == "break":
            scripts[-1] += [bookmark(1000 + number), BREAK]
        elif how == "half":
            scripts[-1] += [bookmark(1000 + number), event[: len(event) // 2], BREAK]
        if how != "on":
            scripts.append([])
        scripts[-1].append(event)
    scripts[-1].append(Stop())
    return scripts
