from __future__ import annotations

import promql_parser
import pytest

from flywheel_tui.sources.prometheus.catalogue import BY_NAME, CATALOGUE
from flywheel_tui.sources.prometheus.promql import RENAMED, Selection
from flywheel_tui.sources.prometheus.query import RATE_WINDOW_S, CatalogueQuery, Family, Parameters

ASKED_FOR = {
    *(
        "pod_cpu_cores",
        "pod_memory_bytes",
        "pod_cpu_request",
        "pod_cpu_limit",
        "pod_memory_request",
        "pod_memory_limit",
    ),
    *("gitlab_jobs_running", "gitlab_job_limit", "gitlab_jobs_completed_1h", "gitlab_jobs_failed_1h"),
    *("gitlab_queue_p95_s", "gitlab_manager_version"),
    *("arc_assigned_jobs", "arc_running_jobs", "arc_registered_runners", "arc_busy_runners", "arc_idle_runners"),
    *("arc_desired_runners", "arc_max_runners", "arc_jobs_completed_1h", "arc_job_startup_p95_s"),
    *("arc_running_listeners", "arc_pending_runners", "arc_failed_runners"),
    *("fleet_failure_rate_1h", "fleet_queue_p95_s"),
}
ALL = pytest.mark.parametrize("query", CATALOGUE, ids=lambda query: query.name)


def selectors(text: str) -> list[promql_parser.VectorSelector]:
    """Return every selector in a query, found by an independent parser."""
    found: list[promql_parser.VectorSelector] = []

    def collect(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        elif isinstance(node, promql_parser.MatrixSelector):
            found.append(node.vector_selector)

    promql_parser.walk(promql_parser.parse(text), collect)
    return found


def test_the_catalogue_has_every_named_question_once() -> None:
    assert {query.name for query in CATALOGUE} == ASKED_FOR
    assert len(CATALOGUE) == len(BY_NAME) == len(ASKED_FOR)


@ALL
def test_the_text_reads_the_metrics_that_the_entry_names_and_no_other(query: CatalogueQuery) -> None:
    assert {selector.name for selector in selectors(query.instant())} - {"up"} == set(query.metrics)


@ALL
def test_every_label_of_the_identity_survives_the_aggregation(query: CatalogueQuery) -> None:
    text = query.instant()
    for label in query.labels:
        assert label in text
        if label in RENAMED:
            assert f"exported_{label}" in text


@ALL
def test_hostile_names_stay_inside_their_quotes(query: CatalogueQuery) -> None:
    hostile = '"} or vector(1) # \\'
    selection = Selection(labels=tuple((label, hostile) for label in query.labels), namespaces=(hostile, "b"))
    for selector in selectors(query.instant(Parameters(selection=selection))):
        assert selector.name in {"up", *query.metrics}


@ALL
def test_a_longer_rate_window_changes_only_rates_that_are_not_of_the_last_hour(query: CatalogueQuery) -> None:
    changed = query.instant(Parameters(rate_window_s=1800)) != query.instant()
    assert changed is (query.name == "pod_cpu_cores")


def test_the_rate_window_holds_four_scrapes_of_a_minute() -> None:
    assert RATE_WINDOW_S >= 4 * 60
    assert "[5m]" in BY_NAME["pod_cpu_cores"].instant()


@pytest.mark.parametrize("name", ["pod_cpu_cores", "pod_memory_bytes"])
def test_pod_usage_leaves_out_the_pause_container_and_the_pods_own_cgroup(name: str) -> None:
    assert 'container!="",container!="POD"' in BY_NAME[name].instant()


def test_each_family_has_queries_of_its_own() -> None:
    """Without one the absence of the family could not be told."""
    assert {query.families for query in CATALOGUE if len(query.families) == 1} == {(family,) for family in Family}


def test_entries_say_what_they_mean() -> None:
    units = {"cores", "bytes", "jobs", "runners", "listeners", "seconds", "ratio", "info"}
    assert {query.unit for query in CATALOGUE} <= units
    assert all(query.help.endswith(".") for query in CATALOGUE)
