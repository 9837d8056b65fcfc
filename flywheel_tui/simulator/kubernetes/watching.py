"""Watches: the changes after a revision as lines of JSON, bookmarks in quiet times, and an end to every watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic

import msgspec

from flywheel_tui.simulator.kubernetes.library import Library, Wanted, selection, whole_number
from flywheel_tui.simulator.kubernetes.resources import Resource
from flywheel_tui.simulator.kubernetes.status import ApiError
from flywheel_tui.simulator.world.table import Change

BOOKMARK_EVERY = 30.0  # seconds; a real server sends one about every minute, and one before the watch ends
DEFAULT_TIMEOUT = 1_800.0
_LAST_BOOKMARK = 2.0  # seconds before the end of the watch
_INITIAL_END = "k8s.io/initial-events-end"

Wait = Callable[[asyncio.Event, float], Awaitable[None]]
"""Waits until the event is set, at most so many seconds."""


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, at most so many seconds."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


class Watch:
    """One watch of one resource.

    Args:
        library: Encodes the objects.
        resource: What is watched.
        namespace: Where, None for everywhere.
        query: The request's parameters.
        clock: Seconds that only go forward; the life of a watch is real time, not the world's.
        wait: How to wait for changes.

    Raises:
        ApiError: 400 or 422 for parameters that make no sense, 504 for a revision of the future.
    """

    def __init__(
        self,
        library: Library,
        resource: Resource,
        namespace: str | None,
        query: dict[str, str],
        *,
        clock: Callable[[], float] = monotonic,
        wait: Wait = wait_for,
    ) -> None:
        self._library = library
        self._resource = resource
        self._wanted: Wanted | None = selection(resource, namespace, query)
        self._from = query.get("resourceVersion", "")
        self._revision = whole_number(query, "resourceVersion")
        self._bookmarks = query.get("allowWatchBookmarks") in ("true", "1")
        self._timeout = float(whole_number(query, "timeoutSeconds") or DEFAULT_TIMEOUT)
        self._initial = query.get("sendInitialEvents") in ("true", "1")
        self._clock = clock
        self._wait = wait
        match = query.get("resourceVersionMatch")
        if self._initial and match != "NotOlderThan":
            raise ApiError(
                422,
                "ListOptions.meta.k8s.io is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires "
                "setting resourceVersionMatch to NotOlderThan",
            )
        now = library.world.history.revision
        if self._revision > now:
            raise ApiError(504, f"Too large resource version: {self._revision}, current: {now}")

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield the events, one line each, until the time is over or the revision is too old."""
        history = self._library.world.history
        begin, changed = self._clock(), asyncio.Event()

        def heard(_: Change) -> None:
            changed.set()

        leave = history.subscribe(heard)
        try:
            if self._initial or self._from in ("", "0"):
                self._revision = history.revision
                for row in self._library.rows(self._resource):
                    if self._wanted is None or self._wanted(row):
                        yield self._line("ADDED", self._library.whole(self._resource, row))
                if self._initial and self._bookmarks:
                    yield self._bookmark(initial=True)
            elif self._revision < history.oldest:
                yield self._expired()
                return
            last = begin
            goodbye = False
            while True:
                changed.clear()
                if self._revision < history.oldest:
                    yield self._expired()
                    return
                for line in self._news():
                    yield line
                now = self._clock()
                left = begin + self._timeout - now
                if left <= 0:
                    return
                if self._bookmarks and (now - last >= BOOKMARK_EVERY or (left <= _LAST_BOOKMARK and not goodbye)):
                    goodbye = left <= _LAST_BOOKMARK
                    last = now
                    yield self._bookmark()
                    continue
                pause = left - _LAST_BOOKMARK if left > _LAST_BOOKMARK and self._bookmarks else left
                await self._wait(changed, max(0.01, min(pause, BOOKMARK_EVERY)))
        finally:
            leave()

    def _news(self) -> list[bytes]:
        history = self._library.world.history
        found = []
        for change in history.since(self._revision):
            self._revision = change.revision
            if change.kind is not self._resource.kind:
                continue
            verb = self._verb(change)
            if verb is not None:
                found.append(self._line(verb, self._library.whole(self._resource, change.object)))
        self._revision = history.revision
        return found

    def _verb(self, change: Change) -> str | None:
        """Return the change as it looks through the selectors: what no longer matches is deleted to the watcher."""
        if self._wanted is None:
            return change.verb
        now = change.verb != "DELETED" and self._wanted(change.object)
        before = change.before is not None and self._wanted(change.before)
        if now:
            return "MODIFIED" if before else "ADDED"
        return "DELETED" if before else None

    @staticmethod
    def _line(verb: str, body: bytes) -> bytes:
        return b'{"type":"' + verb.encode() + b'","object":' + body + b"}\n"

    def _bookmark(self, *, initial: bool = False) -> bytes:
        meta: dict[str, object] = {"resourceVersion": str(self._revision), "creationTimestamp": None}
        if initial:
            meta["annotations"] = {_INITIAL_END: "true"}
        body = {"kind": self._resource.kind.value, "apiVersion": self._resource.api_version, "metadata": meta}
        return self._line("BOOKMARK", msgspec.json.encode(body))

    def _expired(self) -> bytes:
        text = f"too old resource version: {self._revision} ({self._library.world.history.oldest})"
        return self._line("ERROR", msgspec.json.encode(ApiError(410, text).status))
