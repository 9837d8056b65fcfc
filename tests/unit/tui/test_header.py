"""The header: what it says, what gives way on a narrow screen, and that nothing unknown becomes a figure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from flywheel_tui.config.settings import ContextSettings, Role
from flywheel_tui.domain.feed import Budget, Feed, SourceKind
from flywheel_tui.domain.fleet import FleetTotals
from flywheel_tui.domain.runner import Forge
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.frozen import FreezableFleet
from flywheel_tui.tui.keymap import make_keymap
from flywheel_tui.tui.widgets.header import header_lines
from flywheel_tui.tui.widgets.header_parts import Part, fit_parts
from flywheel_tui.tui.widgets.line import Piece
from flywheel_tui.tui.widgets.tone import Tone
from tests.tui.scripted import NOW, WRONG_TOKEN, ScriptedFleet, busy_picture, feed, live_feeds, picture, settings


class NoHelm:
    async def open_runner(self, key: str) -> None:
        raise AssertionError(key)

    async def command(self, text: str) -> None:
        raise AssertionError(text)

    def complete(self, text: str) -> Sequence[str]:
        raise AssertionError(text)

    def choose_scope(self, text: str) -> None:
        raise AssertionError(text)

    async def show_row(self, page: str, key: str) -> None:
        raise AssertionError(page, key)


def deck_of(**changes: object) -> Deck:
    fleet = FreezableFleet(ScriptedFleet())
    return Deck(settings(**changes), fleet, make_keymap(()), NoHelm(), NOW - timedelta(seconds=3))


def texts(
    shown: Picture, width: int = 120, *, short: bool = False, deck: Deck | None = None, **changes: object
) -> list[str]:
    lines = header_lines(deck or deck_of(**changes), shown, NOW, width, short=short)
    assert all(line.width <= width for line in lines)
    return [line.text.rstrip() for line in lines]


def of_feeds(*feeds: Feed) -> str:
    sources, _, clock = texts(picture((), feeds))[2].rpartition("  ")
    assert clock == "12:00Z"
    return sources.rstrip()


def test_nothing_read_is_not_a_fleet_of_nothing() -> None:
    first, second, _ = texts(picture((), [feed(SourceKind.GITLAB, age_s=None)]))
    assert "– runners" in first
    assert second == " – jobs running  – queued  – failed  – p95 wait  – alerts"


def test_zero_is_shown_where_it_is_known() -> None:
    shown = picture((), jobs_running=0, jobs_queued=0, failure_rate=0.0, queue_p95_s=0.0, alerts_firing=0)
    assert texts(shown)[:2] == [
        "  PROD prod   read only  0 runners",
        " 0 jobs running  0 queued  0% failed  0s p95 wait  0 alerts",
    ]


def test_a_picture_with_gaps_says_so() -> None:
    shown = busy_picture()
    totals = msgspec.structs.replace(shown.fleet.totals, partial=True)
    shown = Picture(shown.snapshot, msgspec.structs.replace(shown.fleet, totals=totals))
    assert all("partial" in texts(shown, width)[0] for width in (80, 120, 200))


def test_a_queue_of_one_forge_only_says_so() -> None:
    totals = FleetTotals(runners=1, by_status={}, jobs_queued=3, queue_covers=(Forge.GITHUB,))
    shown = Picture(busy_picture().snapshot, msgspec.structs.replace(busy_picture().fleet, totals=totals))
    assert "3 queued (github only)" in texts(shown)[1]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (feed(SourceKind.GITLAB, age_s=5), "GL live 5s"),
        (feed(SourceKind.GITLAB, age_s=125), "GL stale 2m"),
        (feed(SourceKind.GITLAB, age_s=5, complete=False), "GL partial 5s"),
        (feed(SourceKind.GITLAB, age_s=5, failure=WRONG_TOKEN), "GL stale 5s"),
        (feed(SourceKind.KUBERNETES, age_s=None, failure=WRONG_TOKEN), "K8S down 3m"),
        (feed(SourceKind.PROMETHEUS, age_s=None), "PROM reading 3s"),
    ],
)
def test_each_state_has_its_word_and_age(found: Feed, said: str) -> None:
    assert of_feeds(found).strip() == said


def test_of_several_contexts_the_worst_is_shown_and_named() -> None:
    feeds = (
        feed(SourceKind.GITLAB, context="eu", age_s=3),
        feed(SourceKind.GITLAB, context="us", age_s=180),
        feed(SourceKind.GITHUB, context="eu", age_s=4),
    )
    assert of_feeds(*feeds).strip() == "GL stale 3m us  GH live 4s"


def test_a_small_budget_is_shown_for_any_source_and_a_large_one_for_forges() -> None:
    plenty = Budget(limit=300, remaining=290)
    little = Budget(limit=300, remaining=12)
    assert of_feeds(feed(SourceKind.GITLAB, budget=plenty)).strip() == "GL live 5s  290/300 left"
    assert of_feeds(feed(SourceKind.PROMETHEUS, budget=plenty)).strip() == "PROM live 5s"
    assert of_feeds(feed(SourceKind.PROMETHEUS, budget=little)).strip() == "PROM live 5s  12/300 left"


def test_without_a_source_the_header_says_so() -> None:
    assert of_feeds() == " no source is configured"


def test_a_failure_is_a_sentence_with_the_next_step() -> None:
    failing = feed(SourceKind.GITHUB, age_s=None, failure=WRONG_TOKEN)
    shown = picture((), [*live_feeds()[:1], failing])
    assert texts(shown, 160)[2:] == [
        " ✗ prod/github: GitHub does not accept the token (401). Check the token of context prod: it may have expired."
        "  :sources"
    ]
    assert texts(shown, 80)[3:] == [
        " ✗ prod/github: GitHub does not accept the token (401).  :sources",
        "   Check the token of context prod: it may have expired.",
    ]


def test_of_several_failures_the_worst_is_told_and_the_others_are_counted() -> None:
    stale = feed(SourceKind.GITLAB, failure=msgspec.structs.replace(WRONG_TOKEN, message="Late.", next_step=""))
    down = feed(SourceKind.GITHUB, age_s=None, failure=msgspec.structs.replace(WRONG_TOKEN, next_step=""))
    assert texts(picture((), [stale, down]))[3] == (
        " ✗ prod/github: GitHub does not accept the token (401).  +1 more, :sources"
    )


def test_the_number_of_lines_does_not_depend_on_ages() -> None:
    for width in (60, 80, 120, 159, 160, 200):
        counts = set()
        for age in (1, 59, 100, 7200):
            feeds = [
                msgspec.structs.replace(row, interval_s=1e6, fetched_at=NOW - timedelta(seconds=age))
                for row in live_feeds()
            ]
            counts.add(len(texts(busy_picture(feeds), width)))
        assert counts == {3 if width < 160 else 2}


def test_hostile_context_names_are_cleaned_and_cut() -> None:
    contexts = (ContextSettings(name="\x1b[31m[/evil]" + "x" * 60, protected=True),)
    first = texts(busy_picture(), contexts=contexts)[0]
    assert "\x1b" not in first
    assert "[/evil]" in first
    assert "10 runners" in first


def test_the_least_important_parts_give_way_first() -> None:
    parts = [Part(0, (Piece("first"),)), Part(2, (Piece("third"),)), Part(1, (Piece("second", Tone.KEY),))]
    assert fit_parts(parts, 40).text == " first  third  second"
    assert fit_parts(parts, 20).text == " first  second"
    assert fit_parts(parts, 12).text == " first"
    assert fit_parts(parts, 4).text == " fi…"


def figures(line: str) -> int:
    """Return the sum of the counts by status in the first line, what is left out included."""
    return sum(int(found) for found in re.findall(r"(?:[✗▲○◌●◆‖◇?] |\+)(\d+)", line))


@pytest.mark.parametrize("width", [40, 60, 70, 80, 100, 120, 160, 200])
def test_the_counts_add_up_at_any_width(width: int) -> None:
    first = texts(busy_picture(), width)[0]
    assert figures(first) == 10
    assert "10 runners" in first


def test_words_give_way_before_counts_do() -> None:
    assert "● 1  ◆ 2  ‖ 1" in texts(busy_picture(), 80)[0]
    assert "● 1 online" in texts(busy_picture(), 200)[0]


def test_a_source_that_is_well_gives_way_before_one_that_is_not() -> None:
    failing = feed(SourceKind.GITLAB, age_s=300)
    shown = picture((), [failing, *live_feeds()[1:]])
    line = texts(shown, 60)[2]
    assert "GL stale" in line
    assert re.search(r"\+\d more", line)


def test_figures_that_a_silent_source_told_are_marked() -> None:
    silent = feed(SourceKind.PROMETHEUS, age_s=300)
    feeds = [silent if row.kind is SourceKind.PROMETHEUS else row for row in live_feeds()]
    second = texts(busy_picture(feeds))[1]
    assert second == " 84 jobs running  ~44 queued  ~2% failed  ~4m p95 wait  2 alerts"
    assert "~" not in texts(busy_picture())[1]


def test_the_short_header_says_everything_in_one_line() -> None:
    (line,) = texts(busy_picture(), 80, short=True)
    assert "PROD prod" in line
    assert "RO" in line.split()
    assert line.endswith("12:00Z")


def test_the_short_header_keeps_trouble_before_anything_that_is_well() -> None:
    feeds = [
        feed(SourceKind.GITLAB, age_s=3, budget=Budget(limit=2000, remaining=820)),
        feed(SourceKind.GITHUB, age_s=900),
        feed(SourceKind.PROMETHEUS, age_s=3),
    ]
    wide = texts(picture((), feeds), 120, short=True)[0]
    assert all(words in wide for words in ("GL 41%", "GH stale 15m", "PROM ok"))
    narrow = texts(picture((), feeds), 45, short=True)[0]
    assert "GH~15m" in narrow
    assert "PROM ok" not in narrow


def test_the_short_header_has_one_line_for_what_is_wrong() -> None:
    failing = feed(SourceKind.GITHUB, age_s=None, failure=WRONG_TOKEN)
    lines = texts(picture((), [failing]), 80, short=True)
    assert len(lines) == 2
    assert "GitHub does not accept the token" in lines[1]


def test_the_short_header_leaves_out_what_nobody_knows_but_never_the_queue_that_is_known() -> None:
    assert " q7 " in texts(picture((), jobs_queued=7), 80, short=True)[0]
    assert " q" not in texts(picture((), jobs_queued=None), 80, short=True)[0]


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ((Role.VIEWER, Role.VIEWER), "read only"),
        ((Role.OPERATOR, Role.OPERATOR), "operator"),
        ((Role.VIEWER, Role.ADMIN), "admin, eu read only"),
        ((Role.OPERATOR, Role.ADMIN), "admin"),
    ],
)
def test_the_role_is_told_by_context_where_they_differ(roles: tuple[Role, Role], said: str) -> None:
    contexts = tuple(ContextSettings(name=name, role=role) for name, role in zip(("eu", "us"), roles, strict=True))
    assert texts(picture(()), 160, contexts=contexts)[0].strip().startswith(f"eu,us  {said}  ")


def test_a_picture_that_stands_still_says_since_when_and_what_waits() -> None:
    scripted = ScriptedFleet(picture(()))
    fleet = FreezableFleet(scripted)
    fleet.subscribe(lambda shown, change: None)
    deck = Deck(settings(), fleet, make_keymap(()), NoHelm(), NOW)
    fleet.freeze()
    assert "FROZEN 12:00:00Z  " in texts(picture(()), deck=deck)[0] + "  "
    scripted.show(busy_picture())
    waiting = fleet.waiting
    assert waiting == len(busy_picture().fleet.runners) + len(busy_picture().fleet.pods) + len(
        busy_picture().fleet.alerts
    ) + len(busy_picture().fleet.scale_sets)
    assert f"FROZEN 12:00:00Z +{waiting} waiting" in texts(picture(()), deck=deck)[0]
    assert f"FROZEN +{waiting}" in texts(picture(()), 60, short=True, deck=deck)[0]


def test_a_chosen_rate_is_shown() -> None:
    deck = deck_of()
    assert "every" not in texts(picture((), live_feeds()), deck=deck)[2]
    deck.look.rate_s = 30.0
    assert "every 30s" in texts(picture((), live_feeds()), deck=deck)[2]


def test_the_short_header_says_what_the_console_may_do() -> None:
    contexts = (ContextSettings(name="prod", role=Role.OPERATOR),)
    assert "operator" in texts(busy_picture(), 80, short=True, contexts=contexts)[0].split()


def test_the_short_header_keeps_the_fleet_beside_sources_that_are_all_silent() -> None:
    feeds = [feed(kind, age_s=3 * 3600, context="prod") for kind in SourceKind]
    line = texts(busy_picture(feeds), 80, short=True)[0]
    assert all(words in line for words in ("GL GH K8S PROM AM", "3h", "run 10", "✗2", "q~44", "alerts ~2"))
