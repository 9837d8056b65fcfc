"""Pages of REST lists: by number with all headers, without a total, or by a cursor."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from flywheel_tui.simulator.gitlab.answers import RefusalError, json_answer
from flywheel_tui.simulator.gitlab.rest.call import Call

RowT = TypeVar("RowT")
Key = tuple[float, int]

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


def _place(call: Call, capped: str) -> tuple[int, int]:
    number, size = max(1, call.whole("page", 1)), _size(call)
    if capped and (number - 1) * size > MOST_OFFSET:
        text = (
            f"Offset pagination has a maximum allowed offset of {MOST_OFFSET} for requests that return objects of "
            f"type {capped}. Remaining records can be retrieved using keyset pagination."
        )
        raise RefusalError(405, {"error": text})
    return number, size


def _labels(call: Call, number: int, size: int, *, more: bool, last: int | None) -> dict[str, str]:
    links = [_link(call, "prev", page=number - 1, per_page=size)] if number > 1 else []
    links += [_link(call, "next", page=number + 1, per_page=size)] if more else []
    links.append(_link(call, "first", page=1, per_page=size))
    links += [_link(call, "last", page=last, per_page=size)] if last is not None else []
    return {
        "X-Page": str(number),
        "X-Per-Page": str(size),
        "X-Next-Page": str(number + 1) if more else "",
        "X-Prev-Page": str(number - 1) if number > 1 else "",
        "Link": ", ".join(links),
    }


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
    number, size = _place(call, capped)
    begin, total = (number - 1) * size, len(rows)
    pages = max(1, -(-total // size))
    told = counted and total <= COUNTED_ROWS
    headers = _labels(call, number, size, more=begin + size < total, last=pages if told else None)
    if told:
        headers |= {"X-Total": str(total), "X-Total-Pages": str(pages)}
    return json_answer([show(row) for row in rows[begin : begin + size]], headers=headers)


def uncounted_page(call: Call, rows: Iterable[RowT], show: Callable[[RowT], Any], *, capped: str) -> Response:
    """Return one page by its number from a list whose length nobody reckons.

    Args:
        call: The request.
        rows: The list; it is read no further than the page needs.
        show: Makes a row's JSON.
        capped: Name of the type whose lists end at an offset of 50,000.

    Raises:
        RefusalError: The page lies behind the cap, or a parameter is no number.
    """
    number, size = _place(call, capped)
    begin = (number - 1) * size
    page = list(islice(rows, begin, begin + size + 1))
    headers = _labels(call, number, size, more=len(page) > size, last=None)
    return json_answer([show(row) for row in page[:size]], headers=headers)


def keyset_page(
    call: Call,
    rows: Iterable[RowT],
    show: Callable[[RowT], Any],
    *,
    key: Callable[[RowT], Key],
    ascending: bool = False,
) -> Response:
    """Return one page that starts behind a cursor.

    Args:
        call: The request.
        rows: The list, in order of its keys; it is read no further than the page needs.
        show: Makes a row's JSON.
        key: What the list is ordered by, unique for each row.
        ascending: The direction.

    Raises:
        RefusalError: The cursor is none of ours.
    """
    size, cursor = _size(call), call.query.get("cursor")
    if cursor:
        behind = _read_cursor(cursor)
        # A row that is gone since then leaves a gap but no repetition.
        rows = (row for row in rows if (key(row) > behind if ascending else key(row) < behind))
    page = list(islice(rows, size + 1))
    headers = {"X-Per-Page": str(size)}
    if len(page) > size:
        following = _write_cursor(key(page[size - 1]))
        headers["X-Next-Cursor"] = following
        headers["Link"] = _link(call, "next", cursor=following, per_page=size, pagination="keyset")
    return json_answer([show(row) for row in page[:size]], headers=headers)


def _write_cursor(key: Key) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode({"at": repr(key[0]), "id": str(key[1]), "_kd": "n"})).decode()


def _read_cursor(cursor: str) -> Key:
    try:
        found = msgspec.json.decode(base64.b64decode(cursor, altchars=b"-_", validate=True), type=dict[str, str])
        return float(found["at"]), int(found["id"])
    except (binascii.Error, ValueError, KeyError) as error:
        raise RefusalError(400, {"error": "cursor is invalid"}) from error
