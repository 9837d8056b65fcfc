from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.errors import BadAnswerError
from flywheel_tui.domain.metric import Sample
from flywheel_tui.sources.prometheus.catalogue import BY_NAME
from flywheel_tui.sources.prometheus.parse import number, parse_samples, parse_series
from flywheel_tui.sources.prometheus.promql import EVERYTHING, Selection
from flywheel_tui.sources.prometheus.windows import Grid
from flywheel_tui.sources.prometheus.wire import MatrixItem, VectorItem

CPU = BY_NAME["pod_cpu_cores"]
LABELS = {"namespace": "ci", "pod": "p-1", "container": "build"}


def item(labels: dict[str, str], value: str = "1") -> VectorItem:
    return VectorItem(metric=labels, value=(1.0, value))


def parsed(*items: VectorItem, selection: Selection = EVERYTHING) -> list[Sample]:
    return list(parse_samples("prod", CPU, items, selection=selection).values())


def test_a_row_has_its_identity_and_nothing_else_of_the_labels() -> None:
    (row,) = parsed(item({**LABELS, "node": "n1"}, "0.25"))
    assert row == Sample(
        key='prod/pod_cpu_cores{container="build",namespace="ci",pod="p-1"}',
        context="prod",
        query="pod_cpu_cores",
        labels=(("container", "build"), ("namespace", "ci"), ("pod", "p-1")),
        value=0.25,
    )


def test_a_renamed_label_is_the_metrics_own_and_wins() -> None:
    renamed = {"namespace": "monitoring", "exported_namespace": "ci", "pod": "ksm-0", "exported_pod": "p-1"}
    (row,) = parsed(item({**renamed, "container": "build"}))
    assert (row.label("namespace"), row.label("pod"), row.label("container")) == ("ci", "p-1", "build")
    assert row.label("exported_namespace") is None


def test_a_label_that_is_absent_or_empty_is_not_part_of_the_identity() -> None:
    (row,) = parsed(item({"namespace": "ci", "pod": ""}))
    assert row.key == 'prod/pod_cpu_cores{namespace="ci"}'


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "nan"])
def test_nothing_measured_is_unknown_and_not_a_number(value: str) -> None:
    assert parsed(item(LABELS, value))[0].value is None


@pytest.mark.parametrize(("value", "expected"), [("0", 0.0), ("1e-05", 0.00001), ("123456789012", 123456789012.0)])
def test_numbers(value: str, expected: float) -> None:
    assert number(value) == expected


def test_a_number_that_a_lookalike_sends_bare_is_read() -> None:
    (read,) = msgspec.json.decode(b'[{"metric":{"pod":"p"},"value":[1767436620.781,0.5]}]', type=list[VectorItem])
    assert parsed(read)[0].value == 0.5


def test_a_value_that_is_no_number_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswerError, match=r"no number \(lots\)"):
        parsed(item(LABELS, "lots\x07"))


def test_a_native_histogram_has_no_single_value() -> None:
    assert parsed(VectorItem(metric=LABELS))[0].value is None


def test_two_elements_for_one_row_count_once_and_a_known_value_wins() -> None:
    honoured = item(LABELS, "NaN")
    renamed = item({"exported_namespace": "ci", "namespace": "x", "pod": "p-1", "container": "build"}, "2")
    assert [row.value for row in parsed(honoured, renamed)] == [2.0]
    assert [row.value for row in parsed(renamed, item(LABELS, "3"))] == [2.0]


def test_rows_outside_the_selection_are_left_out() -> None:
    rows = [item({**LABELS, "namespace": name, "pod": pod}) for name in ("ci", "web") for pod in ("p-1", "p-2")]
    assert len(parsed(*rows, selection=Selection(namespaces=("ci", "other")))) == 2
    (row,) = parsed(*rows, selection=Selection(labels=(("pod", "p-2"),), namespaces=("web",)))
    assert (row.label("namespace"), row.label("pod")) == ("web", "p-2")


def test_namespaces_do_not_filter_what_carries_the_listeners_own_namespace() -> None:
    query = BY_NAME["arc_jobs_completed_1h"]
    (row,) = parse_samples(
        "prod", query, [item({"namespace": "arc-systems", "pod": "l"})], selection=Selection(namespaces=("ci",))
    ).values()
    assert row.label("namespace") == "arc-systems"


def test_hostile_label_values_are_cleaned_and_cannot_forge_a_key() -> None:
    (row,) = parsed(item({"namespace": "ci", "pod": '[/evil]\x1b[31m",container="x'}))
    assert row.label("pod") == '[/evil]",container="x'
    assert row.key == 'prod/pod_cpu_cores{namespace="ci",pod="[/evil]\\",container=\\"x"}'


labels = st.dictionaries(st.sampled_from(["namespace", "pod", "container"]), st.text(max_size=5), max_size=3)


@given(st.lists(labels, max_size=6))
def test_different_identities_have_different_keys(found: list[dict[str, str]]) -> None:
    rows = parsed(*map(item, found))
    assert len({row.key for row in rows}) == len(rows) == len({row.labels for row in rows})


def test_ten_thousand_rows() -> None:
    rows = [item({**LABELS, "pod": f"runner-{index}"}, str(index)) for index in range(10_000)]
    found = parsed(*rows)
    assert len(found) == 10_000
    assert found[-1].value == 9999.0


GRID = Grid(start=0, end=60, step=15)


def test_a_series_lies_on_the_whole_grid_and_gaps_are_gaps() -> None:
    (series,) = parse_series(CPU, [MatrixItem(metric=LABELS, values=((0, "1"), (45, "NaN"), (60.0, "3")))], GRID)
    assert [point.value for point in series.points] == [1.0, None, None, None, 3.0]
    assert [point.at.second for point in series.points] == [0, 15, 30, 45, 0]
    assert series.points[4].at == datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
    assert (series.query, series.step_s) == ("pod_cpu_cores", 15)


def test_a_value_beside_the_grid_is_not_drawn() -> None:
    (series,) = parse_series(CPU, [MatrixItem(metric=LABELS, values=((7, "1"), (75, "1")))], GRID)
    assert [point.value for point in series.points] == [None] * 5


def test_a_series_that_was_renamed_midway_is_one_line() -> None:
    before = MatrixItem(metric=LABELS, values=((0, "1"), (15, "2")))
    after = MatrixItem(
        metric={"namespace": "kube-system", "exported_namespace": "ci", "pod": "p-1", "container": "build"},
        values=((15, "9"), (30, "3")),
    )
    (series,) = parse_series(CPU, [before, after], GRID)
    assert [point.value for point in series.points] == [1.0, 2.0, 3.0, None, None]


def test_series_are_ordered_by_their_labels_and_filtered() -> None:
    items = [MatrixItem(metric={**LABELS, "pod": pod}) for pod in ("c", "a", "b")]
    assert [dict(found.labels)["pod"] for found in parse_series(CPU, items, GRID)] == ["a", "b", "c"]
    chosen = parse_series(CPU, items, GRID, selection=Selection(labels=(("pod", "b"),)))
    assert [dict(found.labels)["pod"] for found in chosen] == ["b"]
