"""The part of the fleet that the console looks at."""

from __future__ import annotations

import pytest

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.tui.finding.scope import EVERYTHING, names_in, parse_scope


@pytest.mark.parametrize(
    ("text", "names", "holds"),
    [
        ("", ["prod"], True),
        ("all", ["prod"], True),
        ("prod", ["prod", "gitlab"], True),
        ("PROD", ["prod"], True),
        ("prod", ["production"], False),
        ("prod,lab", ["lab"], True),
        ("prod,lab", ["gitlab"], False),
        ("!lab", ["prod"], True),
        ("!lab", ["prod", "lab"], False),
        ("prod, !lab", ["prod", "lab"], False),
        ("!lab", [], True),
        ("prod", [], False),
    ],
)
def test_what_is_in_a_scope(text: str, names: list[str], holds: bool) -> None:
    assert parse_scope(text).holds(names) is holds
    assert parse_scope(text).holds(frozenset(names)) is holds


def test_a_scope_is_shown_as_it_was_typed() -> None:
    assert parse_scope(" Prod , !lab ").text == "Prod,!lab"
    assert names_in(parse_scope("Prod,!lab")) == {"prod", "lab"}
    assert parse_scope("*") is EVERYTHING
    assert not parse_scope("all")


@pytest.mark.parametrize("text", ["!", "a,", ",", "a,!,b"])
def test_a_scope_without_a_name_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="lacks a name"):
        parse_scope(text)
