"""What a line at a prompt could become."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.tui.command import Takes
from flywheel_tui.tui.commands import COMMANDS
from flywheel_tui.tui.finding.completion import complete_command, complete_filter
from tests.tui.scripted import runner

ROWS = (
    runner("gl-one", tags=("nix", "gpu"), owner="team a"),
    runner("gl-two", tags=("gpu",), owner="infra"),
    runner("gl-three", tags=None, owner=None),
)
WORDS = {
    Takes.SCOPE: lambda: ["prod", "infra", "infra/build", "Prod"],
    Takes.RUNNER: lambda: ["gl-two", "gl-one", "gl-one", "gh-1"],
    Takes.VIEW: lambda: ["nights"],
    Takes.FIELD: lambda: ["cpu", "context"],
    Takes.GROUPING: lambda: ["forge", "none"],
}


def filters(text: str) -> Sequence[str]:
    return complete_filter(text, RUNNERS.fields, lambda: ROWS)


def commands(text: str) -> Sequence[str]:
    return complete_command(text, COMMANDS, WORDS, {"runners": filters, "filter": filters})


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("al", ["alerts"]),
        ("un", ["unjoined", "unfold", "unmark", "unview"]),
        ("describe gl", ["describe gl-one", "describe gl-two"]),
        ("desc GH", ["desc gh-1"]),
        ("scope infra", ["scope infra", "scope infra/build"]),
        ("ns prod,inf", ["ns prod,infra", "ns prod,infra/build"]),
        ("scope !infra/", ["scope !infra/build"]),
        ("sort c", ["sort context", "sort cpu"]),
        ("sort cpu d", ["sort cpu desc"]),
        ("sort cpu ", ["sort cpu asc", "sort cpu desc"]),
        ("group f", ["group forge"]),
        ("view ", ["view nights"]),
        ("runners gpu tag:n", ["runners gpu tag:nix"]),
        ("filter sta", ["filter status:"]),
        ("pods cra", []),
        ("nothing like that", []),
        ("quit x", []),
        ("find x", []),
        ("", None),
    ],
)
def test_commands(text: str, lines: list[str] | None) -> None:
    expected = [command.name for command in COMMANDS] if lines is None else lines
    assert list(commands(text)) == expected


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("st", ["status:"]),
        ("cp", ["cpu>"]),
        ("gpu !sta", ["gpu !status:"]),
        ("tag:", ["tag:gpu", "tag:nix"]),
        ("!tag:G", ["!tag:gpu"]),
        ("owner:", ["owner:infra"]),
        ("own:i", ["own:infra"]),
        ("status:", ["status:online"]),
        ("nothing:", []),
        ("c:", []),
        ("cpu>8", []),
    ],
)
def test_filters(text: str, lines: list[str]) -> None:
    assert list(filters(text)) == lines


def test_ten_thousand_values_are_not_all_offered() -> None:
    many = [runner(f"gl-{number}") for number in range(10_000)]
    assert len(complete_filter("name:", RUNNERS.fields, lambda: many)) == 200
