"""Lines of rows are drawn again exactly when something of them may differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from flywheel_tui.domain.fleet import Runner
from flywheel_tui.services.listing.filter import parse_filter
from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.tui.widgets.grid.kept_lines import KeptLines
from flywheel_tui.tui.widgets.grid.look import Look
from flywheel_tui.tui.widgets.grid.model import Direction, Entry
from tests.tui.scripted import NOW, runner
from tests.unit.tui.test_grid_lines import look

LOOK = look()


class Lines:
    """Kept lines, and how many were drawn."""

    def __init__(self) -> None:
        self.drawn = 0
        self.kept: KeptLines[Runner] = KeptLines(self._changed)

    def _changed(self, key: str) -> Mapping[str, Direction]:
        self.drawn += 1
        return {}

    def line(
        self, row: Runner, on: Look[Runner] = LOOK, *, marked: bool = False, ghost: bool = False, cursor: bool = False
    ) -> str:
        return self.kept.line(Entry(row, marked=marked, ghost=ghost), row, on, cursor=cursor).text


def test_a_line_is_drawn_once() -> None:
    lines, row = Lines(), runner("a")
    assert lines.line(row) == lines.line(row)
    assert lines.drawn == 1


def test_another_row_mark_ghost_or_cursor_is_drawn() -> None:
    lines, row = Lines(), runner("a", busy=1, capacity=2)
    lines.line(row)
    assert lines.line(row, marked=True).startswith("*")
    assert lines.line(row, ghost=True).startswith(" †")
    assert lines.line(row, cursor=True).startswith(" ●")
    assert "2/2" in lines.line(msgspec.structs.replace(row, busy=2))
    assert lines.drawn == 5


def test_what_all_lines_share_draws_all_of_them() -> None:
    lines, rows = Lines(), [runner("a"), runner("b")]
    others = [
        look(now=NOW + timedelta(hours=1)),
        look(80),
        look(stale=frozenset({"prod/gitlab"})),
        look(filter=parse_filter("a", RUNNERS.fields)),
        look(plain_cursor=True),
    ]
    for on in (LOOK, *others):
        for row in rows:
            lines.line(row, on)
    assert lines.drawn == 2 * (1 + len(others))


def test_what_is_forgotten_is_drawn() -> None:
    lines, row = Lines(), runner("a")
    lines.line(row)
    lines.kept.forget()
    lines.line(row)
    assert lines.drawn == 2


def test_only_a_few_pages_are_kept() -> None:
    lines, rows = Lines(), [runner(f"r{number:04}") for number in range(2_000)]
    for row in rows:
        lines.line(row)
    assert len(lines.kept._lines) <= 500
