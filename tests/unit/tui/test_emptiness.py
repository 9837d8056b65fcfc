"""Why a list shows no row, and what shows one."""

from __future__ import annotations

import pytest

from flywheel_tui.services.listing.registry import KINDS
from flywheel_tui.services.listing.unjoined import UNJOINED
from flywheel_tui.tui.emptiness import Narrowing, why_empty, why_hidden
from flywheel_tui.tui.keymap import make_keymap
from tests.tui.scripted import NOW, live_feeds

KEYS = make_keymap(())


@pytest.mark.parametrize(
    ("narrowing", "said"),
    [
        (Narrowing(), []),
        (Narrowing(filter_text="x"), ["None of 3 pods matches /x", "esc takes the filter away."]),
        (
            Narrowing(faults_only=True),
            ["Only faults are shown, and there are none.", "ctrl-z shows everything again."],
        ),
        (
            Narrowing(scope="infra"),
            ["None of 3 pods is in the scope infra.", "0 shows everything, :scope another part."],
        ),
        (
            Narrowing("x", True, "infra"),
            [
                "None of 3 pods matches /x",
                "esc takes the filter away.",
                "Only faults are shown.",
                "ctrl-z shows everything again.",
                "Only the scope infra is shown.",
                "0 shows everything, :scope another part.",
            ],
        ),
    ],
)
def test_each_narrowing_says_how_to_leave_it(narrowing: Narrowing, said: list[str]) -> None:
    assert [text for text, _ in why_hidden("pods", 3, KEYS, narrowing)] == said


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_listed_has_a_noun(kind: object) -> None:
    assert getattr(kind, "things", "").rpartition(" ")[2].endswith("s")


def test_nothing_of_a_kind_reads_as_a_sentence() -> None:
    said = why_empty(UNJOINED.things, live_feeds(), None, NOW, NOW, told=True)
    assert said[0][0].startswith("No unjoined things: prod/gitlab,")
