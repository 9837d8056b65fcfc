"""Watches: news since a revision, seen through selectors, with bookmarks and an end."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from flywheel_tui.simulator.kubernetes.library import Library
from flywheel_tui.simulator.kubernetes.resources import RESOURCES
from flywheel_tui.simulator.kubernetes.status import ApiError
from flywheel_tui.simulator.kubernetes.watching import BOOKMARK_EVERY, Watch
from flywheel_tui.simulator.world import Clock, World, build_world
from tests.unit.simulator.kubernetes.api import EPOCH, NAMESPACED, Api

PODS = RESOURCES[0]
Event = dict[str, Any]


class Hours:
    """Time that passes only while a watch waits, and the world with it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    async def wait(self, changed: asyncio.Event, seconds: float) -> None:
        self.now += seconds
        self.world.clock.advance(seconds)
        self.world.now()


def world() -> World:
    return build_world("calm", 40, 7, Clock(frozen_at=EPOCH))


async def watched(built: World, namespace: str | None = None, **query: str) -> list[Event]:
    hours = Hours(built)
    watch = Watch(Library(built), PODS, namespace, query, clock=hours.clock, wait=hours.wait)
    return [msgspec.json.decode(line) async for line in watch.lines()]


def replay(state: dict[str, Any], events: list[Event]) -> dict[str, Any]:
    made = dict(state)
    for event in events:
        uid = event["object"]["metadata"].get("uid")
        if event["type"] == "DELETED":
            del made[uid]
        elif event["type"] in ("ADDED", "MODIFIED"):
            assert (uid in made) is (event["type"] == "MODIFIED")
            made[uid] = event["object"]["metadata"]["resourceVersion"]
    return made


def present(built: World, namespace: str | None = None) -> dict[str, Any]:
    wanted = [pod for pod in built.pods if namespace in (None, pod.meta.namespace)]
    return {pod.meta.uid: str(pod.meta.revision) for pod in wanted}


@pytest.mark.parametrize("namespace", [None, "arc-runners"])
async def test_a_list_and_its_watch_lead_to_the_present(namespace: str | None) -> None:
    built = world()
    before = present(built, namespace)
    events = await watched(built, namespace, resourceVersion=str(built.history.revision), timeoutSeconds="600")
    assert {event["type"] for event in events} == {"ADDED", "MODIFIED", "DELETED"}
    assert replay(before, events) == present(built, namespace)
    revisions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
    assert revisions == sorted(revisions)


async def test_objects_in_a_watch_name_their_kind() -> None:
    built = world()
    events = await watched(built, resourceVersion=str(built.history.revision), timeoutSeconds="300")
    assert {(event["object"]["apiVersion"], event["object"]["kind"]) for event in events} == {("v1", "Pod")}


@pytest.mark.parametrize("version", ["", "0"])
async def test_a_watch_from_nowhere_begins_with_all_that_is_there(version: str) -> None:
    built = world()
    events = await watched(built, resourceVersion=version, timeoutSeconds="400")
    assert replay({}, events) == present(built)


async def test_bookmarks_come_in_quiet_times_and_before_the_end() -> None:
    built = world()
    revision = str(built.history.revision)
    without = await watched(built, "monitoring", resourceVersion=revision, timeoutSeconds="100")
    assert without == []
    revision = str(built.history.revision)
    events = await watched(
        built, "monitoring", resourceVersion=revision, timeoutSeconds="100", allowWatchBookmarks="true"
    )
    assert {event["type"] for event in events} == {"BOOKMARK"}
    assert len(events) == 100 // BOOKMARK_EVERY + 1
    assert events[0]["object"]["kind"] == "Pod"
    last = events[-1]["object"]["metadata"]["resourceVersion"]
    assert int(last) > int(revision)
    assert await watched(built, "monitoring", resourceVersion=last, timeoutSeconds="1") == []


async def test_a_streamed_list_ends_with_a_marked_bookmark() -> None:
    built = world()
    streamed = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    events = await watched(built, timeoutSeconds="1", **streamed)
    bookmark = next(event for event in events if event["type"] == "BOOKMARK")
    assert bookmark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert events.index(bookmark) == len(present(built))


async def test_a_revision_that_is_too_old_is_an_error_event() -> None:
    built = world()
    old = str(built.history.revision)
    built.clock.advance(60)
    built.now()
    built.history.forget()
    events = await watched(built, resourceVersion=old, timeoutSeconds="10")
    assert [event["type"] for event in events] == ["ERROR"]
    assert events[0]["object"]["code"] == 410
    assert events[0]["object"]["reason"] == "Expired"


async def test_a_compaction_ends_a_running_watch() -> None:
    built = world()

    class Compacting(Hours):
        async def wait(self, changed: asyncio.Event, seconds: float) -> None:
            await super().wait(changed, seconds)
            self.world.history.forget()

    hours = Compacting(built)
    query = {"resourceVersion": str(built.history.revision), "timeoutSeconds": "600"}
    watch = Watch(Library(built), PODS, None, query, clock=hours.clock, wait=hours.wait)
    events = [msgspec.json.decode(line) async for line in watch.lines()]
    assert events[-1]["type"] == "ERROR"


async def test_what_stops_matching_is_deleted_to_the_watcher() -> None:
    built = world()
    events = await watched(
        built, resourceVersion=str(built.history.revision), timeoutSeconds="600", fieldSelector="status.phase=Pending"
    )
    deleted = [event for event in events if event["type"] == "DELETED"]
    assert deleted
    assert any(event["object"]["status"]["phase"] == "Running" for event in deleted)
    assert all(event["object"]["status"]["phase"] == "Pending" for event in events if event["type"] == "ADDED")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"resourceVersion": "999999999"}, 504),
        ({"sendInitialEvents": "true"}, 422),
        ({"timeoutSeconds": "soon"}, 400),
        ({"fieldSelector": "colour=red"}, 400),
    ],
)
def test_senseless_watches_are_refused(query: dict[str, str], code: int) -> None:
    with pytest.raises(ApiError) as refused:
        Watch(Library(world()), PODS, None, query)
    assert refused.value.code == code


async def test_a_watch_needs_the_right_to_watch() -> None:
    refused = await Api().get("/api/v1/pods", token=NAMESPACED, watch=1)
    assert refused.status_code == 403
    assert 'cannot watch resource "pods"' in refused.json()["message"]


async def test_a_watch_that_ends_leaves_nothing_behind() -> None:
    built = world()
    calls: list[object] = []
    leave = built.history.subscribe(calls.append)
    await watched(built, resourceVersion=str(built.history.revision), timeoutSeconds="5")
    leave()
    assert built.history.listeners == 0
