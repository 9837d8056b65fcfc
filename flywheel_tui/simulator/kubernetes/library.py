"""Lists of encoded objects: a consistent picture for each revision, served in pages."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec

from flywheel_tui.simulator.kubernetes.resources import Resource
from flywheel_tui.simulator.kubernetes.selectors import parse_fields, parse_labels
from flywheel_tui.simulator.kubernetes.status import ApiError
from flywheel_tui.simulator.world.model_cluster import Object
from flywheel_tui.simulator.world.world import World

TOKEN_LIFE = 300.0  # seconds until a continue token expires, as with etcd's compaction
_PICTURES = 64  # how many past pictures of each resource are kept for pages still to come

_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)

Wanted = Callable[[Object], bool]


class _Token(msgspec.Struct, rename={"revision": "rv", "issued_at": "at"}):
    """What a continue token says; revision -1 asks for whatever there is now, from the key on."""

    revision: int
    start: str
    issued_at: float
    v: str = "meta.k8s.io/v1"


class _Picture(msgspec.Struct):
    """All objects of a resource, by namespace and name, as they were at a revision."""

    revision: int
    rows: list[Object]


class Library:
    """Encodes objects once, and lists them.

    Args:
        world: The world whose objects are served.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._encoded: dict[str, dict[str, tuple[int, bytes]]] = {}
        self._pictures: dict[str, OrderedDict[int, _Picture]] = {}

    def body(self, resource: Resource, row: Object) -> bytes:
        """Return an object as an item of a list: a custom resource names its kind there, others do not."""
        shelf = self._encoded.setdefault(resource.plural, {})
        known = shelf.get(row.meta.uid)
        if known is not None and known[0] == row.meta.revision:
            return known[1]
        made = msgspec.json.encode(resource.form(self.world, row))
        if resource.custom:
            made = self._head(resource) + made[1:]
        shelf[row.meta.uid] = (row.meta.revision, made)
        return made

    def whole(self, resource: Resource, row: Object) -> bytes:
        """Return an object that stands alone, with its kind."""
        body = self.body(resource, row)
        return body if resource.custom else self._head(resource) + body[1:]

    @staticmethod
    def _head(resource: Resource) -> bytes:
        return f'{{"apiVersion":"{resource.api_version}","kind":"{resource.kind}",'.encode()

    def rows(self, resource: Resource) -> list[Object]:
        """Return all objects of a resource as they are now, by namespace and name."""
        return self._present(resource).rows

    def _present(self, resource: Resource) -> _Picture:
        kept = self._pictures.setdefault(resource.plural, OrderedDict())
        table = resource.rows(self.world)
        found = kept.get(table.changed_at)
        if found is None:
            ordered = table.in_order()
            found = kept[table.changed_at] = _Picture(table.changed_at, ordered)
            if len(kept) > _PICTURES:
                kept.popitem(last=False)
            self._forget_bodies(resource, ordered)
        return found

    def _forget_bodies(self, resource: Resource, rows: list[Object]) -> None:
        shelf = self._encoded.get(resource.plural, {})
        if len(shelf) > 2 * len(rows) + 1_000:
            living = {row.meta.uid for row in rows}
            self._encoded[resource.plural] = {uid: made for uid, made in shelf.items() if uid in living}

    def page(self, resource: Resource, namespace: str | None, query: dict[str, str]) -> bytes:
        """Return a (page of a) list.

        Args:
            resource: What to list.
            namespace: Where, None for everywhere.
            query: The request's parameters: labelSelector, fieldSelector, limit, continue, resourceVersion(Match).

        Raises:
            ApiError: 400 for parameters that make no sense, 410 for a token that is too old.
        """
        wanted = selection(resource, namespace, query)
        limit = whole_number(query, "limit")
        self._check_version(query)
        revision, start = self.world.history.revision, ""
        token = self._read_token(query["continue"]) if query.get("continue") else None
        if token is not None and token.revision >= 0:
            revision, picture = token.revision, self._past(resource, token)
        else:
            picture = self._present(resource)
        if token is not None:
            start = token.start
        chosen = picture.rows if wanted is None else [row for row in picture.rows if wanted(row)]
        first = bisect_right(chosen, start, key=_key)
        shown = chosen[first : first + limit] if limit else chosen[first:]
        meta: dict[str, Any] = {"resourceVersion": str(revision)}
        remaining = len(chosen) - first - len(shown)
        if remaining > 0:
            meta["continue"] = self._write_token(revision, _key(shown[-1]))
            if not query.get("labelSelector") and not query.get("fieldSelector"):
                meta["remainingItemCount"] = remaining
        head = f'{{"kind":"{resource.kind}List","apiVersion":"{resource.api_version}","metadata":'.encode()
        items = b",".join([self.body(resource, row) for row in shown])
        return head + msgspec.json.encode(meta) + b',"items":[' + items + b"]}\n"

    def _check_version(self, query: dict[str, str]) -> None:
        match, version = query.get("resourceVersionMatch"), query.get("resourceVersion", "")
        if match and not version:
            raise ApiError(
                422,
                "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
            )
        if match and match not in ("NotOlderThan", "Exact"):
            raise ApiError(422, f'resourceVersionMatch: Unsupported value: "{match}"')
        if query.get("continue") and version not in ("", "0"):
            raise ApiError(400, "specifying resource version is not allowed when using continue")
        number = whole_number(query, "resourceVersion")
        if number > self.world.history.revision:
            details = {"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]}
            now = self.world.history.revision
            raise ApiError(504, f"Too large resource version: {number}, current: {now}", details=details)
        if match == "Exact" and number and number != self.world.history.revision:
            raise ApiError(410, "The provided resource version is too old.")

    def _past(self, resource: Resource, token: _Token) -> _Picture:
        kept = self._pictures.setdefault(resource.plural, OrderedDict())
        old = self.world.time - token.issued_at > TOKEN_LIFE or token.revision < self.world.history.oldest
        found = [picture for picture in kept.values() if picture.revision <= token.revision]
        if old or not found:
            fresh = self._write_token(-1, token.start)
            raise ApiError(410, _EXPIRED, metadata={"continue": fresh})
        return found[-1]

    def _write_token(self, revision: int, start: str) -> str:
        made = msgspec.json.encode(_Token(revision, start, self.world.time))
        return base64.urlsafe_b64encode(made).decode().rstrip("=")

    @staticmethod
    def _read_token(token: str) -> _Token:
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)), type=_Token)
        except (binascii.Error, ValueError) as error:
            raise ApiError(400, f"continue key is not valid: {error}") from error


def _key(row: Object) -> str:
    return f"{row.meta.namespace}\x00{row.meta.name}"


def selection(resource: Resource, namespace: str | None, query: dict[str, str]) -> Wanted | None:
    """Return the test for the objects that a list or watch wants, None for all.

    Raises:
        ApiError: 400, if a selector cannot be parsed or is not supported.
    """
    labels = parse_labels(query.get("labelSelector"))
    fields = parse_fields(query.get("fieldSelector"), resource.supported)
    if namespace is None and labels is None and fields is None:
        return None

    def wanted(row: Object) -> bool:
        return (
            (namespace is None or row.meta.namespace == namespace)
            and (labels is None or labels(row.meta.labels))
            and (fields is None or fields(resource.selectable(row)))
        )

    return wanted


def whole_number(query: dict[str, str], name: str) -> int:
    """Return a parameter that is a whole number, 0 when absent.

    Raises:
        ApiError: 400, if it is something else.
    """
    text = query.get(name, "")
    if not text:
        return 0
    if not text.isascii() or not text.isdigit():
        if name == "resourceVersion":
            raise ApiError(400, f'Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax')
        raise ApiError(400, f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)
