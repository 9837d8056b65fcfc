"""What is typed at the ``:`` prompt."""

from __future__ import annotations

import pytest

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.tui.command import Command, parse_command
from flywheel_tui.tui.commands import COMMANDS


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("pods", Command("pods", "")),
        ("  :po  ", Command("pods", "")),
        ("r", Command("runners", "")),
        ("RUNNERS", Command("runners", "")),
        ("ru gpu forge:github", Command("runners", "gpu forge:github")),
        ("q", Command("quit", "")),
        ("q!", Command("quit", "")),
        ("sort cpu desc", Command("sort", "cpu desc")),
        ("sca", Command("scalesets", "")),
        ("ref", Command("refresh", "")),
    ],
)
def test_names_aliases_and_unique_beginnings(text: str, command: Command) -> None:
    assert parse_command(text, COMMANDS) == command


@pytest.mark.parametrize("text", ["", "   ", ":"])
def test_nothing_is_no_command(text: str) -> None:
    assert parse_command(text, COMMANDS) is None


@pytest.mark.parametrize(
    ("word", "meant"), [("pdos", "pods"), ("runer", "runners"), ("alret", "alerts"), ("scalset", "scalesets")]
)
def test_a_near_miss_is_told_never_guessed(word: str, meant: str) -> None:
    with pytest.raises(UsageError, match=rf"There is no command {word}\. Did you mean {meant}\?"):
        parse_command(word, COMMANDS)


def test_a_beginning_of_several_is_told() -> None:
    with pytest.raises(UsageError, match="so could be sort or sources"):
        parse_command("so", COMMANDS)


def test_something_unlike_anything_points_to_the_help() -> None:
    with pytest.raises(UsageError, match=r"\? lists all commands"):
        parse_command("xyzzy", COMMANDS)
