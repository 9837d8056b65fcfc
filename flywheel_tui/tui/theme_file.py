"""Themes as TOML files: read, checked, made into Textual themes.

A file holds ``name``, ``dark``, ``ansi``, a table ``colors`` with Textual's base colours, and a table ``tones`` with
``color``, ``background`` and ``style`` for each :class:`~flywheel_tui.tui.widgets.tone.Tone`. Anything left out follows
from the base colours.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from textual.color import Color, ColorParseError
from textual.theme import Theme

from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.tui.widgets.tone import TONE_DEFAULTS, Tone, variables

_TOP_KEYS: Final = ("name", "dark", "ansi", "colors", "tones")
_COLOR_KEYS: Final = (
    "primary",
    "secondary",
    "accent",
    "success",
    "warning",
    "error",
    "foreground",
    "background",
    "surface",
    "panel",
    "boost",
)
_ANSI_GROUND: Final = {"ansi-background": "ansi_default", "ansi-foreground": "ansi_default"}
"""Variables that Textual's own styles take for granted in an ANSI theme."""

_TONE_KEYS: Final = ("color", "background", "style")
_STYLES: Final = ("none", "bold", "dim", "italic", "underline", "reverse", "strike")


def theme_folder() -> Path:
    """Return the folder with the themes that ship with the product."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "themes"
    # An installed wheel carries the themes inside the package; a checkout has them beside it.
    return inside if inside.is_dir() else package.parent / "themes"


def load_themes(folder: Path | None = None) -> dict[str, Theme]:
    """Return all themes of a folder by name.

    Raises:
        ConfigError: A file is not a theme; the message names the file, the key and the nearest valid one.
    """
    files = sorted((folder or theme_folder()).glob("*.toml"))
    return {theme.name: theme for theme in map(load_theme, files)}


def load_theme(path: Path) -> Theme:
    """Return the theme that a file describes.

    Raises:
        ConfigError: It does not describe one.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"This is not TOML: {error}.", path=path) from error
    except UnicodeDecodeError as error:
        raise ConfigError("This is not UTF-8 text.", path=path) from error
    _check_keys(data, _TOP_KEYS, "", path)
    colors = _table(data, "colors", path)
    _check_keys(colors, _COLOR_KEYS, "colors.", path)
    for name, value in colors.items():
        _check_color(value, f"colors.{name}", path)
    if "primary" not in colors:
        raise ConfigError("A theme needs colors.primary.", path=path)
    name = data.get("name", path.stem)
    if not isinstance(name, str) or not name:
        raise ConfigError("The name of a theme is a text.", path=path)
    ansi = _flag(data, "ansi", path, default=False)
    tones = _tone_variables(_table(data, "tones", path), path)
    return Theme(
        name=name,
        dark=_flag(data, "dark", path, default=True),
        ansi=ansi,
        variables={**_ANSI_GROUND, **tones} if ansi else tones,
        **colors,
    )


def check_theme(name: str, known: Collection[str], path: Path | None) -> None:
    """Check that a theme exists.

    Args:
        name: The theme that is wanted.
        known: Names of the themes there are.
        path: The configuration file that names it, for the message.

    Raises:
        ConfigError: It does not exist; the message names the nearest.
    """
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(known))}."
        raise ConfigError(f"There is no theme {name}.", path=path, next_step=hint)


def with_tone_defaults(theme_variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with every tone's that the theme leaves out, from its base colours.

    This makes themes that know nothing of tones usable, for example those that Textual brings.
    """
    complete = {
        name: value for tone, look in TONE_DEFAULTS.items() for name, value in zip(variables(tone), look, strict=True)
    }
    complete.update(theme_variables)
    return {
        name: theme_variables.get(value[1:], value) if value.startswith("$") else value
        for name, value in complete.items()
    }


def _tone_variables(tones: Mapping[str, Any], path: Path) -> dict[str, str]:
    _check_keys(tones, [tone.value for tone in Tone], "tones.", path)
    found: dict[str, str] = {}
    for name, look in tones.items():
        if not isinstance(look, dict):
            raise ConfigError(f"tones.{name} is a table with {', '.join(_TONE_KEYS)}.", path=path)
        _check_keys(look, _TONE_KEYS, f"tones.{name}.", path)
        neutral = (TONE_DEFAULTS[Tone(name)][0], "transparent", "none")
        for key, variable, default in zip(_TONE_KEYS, variables(Tone(name)), neutral, strict=True):
            if key not in look:
                # A tone that the theme looks after is the theme's alone: no default style shines through.
                found[variable] = default
                continue
            if key == "style":
                _check_style(look[key], f"tones.{name}.style", path)
            else:
                _check_color(look[key], f"tones.{name}.{key}", path)
            found[variable] = look[key]
    return found


def _table(data: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
    table = data.get(key, {})
    if not isinstance(table, dict):
        raise ConfigError(f"{key} is a table.", path=path)
    return table


def _flag(data: Mapping[str, Any], key: str, path: Path, *, default: bool) -> bool:
    value = data.get(key, default)
    if not isinstance(value, bool):
        raise ConfigError(f"{key} is true or false.", path=path)
    return value


def _check_keys(data: Mapping[str, Any], known: Iterable[str], prefix: str, path: Path) -> None:
    names = list(known)
    for key in data:
        if key not in names:
            near = difflib.get_close_matches(key, names, n=1)
            hint = f"Did you mean {prefix}{near[0]}?" if near else f"There are {', '.join(names)}."
            raise ConfigError(f"There is no key {prefix}{key}.", path=path, next_step=hint)


def _check_color(value: object, place: str, path: Path) -> None:
    try:
        if isinstance(value, str):
            Color.parse(value)
            return
    except ColorParseError:
        pass
    raise ConfigError(f"{place}: {value!r} is not a colour.", path=path, next_step="Write #rrggbb or ansi_red.")


def _check_style(value: object, place: str, path: Path) -> None:
    words = value.split() if isinstance(value, str) else []
    if not words or any(word not in _STYLES for word in words):
        raise ConfigError(f"{place}: {value!r} is not a style.", path=path, next_step=f"Write {', '.join(_STYLES)}.")
