"""The preview: what it says of a row of any kind, also when the row's runner is gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.row import Row
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.services.listing.registry import KINDS
from flywheel_tui.tui.screens.alerts.columns import VIEW as ALERTS_VIEW
from flywheel_tui.tui.screens.jobs.columns import VIEW as JOBS_VIEW
from flywheel_tui.tui.screens.pods.columns import VIEW as PODS_VIEW
from flywheel_tui.tui.screens.runners.columns import VIEW as RUNNERS_VIEW
from flywheel_tui.tui.screens.scalesets.columns import VIEW as SCALE_SETS_VIEW
from flywheel_tui.tui.screens.unjoined.columns import VIEW as UNJOINED_VIEW
from flywheel_tui.tui.widgets.grid.column import GridView
from flywheel_tui.tui.widgets.grid.groups import Group, GroupTotals
from flywheel_tui.tui.widgets.grid.shown import Entry
from flywheel_tui.tui.widgets.preview import preview_lines
from flywheel_tui.tui.widgets.tone import Tone
from tests.tui.scripted import NOW, busy_picture, feed, live_feeds, picture, pod, runner

VIEWS: tuple[GridView[Any], ...] = (
    RUNNERS_VIEW,
    SCALE_SETS_VIEW,
    PODS_VIEW,
    JOBS_VIEW,
    ALERTS_VIEW,
    UNJOINED_VIEW,
)


def texts(
    view: GridView[Any], row: Row | None, width: int = 80, *, picture: Picture | None = None, ghost: bool = False
) -> list[str]:
    shown = picture or busy_picture()
    lines = preview_lines(view, Entry(row, ghost=ghost), shown, NOW, width)
    assert all(line.width <= width for line in lines)
    return [line.text.rstrip() for line in lines]


def test_every_kind_has_a_view_here() -> None:
    assert {view.kind.name for view in VIEWS} == {kind.name for kind in KINDS}


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.kind.name)
@pytest.mark.parametrize("width", [20, 40, 66, 120])
def test_every_row_of_every_kind_is_named_and_fits(view: GridView[Any], width: int) -> None:
    shown = busy_picture()
    for row in view.kind.rows(shown.fleet).values():
        lines = preview_lines(view, Entry(row), shown, NOW, width)
        assert len(lines) > 2
        if width >= 66:
            assert lines[0].text.strip() == view.kind.label(row)


def test_a_runner_begins_with_what_is_wrong() -> None:
    failing = next(row for row in busy_picture().fleet.runners.values() if row.why)
    assert texts(RUNNERS_VIEW, failing)[1] == " Verdict"


def test_a_runner_that_is_gone_keeps_what_its_row_said_last() -> None:
    shown = texts(RUNNERS_VIEW, runner("vanished"), picture=picture(()))
    assert shown[0] == " vanished"
    assert any(line.split()[:2] == ["name", "vanished"] for line in shown)


def test_a_pod_without_a_runner_shows_its_own_fields() -> None:
    shown = texts(PODS_VIEW, pod("lost-1"), picture=picture(()))
    assert any("namespace" in line for line in shown)
    assert not any("Belongs" in line for line in shown)


def test_only_a_source_that_is_silent_is_named() -> None:
    row = next(iter(busy_picture().fleet.runners.values()))
    live = "\n".join(texts(RUNNERS_VIEW, row, 120))
    assert "prod/gitlab 5s" not in live
    silent = busy_picture([*live_feeds()[1:], feed(SourceKind.GITLAB, age_s=timedelta(hours=1).total_seconds())])
    assert "prod/gitlab stale 60m" in "\n".join(texts(RUNNERS_VIEW, row, 120, picture=silent))


def test_no_row_is_said() -> None:
    assert texts(RUNNERS_VIEW, None) == [" No row is under the cursor."]
    assert preview_lines(RUNNERS_VIEW, None, picture(()), NOW, 80)[0].text == " No row is under the cursor."


def test_a_ghost_is_said_to_be_gone_and_nothing_of_it_looks_live() -> None:
    lines = preview_lines(PODS_VIEW, Entry(pod("lost-1"), ghost=True), picture(()), NOW, 80)
    assert lines[1].text == " gone: its source no longer lists it"
    facts = [line for line in lines[2:] if line.pieces]
    assert {line.tone for line in facts} == {Tone.STALE}


def test_the_head_of_a_group_tells_what_its_rows_come_to_and_what_a_sum_leaves_out() -> None:
    totals = GroupTotals(3, 1, {"busy": 4, "capacity": 12, "queue": 7}, frozenset({"queue"}))
    lines = preview_lines(RUNNERS_VIEW, Entry(None, Group("gitlab", True, totals)), picture(()), NOW, 80)
    words = [line.text.split() for line in lines]
    assert words == [["gitlab"], ["Group"], ["runners", "3"], ["faults", "1"], ["busy", "4/12"], ["queue", "7+"]]
