"""Connections: pages of a list that start behind an opaque cursor."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from graphql import GraphQLError

RowT = TypeVar("RowT")
Key = tuple[float, int]

MOST_ROWS = 100


def encode_cursor(key: Key) -> str:
    """Return the cursor of the row with this sort key."""
    text = json.dumps({"key": repr(key[0]), "id": str(key[1])}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> Key:
    """Return the sort key of a cursor.

    Raises:
        GraphQLError: It is none of ours.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found = json.loads(raw)
        key = float(found["key"]), int(found["id"])
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise GraphQLError("Please provide a valid cursor") from error
    if key[0] != key[0]:
        raise GraphQLError("Please provide a valid cursor")
    return key


def page_bounds(arguments: Mapping[str, Any], *, begin: int, end: int) -> tuple[int, int]:
    """Return which rows of [begin, end) a page holds.

    Raises:
        GraphQLError: Both ends were asked for, or a size below zero.
    """
    first, last = arguments.get("first"), arguments.get("last")
    if first is not None and last is not None:
        raise GraphQLError("Can only provide either `first` or `last`, not both")
    size = first if last is None else last
    if size is not None and size < 0:
        raise GraphQLError(f"`{'first' if last is None else 'last'}` cannot be negative")
    size = MOST_ROWS if size is None else min(size, MOST_ROWS)
    end = max(begin, end)
    return (begin, min(end, begin + size)) if last is None else (max(begin, end - size), end)


def connection(
    rows: Sequence[RowT],
    arguments: Mapping[str, Any],
    *,
    key: Callable[[int], Key],
    after: Callable[[Key], int],
    before: Callable[[Key], int],
    count: object = None,
) -> dict[str, Any]:
    """Return one page of a list in GraphQL's form.

    Args:
        rows: The whole list.
        arguments: ``first``, ``last``, ``after``, ``before`` as they were given.
        key: Sort key of the row at a position.
        after: Position behind a key.
        before: Position of the first row that does not come before a key.
        count: What ``count`` answers: a number or a resolver; the length of the list if not given.
    """
    begin = 0 if arguments.get("after") is None else after(decode_cursor(arguments["after"]))
    end = len(rows) if arguments.get("before") is None else before(decode_cursor(arguments["before"]))
    begin, stop = page_bounds(arguments, begin=begin, end=end)
    nodes = list(rows[begin:stop])

    def edges(info: object) -> list[dict[str, Any]]:
        return [{"cursor": encode_cursor(key(begin + i)), "node": node} for i, node in enumerate(nodes)]

    return {
        "count": len(rows) if count is None else count,
        "nodes": nodes,
        "edges": edges,
        "pageInfo": {
            "hasNextPage": stop < len(rows),
            "hasPreviousPage": begin > 0,
            "startCursor": encode_cursor(key(begin)) if nodes else None,
            "endCursor": encode_cursor(key(stop - 1)) if nodes else None,
        },
    }


def short_connection(rows: Sequence[RowT], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of a short list whose rows stand still: the position is the cursor."""
    return connection(
        rows,
        arguments,
        key=lambda position: (0.0, position),
        after=lambda key: min(max(key[1] + 1, 0), len(rows)),
        before=lambda key: min(max(key[1], 0), len(rows)),
    )
