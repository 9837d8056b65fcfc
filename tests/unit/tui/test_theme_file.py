"""Theme files: what ships, and what is wrong in one."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color

from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.tui.theme_file import load_theme, load_themes, with_tone_defaults
from flywheel_tui.tui.widgets.tone import Tone, variables

GOOD = """
name = "night"
[colors]
primary = "#8899aa"
[tones]
critical = { color = "#ff0000", style = "bold underline" }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "night.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_themes_look_after_every_tone() -> None:
    themes = load_themes()
    assert set(themes) == {"ansi", "flywheel-dark", "flywheel-light"}
    for theme in themes.values():
        assert all(variables(tone)[0] in theme.variables for tone in Tone)


def test_the_ansi_theme_uses_the_terminals_own_colours_only() -> None:
    theme = load_themes()["ansi"]
    assert theme.ansi
    colors = [value for name, value in theme.variables.items() if not name.endswith("-style")]
    assert all(value == "transparent" or Color.parse(value).ansi is not None for value in colors)


def test_a_file_becomes_a_theme(tmp_path: Path) -> None:
    theme = load_theme(written(tmp_path, GOOD))
    assert (theme.name, theme.primary, theme.dark) == ("night", "#8899aa", True)
    assert theme.variables["tone-critical-style"] == "bold underline"
    assert theme.variables["tone-critical-background"] == "transparent"


def test_tones_that_a_theme_leaves_out_follow_from_its_colours() -> None:
    complete = with_tone_defaults({"warning": "#ffaa00", "foreground": "#eeeeee"})
    assert complete["tone-warning"] == "#ffaa00"
    assert complete["tone-muted"] == "#eeeeee"
    assert all(name in complete for tone in Tone for name in variables(tone))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 'x'\n[colors]\nprimary = 'redish'", r"colors\.primary: 'redish' is not a colour"),
        ("name = 'x'\n[colors]\nprimery = 'red'", r"no key colors\.primery\. Did you mean colors\.primary"),
        ("name = 'x'\n[colors]\nprimary = 7", "7 is not a colour"),
        ("name = 'x'\n[colors]\n", r"needs colors\.primary"),
        (GOOD + "lost = { color = 'red' }", r"no key tones\.lost"),
        (GOOD + "good = { colour = 'red' }", r"no key tones\.good\.colour\. Did you mean tones\.good\.color"),
        (GOOD + "good = { style = 'loud' }", "'loud' is not a style"),
        (GOOD + "good = 'red'", r"tones\.good is a table"),
        ("nane = 'x'", "no key nane. Did you mean name"),
        ("dark = 'yes'\n[colors]\nprimary = 'red'", "dark is true or false"),
        ("name = 3\n[colors]\nprimary = 'red'", "name of a theme is a text"),
        ("colors = 3", "colors is a table"),
        ("name = ", "not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_the_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        load_theme(written(tmp_path, text))
    assert "night.toml" in str(caught.value)


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "night.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_theme(path)
