"""A text is found wherever it stands, and only what changed is looked at anew."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import Runner, Unjoined
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.services.listing.field import Kind
from flywheel_tui.services.listing.find import Finder, Hit
from flywheel_tui.services.listing.registry import KINDS
from flywheel_tui.services.listing.runners import RUNNERS
from tests.tui.scripted import FINDING, WRONG_TOKEN, alert, feed, picture, pod, runner, scale_set

PICTURE = picture(
    [runner("gl-gpu-1", tags=("nix", "gpu"), owner="rosa"), runner("gl-old", owner=None)],
    [feed(SourceKind.GITLAB, findings=(FINDING,)), feed(SourceKind.GITHUB, age_s=None, failure=WRONG_TOKEN)],
    pods=[pod("arc-gpu-abc")],
    scale_sets=[scale_set("arc-gpu")],
    alerts=[alert("GpuHot", summary="the gpu of rosa is hot")],
    unjoined=(
        Unjoined(key="prod/release/gpu-old", context="prod", kind="release", name="gpu-old", reason="no runner"),
    ),
)


def found(text: str, where: Picture = PICTURE, finder: Finder | None = None) -> list[Hit]:
    return [hit for hits in (finder or Finder()).search(text, where) for hit in hits]


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        (
            "GPU",
            ["runners name", "scalesets name", "pods name", "alerts name", "unjoined name"],
        ),
        ("rosa", ["runners owner", "alerts summary"]),
        ("gpu hot", ["alerts name"]),
        ("hot rosa", ["alerts summary"]),
        ("nix gpu", ["runners tag"]),
        ("arc-runners/arc-gpu-abc", ["pods name"]),
        ("prod/github", ["sources name"]),
        ("401", ["sources error"]),
        ("read_api", ["sources next step"]),
        ("", []),
        ("   ", []),
        ("nothing like that", []),
    ],
)
def test_where_a_text_is_found(text: str, hits: list[str]) -> None:
    assert [f"{hit.kind} {hit.where}" for hit in found(text)] == hits


def test_a_hit_leads_to_its_row() -> None:
    for hit in found("gpu"):
        kind = next(kind for kind in KINDS if kind.name == hit.kind)
        assert hit.row in kind.rows(PICTURE.fleet)
    assert len({hit.key for hit in found("gpu")}) == len(found("gpu"))


def test_a_long_text_is_shown_around_the_word() -> None:
    hit = found("needle", picture(alerts=[alert("Hay", summary="straw " * 100 + "needle" + " straw" * 100)]))[0]
    assert "needle" in hit.text
    assert hit.text.startswith("…")
    assert hit.text.endswith("…")
    assert len(hit.text) < 170


def test_only_rows_that_changed_are_read_again() -> None:
    read: list[str] = []

    def label(row: Runner) -> str:
        read.append(row.name)
        return row.name

    kind: Kind[Any] = msgspec.structs.replace(RUNNERS, label=label)
    finder = Finder([kind])
    rows = {row.key: row for row in (runner(f"r{number}") for number in range(250))}
    first = picture(rows.values())
    steps = list(finder.search("zzz", first))
    assert len(steps) == 4
    assert len(read) == 250
    rows["prod/gitlab/r7"] = msgspec.structs.replace(rows["prod/gitlab/r7"], owner="zzz")
    read.clear()
    assert [hit.row for hit in found("zzz", picture(rows.values()), finder)] == ["prod/gitlab/r7"]
    assert set(read) == {"r7"}


def test_a_kind_that_comes_later_is_searched_as_well() -> None:
    later: Kind[Any] = msgspec.structs.replace(RUNNERS, name="machines")
    assert [hit.kind for hit in found("gl-old", PICTURE, Finder([later]))] == ["machines"]
