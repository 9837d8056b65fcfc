"""Pages of REST lists: by number with all headers, without a total, or by a cursor."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from flywheel_tui.simulator.gitlab.answers import RefusalError, json_answer
from flywheel_tui.simulator.gitlab.rest.call import Call

RowT = TypeVar("RowT")

DEFAULT_ROWS = 20
MOST_ROWS = 100
COUNTED_ROWS = 10_000
"""Longer lists come without their total, the number of pages and a link to the last one."""
MOST_OFFSET = 50_000


def _size(call: Call) -> int:
    size = call.whole("per_page", DEFAULT_ROWS)
    return min(size, MOST_ROWS) if size > 0 else DEFAULT_ROWS


def _link(call: Call, relation: str, **changes: object) -> str:
    params = [(name, value) for name, value in call.query.multi_items() if name not in changes]
    params += [(name, str(value)) for name, value in changes.items()]
    path = call.request.scope["raw_path"].decode("ascii", "replace").partition("?")[0]
    return f'<{call.base}{path}?{urlencode(sorted(params))}>; rel="{relation}"'


def offset_page(
    call: Call, rows: Sequence[RowT], show: Callable[[RowT], Any], *, counted: bool = True, capped: str = ""
) -> Response:
    """Return one page by its number.

    Args:
        call: The request.
        rows: The whole list.
        show: Makes a row's JSON.
        counted: Whether the total is told (where it is small enough).
        capped: Name of the type whose lists end at an offset of 50,000; empty for those that do not.

    Raises:
        RefusalError: The page lies behind the cap, or a parameter is no number.
    """
    number, size = max(1, call.whole("page", 1)), _size(call)
    begin = (number - 1) * size
    if capped and begin > MOST_OFFSET:
        text = (
            f"Offset pagination has a maximum allowed offset of {MOST_OFFSET} for requests that return objects of "
            f"type {capped}. Remaining records can be retrieved using keyset pagination."
        )
        raise RefusalError(405, {"error": text})
    total = len(rows)
    pages = max(1, -(-total // size))
    more = begin + size < total
    headers = {
        "X-Page": str(number),
        "X-Per-Page": str(size),
        "X-Next-Page": str(number + 1) if more else "",
        "X-Prev-Page": str(number - 1) if number > 1 else "",
    }
    links = []
    if number > 1:
        links.append(_link(call, "prev", page=number - 1, per_page=size))
    if more:
        links.append(_link(call, "next", page=number + 1, per_page=size))
    links.append(_link(call, "first", page=1, per_page=size))
    if counted and total <= COUNTED_ROWS:
        headers["X-Total"] = str(total)
        headers["X-Total-Pages"] = str(pages)
        links.append(_link(call, "last", page=pages, per_page=size))
    headers["Link"] = ", ".join(links)
    return json_answer([show(row) for row in rows[begin : begin + size]], headers=headers)


def keyset_page(
    call: Call,
    rows: Sequence[RowT],
    show: Callable[[RowT], Any],
    *,
    position: Callable[[str], int],
    mark: Callable[[RowT], str],
) -> Response:
    """Return one page that starts behind a cursor.

    Args:
        call: The request.
        rows: The whole list.
        show: Makes a row's JSON.
        position: Position behind the row with this mark, whether it is still there or not.
        mark: What a cursor remembers of a row.

    Raises:
        RefusalError: The cursor is none of ours.
    """
    size, cursor = _size(call), call.query.get("cursor")
    begin = position(_read_cursor(cursor)) if cursor else 0
    page = rows[begin : begin + size]
    headers = {"X-Per-Page": str(size)}
    if begin + size < len(rows):
        following = base64.urlsafe_b64encode(msgspec.json.encode({"mark": mark(page[-1]), "_kd": "n"})).decode()
        headers["X-Next-Cursor"] = following
        headers["Link"] = _link(call, "next", cursor=following, per_page=size, pagination="keyset")
    return json_answer([show(row) for row in page], headers=headers)


def _read_cursor(cursor: str) -> str:
    try:
        found = msgspec.json.decode(base64.b64decode(cursor, altchars=b"-_", validate=True), type=dict[str, str])
        return found["mark"]
    except (binascii.Error, ValueError, KeyError) as error:
        raise RefusalError(400, {"error": "cursor is invalid"}) from error
