from __future__ import annotations

import base64
from bisect import bisect_left, bisect_right
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.simulator.gitlab.graph.paging import connection, decode_cursor, encode_cursor, short_connection

numbers = st.floats(allow_nan=False) | st.integers(-(10**9), 10**9).map(float)
keys = st.tuples(numbers, st.integers(-(10**12), 10**12))


@given(keys)
def test_a_cursor_comes_back_as_it_was(key: tuple[float, int]) -> None:
    assert decode_cursor(encode_cursor(key)) == key


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(GraphQLError, match="valid cursor"):
        decode_cursor(text)


@pytest.mark.parametrize(
    "content", ["1", "[]", '{"key":"nan","id":"1"}', '{"key":1}', '{"key":"1","id":"x"}', "[" * 99]
)
def test_a_cursor_of_another_kind_is_refused(content: str) -> None:
    with pytest.raises(GraphQLError, match="valid cursor"):
        decode_cursor(base64.urlsafe_b64encode(content.encode()).decode())


def page(rows: list[tuple[float, int]], **arguments: object) -> dict[str, Any]:
    return connection(
        rows,
        arguments,
        key=rows.__getitem__,
        after=lambda key: bisect_right(rows, key),
        before=lambda key: bisect_left(rows, key),
    )


@given(st.lists(keys, unique=True, max_size=60), st.integers(1, 25))
def test_pages_hold_every_row_once(rows: list[tuple[float, int]], size: int) -> None:
    rows.sort()
    read: list[tuple[float, int]] = []
    after: str | None = None
    while True:
        found = page(rows, first=size, after=after)
        assert found["count"] == len(rows)
        read += found["nodes"]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert read == rows


@given(st.lists(keys, unique=True, max_size=60), st.integers(1, 25))
def test_pages_can_be_read_backwards(rows: list[tuple[float, int]], size: int) -> None:
    rows.sort()
    read: list[tuple[float, int]] = []
    before: str | None = None
    while True:
        found = page(rows, last=size, before=before)
        read = found["nodes"] + read
        before = found["pageInfo"]["startCursor"]
        if not found["pageInfo"]["hasPreviousPage"]:
            break
    assert read == rows


@given(st.lists(keys, unique=True, min_size=2, max_size=40), st.data())
def test_what_goes_while_pages_are_read_moves_no_other_row(rows: list[tuple[float, int]], data: st.DataObject) -> None:
    rows.sort()
    size = data.draw(st.integers(1, len(rows) - 1))
    first = page(rows, first=size)
    gone = data.draw(st.sampled_from(rows))
    left = [row for row in rows if row != gone]
    second = page(left, first=100, after=first["pageInfo"]["endCursor"])
    assert second["nodes"] == [row for row in rows[size:] if row != gone]


@given(st.integers(0, 300), st.integers(0, 300))
def test_no_page_is_longer_than_a_hundred(total: int, asked: int) -> None:
    rows = [(0.0, number) for number in range(total)]
    assert len(page(rows, first=asked)["nodes"]) == min(total, asked, 100)
    assert len(page(rows)["nodes"]) == min(total, 100)


def test_edges_carry_the_cursors_of_their_rows() -> None:
    rows = [(1.0, 1), (2.0, 2), (3.0, 3)]
    found = page(rows, first=2, after=encode_cursor((1.0, 1)))
    edges = found["edges"](None)
    assert [edge["node"] for edge in edges] == rows[1:]
    assert [edge["cursor"] for edge in edges] == [encode_cursor(row) for row in rows[1:]]
    assert edges[-1]["cursor"] == found["pageInfo"]["endCursor"]


def test_both_ends_at_once_are_refused() -> None:
    with pytest.raises(GraphQLError, match="not both"):
        page([], first=1, last=1)
    with pytest.raises(GraphQLError, match="negative"):
        page([], first=-1)


@given(st.integers(-5, 5), st.integers(0, 3))
def test_a_short_list_survives_any_cursor(position: int, total: int) -> None:
    found = short_connection(list(range(total)), {"after": encode_cursor((0.0, position)), "first": 10})
    assert found["nodes"] == [row for row in range(total) if row > position]
