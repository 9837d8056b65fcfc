"""What is prepared before Textual is imported."""

from __future__ import annotations

import pytest

from flywheel_tui.tui.run import choose_theme, draws_unicode, prepare_environment


def test_few_frames_and_no_animation_unless_the_user_says_otherwise() -> None:
    environment = {"TEXTUAL_FPS": "60"}
    prepare_environment(environment)
    assert environment == {"TEXTUAL_FPS": "60", "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"}


def test_escape_waits_longer_over_ssh() -> None:
    environment = {"SSH_CONNECTION": "10.0.0.1 22 10.0.0.2 22"}
    prepare_environment(environment)
    assert environment["ESCDELAY"] == "300"


@pytest.mark.parametrize(
    ("wanted", "environment", "theme"),
    [
        (None, {}, "ansi"),
        (None, {"COLORTERM": "truecolor"}, "flywheel-dark"),
        (None, {"COLORTERM": "truecolor", "SSH_CONNECTION": "x"}, "ansi"),
        ("flywheel-light", {"SSH_CONNECTION": "x"}, "flywheel-light"),
        ("flywheel-dark", {"NO_COLOR": "1"}, "ansi"),
    ],
)
def test_the_theme_follows_the_terminal(wanted: str | None, environment: dict[str, str], theme: str) -> None:
    assert choose_theme(wanted, environment) == theme


@pytest.mark.parametrize(
    ("environment", "unicode"),
    [
        ({}, True),
        ({"LANG": "C"}, True),
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "de_DE.UTF-8@euro"}, True),
        ({"TERM": "linux", "LANG": "C.UTF-8"}, False),
    ],
)
def test_ascii_where_the_terminal_can_do_no_more(environment: dict[str, str], unicode: bool) -> None:
    assert draws_unicode(environment) is unicode
