"""Texts that filters look in: what is kept says what the fields show, and it is made while nobody waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.fleet import Runner
from flywheel_tui.domain.row import Row
from flywheel_tui.services.listing.field import Field, FieldType
from flywheel_tui.services.listing.filter import parse_filter, searched_text
from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.tui.widgets.grid import texts
from flywheel_tui.tui.widgets.grid.model import GridModel
from flywheel_tui.tui.widgets.grid.preparation import Preparation
from flywheel_tui.tui.widgets.grid.texts import Texts
from tests.tui.scripted import NOW, runner

MINUTE = timedelta(minutes=1)


class Note(Row, frozen=True):
    head: str
    body: str
    tail: str


def read(name: str) -> Callable[[Note], str]:
    return lambda note: str(getattr(note, name))


FIELDS = [Field(name=name, title="", help="", value=read(name)) for name in ("head", "body", "tail")]
SHOWN = st.text("abAB19 -_.İßẞσΣςÄäKk–\n\r", max_size=5)
PATTERNS = st.lists(
    st.sampled_from(
        [
            *(
                "a",
                "b",
                "A",
                "k",
                "ß",
                "σ",
                "Ä",
                "i",
                "–",
                ".",
                ".*",
                ".+",
                "^",
                "$",
                "|",
                "(",
                ")",
                "(?:",
                "*",
                "?",
                "+",
            ),
            *("{2}", r"\b", r"\B", r"\s", r"\S", r"\d", r"\D", r"\w", r"\W", "[^a]", "[^a-b]", "[A-Z]", "[^A-Z]"),
            *("[[:upper:]]", "[[:^upper:]]", r"\p{Lu}", r"\P{Lu}", r"\n", r"\x0a", r"[\n]", r"[^\n]", r"\x{130}"),
            *("(?i)", "(?-i)", "(?-i:A)", "(?s)", "(?P<x>a)", r"\A", r"\z", r"\C", r"\Q", r"\E"),
        ]
    ),
    min_size=1,
    max_size=4,
).map("".join)


@given(SHOWN, SHOWN, SHOWN, st.one_of(PATTERNS.map("/{}/".format), st.text("abABİßΣσ–", min_size=1, max_size=3)))
@example("a", "b", "", r"/a\sb/")
@example("a", "b", "", "/a[^x]b/")
@example("a\nb", "", "", "/^b/")
@example("A", "b", "c", "/(?-i:a)/")
@example("İ", "b", "c", "/^.$/")
@example("a", "b", "c", r"/\Ab/")
def test_kept_texts_find_what_looking_field_by_field_finds(head: str, body: str, tail: str, word: str) -> None:
    try:
        plain = parse_filter(word, FIELDS)
    except UsageError:
        return
    note = Note(key="k", context="c", head=head, body=body, tail=tail)
    for negation in ("", "!"):
        kept = parse_filter(negation + word, FIELDS, Texts(FIELDS).of)
        assert kept.matches(note, NOW) == (plain.matches(note, NOW) != bool(negation))


def test_a_pattern_is_searched_once_for_a_row() -> None:
    shown: list[Note] = []

    def head(note: Note) -> str:
        shown.append(note)
        return note.head

    fields = [msgspec.structs.replace(FIELDS[0], value=head), *FIELDS[1:]]
    kept = Texts(fields)
    note = Note(key="k", context="c", head="one", body="two", tail="three")
    assert not parse_filter("/^w/", fields, kept.of).matches(note, NOW)
    assert parse_filter("/^t[wx]o$/", fields, kept.of).matches(note, NOW)
    assert len(shown) == 1


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, frozenset[FieldType]]]:
    """Record of which rows texts are made, and of what types of fields."""
    calls: list[tuple[str, frozenset[FieldType]]] = []
    original = searched_text

    def recorded(row: Any, fields: Any, now: datetime) -> bytes:  # noqa: ANN401 - passed on
        calls.append((row.key, frozenset(field.type for field in fields)))
        return original(row, fields, now)

    monkeypatch.setattr(texts, "searched_text", recorded)
    return calls


def table(count: int) -> dict[str, Runner]:
    rows = [runner(f"r{number:04}") for number in range(count)]
    return {row.key: row for row in rows}


def prepared(rows: Mapping[str, Runner]) -> GridModel[Runner]:
    model: GridModel[Runner] = GridModel(RUNNERS)
    model.show(rows, NOW)
    while model.unprepared:
        model.prepare(0.0)
    return model


def test_what_was_prepared_is_not_made_for_the_first_key(made: list[Any]) -> None:
    rows = table(600)
    model = prepared(rows)
    assert {key for key, _ in made} == set(rows)
    made.clear()
    model.set_filter(parse_filter("r000", RUNNERS.fields, model.searched), NOW)
    assert (len(model), made) == (10, [])


def test_only_rows_that_changed_are_prepared_again(made: list[Any]) -> None:
    rows = table(600)
    model = prepared(rows)
    made.clear()
    changed = runner("r0007", busy=3)
    model.show({**rows, changed.key: changed}, NOW)
    assert not model.prepare(1.0)
    assert {key for key, _ in made} == {changed.key}


def test_a_slice_of_preparing_ends_with_its_time() -> None:
    clock = iter(range(1_000))
    model: GridModel[Runner] = GridModel(RUNNERS, timer=lambda: float(next(clock)))
    model.show(table(600), NOW)
    assert model.prepare(3.0)
    slices = 1
    while model.prepare(3.0):
        slices += 1
    assert slices > 600 // (4 * texts._SLICE)


def test_the_texts_of_few_rows_are_not_made_ahead() -> None:
    model: GridModel[Runner] = GridModel(RUNNERS)
    model.show(table(20), NOW)
    assert not model.unprepared


def test_rows_that_are_gone_are_not_prepared(made: list[Any]) -> None:
    model: GridModel[Runner] = GridModel(RUNNERS)
    model.show(table(600), NOW)
    model.show({}, NOW, hold=False)
    assert not model.prepare(1.0)
    assert made == []


def test_ages_are_made_again_before_they_are_over(made: list[Any]) -> None:
    model = prepared(table(600))
    for seconds in range(5, 300, 5):
        now = NOW + timedelta(seconds=seconds)
        model.expire(now)
        model.prepare(1.0)
        made.clear()
        model.set_filter(parse_filter("zzz", RUNNERS.fields, model.searched), now)
        assert made == [], f"ages were over after {seconds} s"
    model.expire(NOW + 10 * MINUTE)
    model.prepare(1.0)
    assert {types for _, types in made} == {frozenset({FieldType.TIME})}


class Timers:
    """Calls what is due when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def set(self, seconds: float, call: Callable[[], None]) -> None:
        self.waiting.append((seconds, call))

    def run(self) -> int:
        """Let all timers run out, and return how many there were."""
        count = 0
        while self.waiting:
            self.waiting.pop(0)[1]()
            count += 1
        return count


def test_there_is_one_timer_while_there_is_something_to_prepare_and_none_else() -> None:
    clock = iter(range(10_000))
    model: GridModel[Runner] = GridModel(RUNNERS, timer=lambda: float(next(clock)))
    timers = Timers()
    preparation = Preparation(model, timers.set)
    preparation.begin()
    assert timers.waiting == []
    model.show(table(600), NOW)
    preparation.begin()
    preparation.begin()
    assert len(timers.waiting) == 1
    assert timers.run() > 10
    assert not model.unprepared
    preparation.begin()
    assert timers.waiting == []
    model.show({**table(600), runner("r0001").key: runner("r0001", busy=2)}, NOW)
    preparation.begin()
    assert timers.run() == 1


def test_preparing_waits_while_lines_are_being_sorted_out(made: list[Any]) -> None:
    model: GridModel[Runner] = GridModel(RUNNERS, budget_s=0.0)
    timers = Timers()
    preparation = Preparation(model, timers.set)
    model.show(table(600), NOW)
    preparation.begin()
    assert model.pending
    timers.waiting.pop()[1]()
    assert (made, len(timers.waiting)) == ([], 1)
    model.advance(10.0)
    assert timers.run() > 0
    assert len({key for key, _ in made}) == 600
