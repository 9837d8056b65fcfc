"""Facts as lines, and what the sources page says of a feed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flywheel_tui.domain.feed import Budget, FeedState, SourceKind, tables_of
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.services.describe import Fact, Section
from flywheel_tui.tui.screens.sources.sections import source_sections, source_tone
from flywheel_tui.tui.widgets.facts import fact_lines
from flywheel_tui.tui.widgets.tone import Tone
from tests.tui.scripted import FINDING, NOW, WRONG_TOKEN, feed, pod


def shown(*facts: Fact, title: str = "Runner", width: int = 80) -> list[str]:
    lines = fact_lines([Section(title, facts)], width)
    assert all(line.width <= width for line in lines)
    return [line.text.rstrip() for line in lines]


def test_a_fact_names_its_source_and_age_at_the_right_edge() -> None:
    line = shown(Fact("name", "gl-linux", "prod/gitlab", 5.0, FeedState.LIVE))[1]
    assert line.startswith("   name            gl-linux")
    assert line.endswith("prod/gitlab 5s")
    assert len(line) == 80


def test_a_fact_that_nothing_confirms_is_marked_and_says_since_when() -> None:
    line = shown(Fact("name", "gl-linux", "prod/gitlab", 200.0, FeedState.STALE))[1]
    assert line.startswith(" ~ name")
    assert line.endswith("prod/gitlab stale 3m")


def test_a_long_value_is_wrapped_under_itself() -> None:
    lines = shown(Fact("tags", " ".join(["linux"] * 20)), width=60)
    assert len(lines) == 4
    assert all(line.startswith(" " * 19 + "linux") for line in lines[2:])


@pytest.mark.parametrize(("severity", "symbol"), [("critical", "✗"), ("warning", "▲"), ("ok", "●"), ("unknown", "?")])
def test_verdicts_have_symbol_and_word(severity: str, symbol: str) -> None:
    assert shown(Fact(severity, "summary"), title="Verdict")[1].startswith(f" {symbol} {severity}")


def test_a_pod_called_critical_is_no_verdict() -> None:
    assert shown(Fact("critical", "Running"), title="Pods")[1].startswith("   critical")


def test_hostile_facts_stay_one_line_each() -> None:
    lines = shown(Fact("[/evil]\n", "\x1b[31mred\n[bold]", "a\x07b", 1.0, FeedState.LIVE))
    assert len(lines) == 2
    assert "[/evil]" in lines[1]
    assert "red [bold]" in lines[1]


def test_everything_of_a_gone_thing_is_dimmed() -> None:
    lines = fact_lines([Section("Runner", (Fact("name", "a"),))], 80, gone=True)
    assert {line.tone for line in lines} == {Tone.STALE}


def facts_of(**changes: object) -> dict[str, str]:
    made = feed(SourceKind.GITLAB, **changes)  # type: ignore[arg-type]
    (section,) = source_sections(Snapshot(feeds={made.name: made}), NOW)
    assert section.title == "prod/gitlab"
    return {fact.label: fact.value for fact in section.facts}


def test_a_live_source_tells_rows_and_budget() -> None:
    told = facts_of(
        tables=tables_of(pod("a"), pod("b")),
        budget=Budget(limit=300, remaining=280, resets_at=NOW + timedelta(seconds=40), last_cycle=4),
    )
    assert told["state"] == "live: fresh and whole"
    assert told["last good reading"] == "5s ago"
    assert told["rows"] == "2 pods"
    assert told["requests"] == "280 of 300 left, renewed in 40s, 4 in the last reading"


def test_a_failing_source_tells_error_next_step_and_next_try() -> None:
    told = facts_of(age_s=None, failure=WRONG_TOKEN)
    assert told["state"] == "down: nothing was ever read"
    assert told["last good reading"] == "never"
    assert told["error"] == "GitHub does not accept the token (401). (since 3m)"
    assert told["  next"] == "Check the token of context prod: it may have expired."
    assert told["  next try"] == "in 40s; ctrl-r tries now"
    assert told["requests"] == "–"


def test_findings_are_told_with_their_next_step() -> None:
    told = facts_of(complete=False, findings=(FINDING,))
    assert told["state"].startswith("partial")
    assert told["missing right"] == "The token may not read runner managers."
    assert told["  next"] == "Give the token read_api on the group."


@pytest.mark.parametrize(("skew", "said"), [(90.0, "the server is 90s ahead of"), (-90.0, "the server is 90s behind")])
def test_a_clock_that_is_off_is_told(skew: float, said: str) -> None:
    assert said in facts_of(clock_skew_s=skew)["clock"]


def test_the_state_and_the_error_speak_by_their_tone() -> None:
    assert source_tone(Fact("state", "down", state=FeedState.DOWN)) is Tone.CRITICAL
    assert source_tone(Fact("error", "x")) is Tone.CRITICAL
    assert source_tone(Fact("rows", "2 pods")) is None
