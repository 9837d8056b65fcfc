from __future__ import annotations

import pytest

from flywheel_tui.insight.tokens import RunnerTokens
from tests.unit.insight import build


@pytest.mark.parametrize(
    ("known", "asked", "found"),
    [
        ("abcdefghi", "abcdefghi", True),
        ("abcdefghi", "abcdefgh", True),
        ("abcdefgh", "abcdefghi", True),
        ("abcdefghi", "abcdefghX", False),
        ("abcdefghi", "abcdefg", False),
        ("abcdefghi", "", False),
        ("abc", "abc", True),
    ],
)
def test_tokens_match_as_far_as_both_are_known(known: str, asked: str, found: bool) -> None:
    tokens = RunnerTokens([build.gitlab(short_token=known)])
    assert tokens.by_token(asked) == ("prod/gitlab/7" if found else None)


def test_the_token_decides_before_the_system_id() -> None:
    tokens = RunnerTokens([build.gitlab("7"), build.gitlab("8")])
    assert tokens.find("tok000008", "r_7") == "prod/gitlab/8"
    assert tokens.find("unknown00", "r_7") == "prod/gitlab/7"
    assert tokens.find(None, None) is None


def test_an_empty_system_id_is_nobodys() -> None:
    tokens = RunnerTokens([build.gitlab(managers=(build.manager(""),))])
    assert tokens.by_system_id("") is None
