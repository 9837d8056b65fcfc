"""Figures, targets and the report."""

from __future__ import annotations

from benchmarks.harness import report, results
from benchmarks.harness.figures import Outcome, percentile
from benchmarks.harness.targets import judge
from benchmarks.harness.terminal import ROOT
from tests.unit.benchmarks import build

DOCUMENT = ROOT / "docs" / "performance.md"


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = list(range(1, 101))
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile(values, 0.99)) == (50, 95, 99)
    assert percentile([7.0], 0.99) == 7.0
    assert percentile([1.0, 2.0, 3.0], 0.99) == 3.0


def test_attempts_without_a_figure_are_told() -> None:
    made = Outcome()
    made.add("sort", "k9s", "10 rows", "ms", [], missed=4)
    assert made.figures == []
    assert [(each.what, each.why) for each in made.skipped] == [
        ("sort, k9s, 10 rows", "none of 4 attempts gave a figure")
    ]


def verdicts(found: results.Results) -> dict[str, bool | None]:
    return {each.target.text: each.met for each in judge(found)}


def test_targets_are_computed() -> None:
    grid = build.outcome(
        ("sort", "flywheel", "10,000 rows, idle", "ms", [40.0, 51.0]),
        ("filter", "flywheel", "10,000 rows, idle", "ms", [40.0, 49.0]),
    )
    told = verdicts(build.results(grid=grid))
    assert told["sort of 10,000 rows painted, p99"] is False
    assert told["filter of 10,000 rows painted, p99"] is True
    assert told["first frame, against a bare Textual app"] is None


def test_a_ratio_is_of_one_run() -> None:
    start = build.outcome(
        *(("first frame", "bare Textual app", size, "ms", 100.0) for size in ("80x24", "200x50")),
        ("first frame", "flywheel", "80x24", "ms", 120.0),
        ("first frame", "flywheel", "200x50", "ms", 131.0),
    )
    page = report.targets_of(build.results(start=start))
    assert "| first frame, against a bare Textual app | 1.30x | 1.31x | **missed** |" in page


def test_where_k9s_wins_the_table_says_so_and_why() -> None:
    k9s = build.outcome(
        ("move", "flywheel", "2,000 pods, idle", "ms", 9.0),
        ("move", "k9s", "2,000 pods, idle", "ms", 6.0),
        ("link lost: rows on the screen", "flywheel", "10 s after", "rows", 40.0),
        ("link lost: rows on the screen", "k9s", "10 s after", "rows", 0.0),
    )
    page = report.tables_of(build.results(k9s=k9s))
    assert "| move | 2,000 pods, idle | ms | 9 | 6 | 1.50 | **k9s** |" in page
    assert "Where k9s wins at move:" in page
    assert "| link lost: rows on the screen | 10 s after | rows | 40 | 0 | – | flywheel |" in page


def test_what_was_not_measured_is_listed() -> None:
    grid = Outcome()
    grid.skip("htop", "there is none here")
    assert "- htop: there is none here" in report.tables_of(build.results(grid=grid))


def test_only_parts_of_this_machine_are_renewed() -> None:
    other = "<!-- benchmarks elsewhere: targets -->\nold\n<!-- end of benchmarks -->"
    own = other.replace("elsewhere", build.MACHINE.slug)
    document = report.filled(f"{other}\n{own}\n", build.results())
    assert document.startswith(other)
    assert document.count("old") == 1
    assert report.filled(document, build.results()) == document


def test_every_reason_is_of_something_that_is_measured() -> None:
    measured = {measure for table in report.K9S_TABLES for measure in table.measures}
    assert set(report.WHY_K9S_WINS) - measured == set()


def test_what_is_committed_is_what_was_measured() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    known = {path.stem: results.read(path) for path in results.FOLDER.glob("*.json")}
    for name, found in known.items():
        page = (results.FOLDER / f"{name}.md").read_text(encoding="utf-8")
        assert (name, page) == (found.machine.slug, report.results_page(found))
        assert report.filled(document, found) == document
    if "## Against k9s" in document:
        assert {slug for slug, _ in report.markers_of(document)} <= set(known)


def test_the_document_has_all_parts() -> None:
    assert [part for _, part in report.markers_of(DOCUMENT.read_text(encoding="utf-8"))] == [
        "machine",
        "targets",
        "missed",
        "tables",
    ]
