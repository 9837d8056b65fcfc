from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.cli.options import Format
from flywheel_tui.cli.output import as_ascii, as_csv, cell_width, render
from flywheel_tui.domain.errors import NotAllowedError
from flywheel_tui.domain.feed import Failure, Feed, SourceKind
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.workload import Container, Pod, PodRole
from flywheel_tui.services.envelope import error_envelope
from flywheel_tui.services.listing.pods import PODS
from tests.conftest import NOW


def pod(name: str, **more: object) -> Pod:
    known: dict[str, object] = {
        "key": f"prod/pod/ci/{name}",
        "context": "prod",
        "namespace": "ci",
        "name": name,
        "uid": name,
        "role": PodRole.JOB,
        "phase": "Running",
        "created_at": NOW - timedelta(minutes=5),
    }
    return Pod(**{**known, **more})  # type: ignore[arg-type]


LIVE = Feed(name="prod/kubernetes", context="prod", kind=SourceKind.KUBERNETES, interval_s=30, fetched_at=NOW)
DOWN = Feed(
    name="prod/gitlab",
    context="prod",
    kind=SourceKind.GITLAB,
    interval_s=20,
    failure=Failure(code="unreachable", message="GitLab cannot be reached.", next_step="Wait."),
)


def snapshot(*feeds: Feed) -> Snapshot:
    return Snapshot(generation=1, feeds={feed.name: feed for feed in feeds})


def test_a_table_is_aligned_by_terminal_cells(now: datetime) -> None:
    rows = [
        pod("ärger-日本", containers=(Container(name="build", ready=True, restarts=3, state="running"),)),
        pod("b", phase="Pending", reason="Unschedulable"),
    ]
    assert render(rows, PODS, Format.TABLE, snapshot(), now).splitlines() == [
        "NAME         NAMESPACE   CONTEXT   ROLE   READY   STATUS          RESTARTS   AGE",
        "ärger-日本   ci          prod      job    1/1     Running         3          5m",
        "b            ci          prod      job    0/0     Unschedulable   0          5m",
    ]
    assert render([], PODS, Format.TABLE, snapshot(), now) == ""


def test_wide_shows_more_columns(now: datetime) -> None:
    assert "NODE" in render([pod("a")], PODS, Format.WIDE, snapshot(), now)
    assert "NODE" not in render([pod("a")], PODS, Format.TABLE, snapshot(), now)


def test_names_are_kind_and_name(now: datetime) -> None:
    assert render([pod("a"), pod("b")], PODS, Format.NAME, snapshot(), now) == "pod/ci/a\npod/ci/b\n"


def test_json_is_the_envelope(now: datetime) -> None:
    document = json.loads(render([pod("a")], PODS, Format.JSON, snapshot(LIVE, DOWN), now))
    assert document["data"][0]["name"] == "a"
    assert document["data"][0]["node"] is None
    meta = document["meta"]
    assert meta["complete"] is False
    assert meta["sources"]["prod/kubernetes"] == {
        "state": "live",
        "age_s": 0.0,
        "error": None,
        "complete": True,
        "findings": [],
    }
    assert meta["sources"]["prod/gitlab"]["state"] == "down"
    assert meta["sources"]["prod/gitlab"]["age_s"] is None
    assert meta["sources"]["prod/gitlab"]["error"] == "GitLab cannot be reached. Wait."
    assert datetime.fromisoformat(meta["generated_at"]) == now
    assert len(meta["request_id"]) == 32
    assert (meta["truncated"], meta["next"]) == (False, None)


def test_complete_only_when_every_source_is_live(now: datetime) -> None:
    assert json.loads(render([], PODS, Format.JSON, snapshot(LIVE), now))["meta"]["complete"] is True


def test_yaml_says_the_same_as_json(now: datetime) -> None:
    as_yaml = yaml.safe_load(render([pod("a")], PODS, Format.YAML, snapshot(LIVE), now))
    as_json = json.loads(render([pod("a")], PODS, Format.JSON, snapshot(LIVE), now))
    for document in (as_yaml, as_json):
        del document["meta"]["request_id"]
    assert as_yaml == as_json


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r\n")))
def test_csv_brings_any_name_back_and_never_starts_a_formula(name: str) -> None:
    (head, row) = csv.reader(io.StringIO(as_csv([pod(name)], PODS), newline=""))
    cell = row[head.index("name")]
    assert cell == (f"'{name}" if name[:1] in set("=+-@") else name)
    assert not cell.startswith(("=", "+", "-", "@"))
    assert row[head.index("node")] == ""


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("", 0)])
def test_cells_that_a_text_takes(text: str, width: int) -> None:
    assert cell_width(text) == width


def test_a_failure_has_the_one_form() -> None:
    assert error_envelope(NotAllowedError("No.", next_step="Ask.")) == {
        "error": {"code": "forbidden", "message": "No.", "details": {"next_step": "Ask."}}
    }


def test_ascii_keeps_the_columns_aligned() -> None:
    assert as_ascii("a–b · 日本 é") == "a-b - ???? ?"
    assert as_ascii("a\tb\n") == "a\tb\n"
