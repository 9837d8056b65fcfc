"""What is prepared before Textual is imported."""

from __future__ import annotations

import pytest

from flywheel_tui.tui.run import choose_theme, draws_unicode, prepare_environment


def test_no_animation_and_no_frame_held_back_unless_the_user_says_otherwise() -> None:
    environment = {"TEXTUAL_FPS": "10", "ESCDELAY": "50"}
    prepare_environment(environment)
    assert environment == {
        "TEXTUAL_FPS": "10",
        "TEXTUAL_ANIMATIONS": "none",
        "TEXTUAL_SMOOTH_SCROLL": "0",
        "ESCDELAY": "50",
    }


def test_a_terminal_that_does_not_answer_gets_half_a_second_for_its_sequences() -> None:
    environment: dict[str, str] = {}
    prepare_environment(environment)
    assert environment["ESCDELAY"] == "500"


@pytest.mark.parametrize(("term", "disabled"), [("linux", True), ("vt220", True), ("xterm-256color", False)])
def test_the_keyboard_protocol_is_asked_for_where_it_can_be(term: str, disabled: bool) -> None:
    environment = {"TERM": term}
    prepare_environment(environment)
    assert ("TEXTUAL_DISABLE_KITTY_KEY" in environment) is disabled


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
