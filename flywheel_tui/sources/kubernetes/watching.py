"""Keeps one shelf current: watches, resumes, lists again when the version is gone.

Protocol: kubernetes.io, "Efficient detection of changes". One watch is a stream of JSON lines; ``BOOKMARK`` moves the
version on without a change; an expired version comes as HTTP 410 or as an ``ERROR`` event inside HTTP 200.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import msgspec

from flywheel_tui.domain.clock import Clock
from flywheel_tui.domain.errors import (
    BadAnswerError,
    ForbiddenError,
    MissingError,
    SourceError,
    UnauthorizedError,
    UnreachableError,
    UpstreamFailedError,
    UpstreamTimeoutError,
)
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.decoding import make_ready
from flywheel_tui.sources.kubernetes import wire
from flywheel_tui.sources.kubernetes.client import GoneError, KubernetesClient
from flywheel_tui.sources.kubernetes.listing import Reader, list_all, read_object
from flywheel_tui.sources.kubernetes.shelf import Shelf, Standing

WATCH_S: Final = 290
"""How long a watch is asked to last: just under the five minutes after which etcd forgets versions."""

WATCH_JITTER_S: Final = 15

SILENCE_S: Final = 150.0
"""The first bookmark of a quiet watch comes within two minutes, then one a minute (measured on 1.36). Longer silence
means a dead connection, or a server without bookmarks (core events have none): either way the watch is begun again
from the last version, and that attempt tells whether the server is there. A peer that vanished is found sooner, by the
keep-alive of the connection (transport.py)."""

RECHECK_S: Final = 180.0
"""How often a collection that is denied or not installed is asked for again."""

MAX_FAILURES: Final = 4
"""Failed attempts in a row after which the whole source counts as broken."""

MAX_WAIT_S: Final = 60.0

SHORT_WATCH_S: Final = 5.0
"""A watch that ends sooner than this without a word counts as a failed attempt, or a rude server would be hammered."""


EVENTS_AT_ONCE: Final = 16
"""Events applied before the event loop gets a turn: a millisecond."""


class Watcher:
    """Keeps one shelf current for as long as it runs.

    Args:
        poll_s: How often a collection is listed that may not be watched.
        changed: Called after the shelf changed.
        random_share: A number from 0 to 1, for jitter.

    Attributes:
        healthy: False while an attempt has failed and none has succeeded since: what the shelf holds is not confirmed.
    """

    def __init__(
        self,
        client: KubernetesClient,
        shelf: Shelf,
        reader: Reader,
        *,
        poll_s: float,
        changed: Callable[[], None],
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
        random_share: Callable[[], float] = random.random,
    ) -> None:
        self.shelf = shelf
        self.healthy = True
        self._client = client
        self._reader = reader
        self._poll_s = poll_s
        self._changed = changed
        self._clock = clock
        self._sleep = sleep
        self._random_share = random_share
        self._failures = 0

    async def run(self) -> None:
        """Run until cancelled.

        Raises:
            SourceError: Too many attempts failed in a row, or the rights are gone.
        """
        while True:
            try:
                await self._turn()
            except GoneError as error:
                self.shelf.version = ""
                await self._failed(error)
            except MissingError:
                if not self.shelf.resource.optional:
                    raise
                self._failures, self.healthy = 0, True
                self._note(self.shelf.close(Standing.ABSENT))
            except (ForbiddenError, UnauthorizedError):
                # Rights were taken away: what is shown would be false from now on, so the whole picture is made anew.
                raise
            except SourceError as error:
                await self._failed(error)

    async def _turn(self) -> None:
        """Do one round: list where there is nothing to watch from, then watch until that ends."""
        shelf = self.shelf
        if shelf.standing is not Standing.OPEN:
            await self._sleep(RECHECK_S)
            await self._list()
        elif not shelf.watchable:
            await self._poll()
        elif not shelf.version:
            await self._list()
        if shelf.standing is Standing.OPEN:
            await self._watch()

    async def _poll(self) -> None:
        """List now and then what may not be watched, until it is time to ask for that right again."""
        for _ in range(max(1, round(RECHECK_S / self._poll_s))):
            await self._sleep(self._poll_s)
            await self._list()
            self._failures, self.healthy = 0, True

    async def _list(self) -> None:
        denied_before = self.shelf.standing is Standing.DENIED
        try:
            listing = await list_all(
                self._client, self.shelf.resource, self.shelf.namespace, self._reader, sleep=self._sleep
            )
        except ForbiddenError:
            if denied_before:
                return
            raise
        self._note(self.shelf.fill(listing.rows, listing.unreadable, listing.version))

    async def _watch(self) -> None:
        seconds = WATCH_S + round(WATCH_JITTER_S * (2 * self._random_share() - 1))
        params = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": self.shelf.version,
            "timeoutSeconds": str(seconds),
        }
        resource = self.shelf.resource
        if resource.field_selector is not None:
            params["fieldSelector"] = resource.field_selector
        opened = False
        try:
            async with self._client.watch(resource.path(self.shelf.namespace), params, silence_s=SILENCE_S) as lines:
                opened = self.healthy = True
                self._note(self.shelf.allow_watching(True))
                await self._follow(lines)
        except ForbiddenError:
            self._note(self.shelf.allow_watching(False))
        except UpstreamTimeoutError:
            # Silence: the next attempt to open it tells whether the server is there.
            if not opened:
                raise

    async def _follow(self, lines: AsyncIterator[bytes]) -> None:
        """Apply events until the watch ends.

        Raises:
            SourceError: It broke, or it ended at once.
        """
        began, heard, number = self._clock(), False, 0
        try:
            async for line in lines:
                self._note(self._apply(line))
                heard, number = True, number + 1
                if number % EVENTS_AT_ONCE == 0:
                    # Of a burst the next event is always there already, and nothing else would get its turn.
                    await asyncio.sleep(0)
        finally:
            worked = heard or (self._clock() - began).total_seconds() >= SHORT_WATCH_S
            if worked:
                self._failures = 0
        if not worked:
            raise UnreachableError(f"Kubernetes ends the watch of {self.shelf.resource.plural} at once.")

    def _apply(self, line: bytes) -> bool:
        """Apply one event; return whether anything a reader sees changed.

        Raises:
            GoneError: It says that the version has expired.
            SourceError: It is another error, or no event.
        """
        resource, shelf = self.shelf.resource, self.shelf
        try:
            event = msgspec.json.decode(line, type=wire.WatchEvent)
            if event.type == "ERROR":
                raise _error(msgspec.json.decode(event.object, type=wire.Status), resource.plural)
            if event.type == "BOOKMARK":
                bookmark = msgspec.json.decode(event.object, type=wire.Bookmark)
                shelf.version = bookmark.metadata.resource_version or shelf.version
                return False
            item = read_object(event.object, resource)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadAnswerError(f"Kubernetes sent an unreadable line on the watch of {resource.plural}.") from error
        metadata = item if isinstance(item, wire.Metadata) else item.metadata
        key = self._reader.key(resource, metadata)
        shelf.version = metadata.resource_version or shelf.version
        if event.type == "DELETED":
            return shelf.put(key, None)
        if isinstance(item, wire.Metadata):
            return shelf.put_unreadable(key)
        return shelf.put(key, self._reader.row(resource, item))

    def _note(self, changed: bool) -> None:
        if changed:
            self._changed()

    async def _failed(self, error: SourceError) -> None:
        """Count a failed attempt and wait before the next.

        Raises:
            SourceError: It was one too many.
        """
        self._failures += 1
        self.healthy = False
        if self._failures >= MAX_FAILURES:
            raise error
        if error.retry_after is not None:
            wait = min(error.retry_after, MAX_WAIT_S)
        else:
            wait = 2.0 ** (self._failures - 1) * (0.5 + self._random_share())
        await self._sleep(wait)


def _error(status: wire.Status, plural: str) -> SourceError:
    """Return what an ``ERROR`` event means."""
    said = clean(status.message or status.reason).strip()[:160]
    if status.code == 410:
        return GoneError(f"Kubernetes no longer has that version of {plural} ({said}).", status=410)
    return UpstreamFailedError(f"The watch of {plural} failed ({said or status.code}).", status=status.code or None)


make_ready(wire.WatchEvent, wire.Status, wire.Bookmark)
