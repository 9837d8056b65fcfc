from __future__ import annotations

import re

import promql_parser
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.sources.prometheus.promql import (
    Selection,
    duration,
    equals,
    labels_by,
    one_of,
    quoted,
    regex_literal,
    series,
)

NASTY = [
    '"} or vector(1) #',
    "a\\",
    "${x}",
    "a.b|c",
    "[/evil]",
    "\x1b[31mred",
    "",
    "line\nbreak",
    "\u202e",
    "e\u0301",
    "😀",
]


def matcher_of(text: str) -> promql_parser.Matcher:
    """Return the one matcher of a selector, as an independent parser reads it."""
    selector = promql_parser.parse(text)
    assert isinstance(selector, promql_parser.VectorSelector)
    assert selector.name == "metric"
    (matcher,) = selector.matchers.matchers
    return matcher


@pytest.mark.parametrize("text", NASTY)
def test_known_nasty_names_arrive_as_they_are(text: str) -> None:
    assert matcher_of(f"metric{{{equals('pod', text)}}}").value == text


@given(st.text())
@example("\x00\x7f\x85\ufeff")
def test_any_text_is_one_label_value_and_nothing_more(text: str) -> None:
    matcher = matcher_of(f"metric{{{equals('pod', text)}}}")
    assert (matcher.name, matcher.op, matcher.value) == ("pod", promql_parser.MatchOp.Equal, text)


@given(st.text(), st.text())
def test_a_regex_literal_matches_its_text_only(text: str, other: str) -> None:
    pattern = matcher_of(f"metric{{pod=~{quoted(regex_literal(text))}}}").value
    assert re.fullmatch(pattern, text)
    assert bool(re.fullmatch(pattern, other)) is (other == text)


@given(st.lists(st.text(), min_size=2, max_size=4), st.text())
def test_a_choice_matches_its_members_only(values: list[str], other: str) -> None:
    matcher = matcher_of(f"metric{{{one_of('pod', values)}}}")
    assert matcher.op == promql_parser.MatchOp.Re
    assert all(re.fullmatch(matcher.value, value) for value in values)
    assert bool(re.fullmatch(matcher.value, other)) is (other in values)


def test_a_choice_of_one_is_an_equality() -> None:
    assert one_of("pod", ["a.b"]) == 'pod="a.b"'


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(UsageError, match="not valid Unicode"):
        quoted("\ud800")


def test_by_keeps_both_forms_of_a_label_that_a_scrape_may_rename() -> None:
    assert labels_by("namespace", "runner") == "namespace, exported_namespace, runner"


def test_a_series_without_selection_is_the_bare_metric() -> None:
    assert series("up") == "up"
    assert series("up", offset="1h") == "up offset 1h"
    assert series("c_total", 'a="b"', function="rate", window_s=300) == 'rate(c_total{a="b"}[5m])'


def test_a_selection_by_a_renamed_label_takes_both_forms() -> None:
    selection = Selection(labels=(("pod", "p"), ("job_result", "failed")))
    assert (
        series("m", selection=selection)
        == '(m{job_result="failed",pod="p"} or m{job_result="failed",exported_pod="p"})'
    )


def test_namespaces_narrow_only_what_lives_in_them() -> None:
    selection = Selection(namespaces=("a", "b.c"))
    assert series("m", selection=selection) == "m"
    assert (
        series("m", selection=selection, namespaced=True, function="rate", window_s=60)
        == r'(rate(m{namespace=~"a|b\\.c"}[1m]) or rate(m{exported_namespace=~"a|b\\.c"}[1m]))'
    )


@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_any_selection_makes_a_query_that_parses(pod: str, reason: str, namespaces: list[str]) -> None:
    selection = Selection(labels=(("pod", pod), ("failure_reason", reason)), namespaces=tuple(namespaces))
    promql_parser.parse(series("m", selection=selection, namespaced=True, function="increase", window_s=3600))


@pytest.mark.parametrize(("seconds", "text"), [(15, "15s"), (90, "90s"), (300, "5m"), (3600, "1h"), (86_400, "24h")])
def test_durations(seconds: int, text: str) -> None:
    assert duration(seconds) == text
