"""An apiserver of one page: lists in pages, watches that stay open, rights, kinds that are not installed."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from typing import Any

import httpx

from flywheel_tui.domain.clock import Clock
from tests.unit.sources.kubernetes.objects import Json

PATHS = {
    "Pod": "/api/v1/pods",
    "Event": "/api/v1/events",
    "ResourceQuota": "/api/v1/resourcequotas",
    "Deployment": "/apis/apps/v1/deployments",
    "HorizontalPodAutoscaler": "/apis/autoscaling/v2/horizontalpodautoscalers",
    "CronJob": "/apis/batch/v1/cronjobs",
    "AutoscalingRunnerSet": "/apis/actions.github.com/v1alpha1/autoscalingrunnersets",
    "EphemeralRunnerSet": "/apis/actions.github.com/v1alpha1/ephemeralrunnersets",
    "EphemeralRunner": "/apis/actions.github.com/v1alpha1/ephemeralrunners",
    "AutoscalingListener": "/apis/actions.github.com/v1alpha1/autoscalinglisteners",
}
ARC_KINDS = ("AutoscalingRunnerSet", "EphemeralRunnerSet", "EphemeralRunner", "AutoscalingListener")

End = object()
"""In a script: the watch ends in order. Without it, it stays open."""


def line(kind: str, item: Json) -> bytes:
    """One watch event."""
    return json.dumps({"type": kind, "object": item}).encode() + b"\n"


def bookmark(version: int) -> bytes:
    """A bookmark as the apiserver sends it: an object without a name."""
    about = {"resourceVersion": str(version), "creationTimestamp": None}
    return line("BOOKMARK", {"kind": "Pod", "apiVersion": "v1", "metadata": about, "spec": {"containers": None}})


def status(code: int, reason: str, message: str) -> Json:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }


def expired() -> bytes:
    """410 as a watch says it: an event inside HTTP 200."""
    return line("ERROR", status(410, "Expired", "too old resource version: 1 (2)"))


class Feed(httpx.AsyncByteStream):
    """The body of a watch: a script, then whatever the server sends while it is open.

    Bytes are sent, exceptions break the connection, anything else is called.
    """

    def __init__(self, script: list[Any]) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        for item in script:
            self.queue.put_nowait(item)
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (item := await self.queue.get()) is not End:
            if isinstance(item, BaseException):
                raise item
            if isinstance(item, bytes):
                yield item
            else:
                item()

    async def aclose(self) -> None:
        self.closed = True


class FakeApiserver:
    """Answers like an apiserver, from memory.

    Attributes:
        denied: Collection paths that answer 403; with a verb (``watch /api/v1/pods``) only for it.
        absent: Kinds that are not installed.
        answers: Responses that come instead, one a request, by collection path.
        scripts: What the next watches of a path send; without one a watch stays open and live.
        requests: All requests, in order.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.version = 1000
        self.objects: dict[str, dict[tuple[str, str], Json]] = defaultdict(dict)
        self.denied: set[str] = set()
        self.absent: set[str] = set()
        self.answers: dict[str, deque[httpx.Response | Exception]] = defaultdict(deque)
        self.scripts: dict[str, deque[list[Any]]] = defaultdict(deque)
        self.requests: list[httpx.Request] = []
        self.feeds: dict[str, list[Feed]] = defaultdict(list)
        self.page_limit: int | None = None
        self.clock = clock

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def put(self, *items: Json) -> None:
        """Create or replace objects, and tell the open watches."""
        for item in items:
            self.version += 1
            item["metadata"]["resourceVersion"] = str(self.version)
            shelf = self.objects[item["kind"]]
            key = (item["metadata"]["namespace"], item["metadata"]["name"])
            self._tell("MODIFIED" if key in shelf else "ADDED", item)
            shelf[key] = item

    def remove(self, item: Json) -> None:
        """Delete an object, and tell the open watches."""
        self.version += 1
        gone = self.objects[item["kind"]].pop((item["metadata"]["namespace"], item["metadata"]["name"]))
        gone["metadata"]["resourceVersion"] = str(self.version)
        self._tell("DELETED", gone)

    def paths(self, *, watch: bool = False) -> list[str]:
        """The paths asked for so far."""
        return [r.url.path for r in self.requests if ("watch" in r.url.params) is watch]

    def open_feeds(self, kind: str) -> list[Feed]:
        return [feed for feed in self.feeds[PATHS[kind]] if not feed.closed]

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path
        if self.answers[path]:
            ready = self.answers[path].popleft()
            if isinstance(ready, Exception):
                raise ready
            return ready
        if path == "/version":
            return self._json(200, {"major": "1", "minor": "36", "gitVersion": "v1.36.3", "platform": "linux/amd64"})
        whole, namespace = path, None
        if "/namespaces/" in path:
            before, _, rest = path.partition("/namespaces/")
            namespace, _, plural = rest.partition("/")
            whole = f"{before}/{plural}"
        kind = next((kind for kind, known in PATHS.items() if known == whole), None)
        if kind is None or kind in self.absent:
            return httpx.Response(404, text="404 page not found\n")
        watching = "watch" in request.url.params
        if path in self.denied or f"{'watch' if watching else 'list'} {path}" in self.denied:
            plural = whole.rpartition("/")[2]
            return self._json(403, status(403, "Forbidden", f'{plural} is forbidden: User "dev" cannot list'))
        if watching:
            feed = Feed(self.scripts[path].popleft() if self.scripts[path] else [])
            self.feeds[path].append(feed)
            return httpx.Response(200, stream=feed, headers=self._headers())
        return self._page(request, kind, namespace)

    def _page(self, request: httpx.Request, kind: str, namespace: str | None) -> httpx.Response:
        items = [item for (home, _), item in sorted(self.objects[kind].items()) if namespace in (None, home)]
        start = int(request.url.params.get("continue", "0"))
        limit = self.page_limit or int(request.url.params["limit"])
        about: Json = {"resourceVersion": str(self.version)}
        if start + limit < len(items):
            about |= {"continue": str(start + limit), "remainingItemCount": len(items) - start - limit}
        return self._json(200, {"kind": f"{kind}List", "metadata": about, "items": items[start : start + limit]})

    def _tell(self, what: str, item: Json) -> None:
        path = PATHS[item["kind"]]
        before, _, plural = path.rpartition("/")
        for known in (path, f"{before}/namespaces/{item['metadata']['namespace']}/{plural}"):
            for feed in self.feeds[known]:
                feed.queue.put_nowait(line(what, item))

    def _json(self, code: int, body: Json) -> httpx.Response:
        return httpx.Response(code, json=body, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        if self.clock is None:
            return {}
        return {"Date": self.clock().strftime("%a, %d %b %Y %H:%M:%S GMT")}
