from __future__ import annotations

import re

import promql_parser
import pytest

from flywheel_tui.domain.errors import RefusedError, UpstreamTimeoutError
from flywheel_tui.sources.prometheus.catalogue import CATALOGUE
from flywheel_tui.sources.prometheus.findings import (
    absence_findings,
    failure_findings,
    note_findings,
    presence_query,
    version_finding,
)
from flywheel_tui.sources.prometheus.query import Family
from flywheel_tui.sources.prometheus.wire import BuildInfo


def test_one_query_asks_for_every_metric_and_no_other() -> None:
    counted = promql_parser.parse(presence_query(Family))
    assert isinstance(counted, promql_parser.AggregateExpr)
    assert isinstance(counted.expr, promql_parser.VectorSelector)
    (matcher,) = counted.expr.matchers.matchers
    assert matcher.name == "__name__"
    for name in {name for query in CATALOGUE for name in query.metrics}:
        assert re.fullmatch(matcher.value, name)
    assert not re.fullmatch(matcher.value, "gha_assigned_jobs_x")


def test_the_query_asks_only_for_what_is_expected() -> None:
    text = presence_query([Family.ARC_LISTENER])
    assert "gha_assigned_jobs" in text
    assert "gitlab_runner_jobs" not in text


@pytest.mark.parametrize("family", Family)
def test_an_absent_family_is_told_with_a_way_out(family: Family) -> None:
    present = frozenset(name for query in CATALOGUE if query.families != (family,) for name in query.metrics)
    own = {name for query in CATALOGUE if query.families == (family,) for name in query.metrics}
    (finding,) = absence_findings(Family, present - own)
    assert finding.limits
    assert "unknown" in finding.text
    assert finding.next_step


def test_arc_listeners_without_metrics() -> None:
    (finding,) = absence_findings([Family.ARC_LISTENER], frozenset())
    assert finding.text == "ARC listener metrics are not scraped: ARC's queue and busy figures are unknown."
    assert "metrics.listenerAddr" in finding.next_step


def test_one_metric_of_a_family_is_enough() -> None:
    assert absence_findings([Family.GITLAB_RUNNER], frozenset({"gitlab_runner_jobs"})) == ()


def test_versions() -> None:
    assert version_finding(BuildInfo(version="2.42.0")).text == "Prometheus 2.42.0"
    assert version_finding(BuildInfo(version="2.14.1", application="Grafana Mimir")).text == "Grafana Mimir 2.14.1"
    assert "does not tell its version" in version_finding(None).text
    assert version_finding(BuildInfo()) == version_finding(None)
    assert not version_finding(None).limits


def test_failures_with_one_reason_are_one_finding() -> None:
    refused = RefusedError("Prometheus does not accept the request: x.", next_step="Look.")
    slow = UpstreamTimeoutError("Prometheus stopped.")
    first, second = failure_findings({"a": refused, "b": slow, "c": refused, "d": refused, "e": refused, "f": refused})
    assert first.text == "a, c, d and 2 more unknown: Prometheus does not accept the request: x."
    assert (first.limits, first.next_step) == (True, "Look.")
    assert second.text == "b unknown: Prometheus stopped."


def test_remarks_are_told_once_with_their_queries_and_not_without_end() -> None:
    (finding,) = note_findings("upstream_warning", {"w": ["a", "a", "b"]}, limits=True)
    assert (finding.text, finding.limits) == ("Prometheus remarks on a, b: w", True)
    many = note_findings("upstream_info", {f"note {index}": ["a"] for index in range(12)}, limits=False)
    assert len(many) == 11
    assert many[-1].text == "… and 2 more remarks."
