"""Reads the configuration file into :class:`Settings`; every error names file, line and the nearest valid key."""

from __future__ import annotations

import difflib
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar
from urllib.parse import urlsplit

import msgspec

from flywheel_tui.config.secrets import TokenSource
from flywheel_tui.config.settings import ContextSettings, InterfaceSettings, Settings, StalePolicy
from flywheel_tui.config.toml_lines import line_of
from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.domain.record import Record
from flywheel_tui.domain.secret import Secret

D = TypeVar("D")

_TOP: Final = ("contexts", "policy", "ui", "keys")
_POLICIES: Final = ("stale",)
# A token of RFC 9110, 5.6.2.
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_SHARES: Final = ("saturation", "usage_warning", "usage_critical", "quota_warning")
_KIND_WORDS: Final = {
    str: "text in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    Path: "a path in quotes",
}


def load_settings(path: Path) -> Settings:
    """Read a configuration file.

    Raises:
        ConfigError: It does not exist, is not TOML, or says something that is not understood.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            "The configuration file does not exist.",
            path=path,
            next_step="See docs/configuration.md, or try `flywheel demo`.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"The configuration file cannot be read: {reason}.", path=path) from error
    return parse_settings(text, path)


def parse_settings(text: str, path: Path) -> Settings:
    """Return the settings that a TOML text describes; ``path`` is for messages and relative files.

    Raises:
        ConfigError: See :func:`load_settings`.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"This is not TOML: {error}.", path=path) from error
    return _Reader(text, path).settings(tree)


class _Reader:
    """Turns the parsed tree into records by their declared types."""

    def __init__(self, text: str, path: Path) -> None:
        self._text = text
        self._path = path

    def settings(self, tree: dict[str, Any]) -> Settings:
        self._known(tree, _TOP, ())
        contexts = self._table(tree.get("contexts", {}), ("contexts",))
        if not contexts:
            self._fail("There is no context.", (), next_step="Add [contexts.NAME] with at least one upstream.")
        policy = self._table(tree.get("policy", {}), ("policy",))
        self._known(policy, _POLICIES, ("policy",))
        keys = self._table(tree.get("keys", {}), ("keys",))
        return Settings(
            path=self._path,
            contexts=tuple(self._context(name, table) for name, table in contexts.items()),
            stale=self._record(StalePolicy, policy.get("stale", {}), ("policy", "stale")),
            ui=self._record(InterfaceSettings, tree.get("ui", {}), ("ui",)),
            keys=tuple((name, self._value(str, value, ("keys", name))) for name, value in keys.items()),
        )

    def _context(self, name: str, table: Any) -> ContextSettings:  # noqa: ANN401 - any TOML value
        path = ("contexts", name)
        if not name.isprintable() or "/" in name or not name:
            self._fail("The name of a context is printable and has no slash.", path)
        context = self._record(ContextSettings, table, path, name=name)
        if not any((context.gitlab, context.github, context.kubernetes, context.prometheus, context.alertmanager)):
            self._fail(
                f"The context {name} has no upstream.",
                path,
                next_step=f"Add [contexts.{name}.gitlab], .github, .kubernetes, .prometheus or .alertmanager.",
            )
        if context.github is not None and not context.github.orgs and not context.github.repos:
            self._fail("GitHub needs orgs or repos.", (*path, "github"), next_step='Write orgs = ["NAME"].')
        return context

    def _record(self, kind: type[D], table: Any, path: tuple[str, ...], **given: str) -> D:  # noqa: ANN401
        declared = msgspec.structs.fields(typing.cast(type[msgspec.Struct], kind))
        fields = [field for field in declared if field.name not in given]
        values = self._table(table, path)
        self._known(values, [field.name for field in fields], path)
        read: dict[str, Any] = dict(given)
        for field in fields:
            place = (*path, field.name)
            if field.name in values:
                read[field.name] = self._value(field.type, values[field.name], place)
                self._check(field.name, read[field.name], place)
            elif field.required:
                self._fail(f"{field.name} is missing.", path)
        return kind(**read)

    def _value(self, kind: Any, value: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - any type, any TOML value
        if typing.get_origin(kind) in {types.UnionType, typing.Union}:
            kind = next(option for option in typing.get_args(kind) if option is not types.NoneType)
        if typing.get_origin(kind) is tuple:
            return self._sequence(typing.get_args(kind), value, path)
        if kind is TokenSource:
            return self._token(value, path)
        if isinstance(kind, type) and issubclass(kind, Record):
            return self._record(kind, value, path)
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return self._word(kind, value, path)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if kind is Path and isinstance(value, str):
            return self._file(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self._fail(f"{path[-1]} must be {_KIND_WORDS.get(kind, kind.__name__)}.", path)
        return value

    def _sequence(self, kinds: tuple[Any, ...], value: Any, path: tuple[str, ...]) -> tuple[Any, ...]:  # noqa: ANN401
        if typing.get_origin(kinds[0]) is tuple:
            pairs = self._table(value, path)
            return tuple((name, self._header(name, text, (*path, name))) for name, text in pairs.items())
        if not isinstance(value, list):
            self._fail(f"{path[-1]} must be a list in brackets.", path)
        return tuple(self._value(kinds[0], item, path) for item in value)

    def _header(self, name: str, value: Any, path: tuple[str, ...]) -> Secret:  # noqa: ANN401 - any TOML value
        text: str = self._value(str, value, path)
        if not _HEADER_NAME.fullmatch(name):
            self._fail(f"{name!r} is not the name of an HTTP header.", path)
        if not text.isascii() or not text.isprintable():
            self._fail(f"The header {name} holds characters that no HTTP header can carry.", path)
        return Secret(text)

    def _word(self, kind: type[StrEnum], value: Any, path: tuple[str, ...]) -> StrEnum:  # noqa: ANN401
        words = [word.value for word in kind]
        if value not in words:
            near = difflib.get_close_matches(str(value), words, n=1)
            hint = f"Did you mean {near[0]}?" if near else ""
            self._fail(f"{path[-1]} must be one of {', '.join(words)}.", path, next_step=hint)
        return kind(value)

    def _token(self, value: Any, path: tuple[str, ...]) -> TokenSource:  # noqa: ANN401
        form = 'Write { env = "NAME" }, { command = ["PROGRAM", "WORD"] } or { file = "PATH" }.'
        if isinstance(value, str):
            self._fail("A token is never written into the configuration file itself.", path, next_step=form)
        table = self._table(value, path)
        self._known(table, ("env", "command", "file"), path)
        if len(table) != 1:
            self._fail("A token comes from one place.", path, next_step=form)
        if "command" in table:
            command: tuple[str, ...] = self._sequence((str,), table["command"], (*path, "command"))
            if not command:
                self._fail("The token command has no words.", path, next_step=form)
            return TokenSource(command=command)
        if "file" in table:
            return TokenSource(file=self._file(self._value(str, table["file"], (*path, "file"))))
        return TokenSource(env=self._value(str, table["env"], (*path, "env")))

    def _file(self, value: str) -> Path:
        """Return a path; a relative one starts at the configuration file, so it means the same from any folder."""
        return self._path.parent / Path(value).expanduser()

    def _check(self, name: str, value: Any, path: tuple[str, ...]) -> None:  # noqa: ANN401
        if name == "url":
            if not _is_address(value):
                self._fail(f"{value!r} is not an address.", path, next_step="Write https://HOST.")
            parts = urlsplit(value)
            if parts.username or parts.password:
                self._fail("An address carries no user or password.", path, next_step="Use token or headers.")
        elif name.endswith(("_s", "_per_minute")) and not value > 0:
            self._fail(f"{name} must be above zero.", path)
        elif name in _SHARES and not 0 < value <= 1:
            self._fail(f"{name} is a share above 0 and up to 1.", path, next_step="Write 0.95 for 95 %.")

    def _table(self, value: Any, path: tuple[str, ...]) -> dict[str, Any]:  # noqa: ANN401
        if not isinstance(value, dict):
            self._fail(f"{path[-1]} must be a table.", path)
        return value

    def _known(self, table: Mapping[str, Any], names: typing.Iterable[str], path: tuple[str, ...]) -> None:
        names = list(names)
        for name in table:
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
                hint = f"Did you mean {near[0]}?" if near else f"Valid here: {', '.join(names)}."
                self._fail(f"There is no key {name}.", (*path, name), next_step=hint)

    def _fail(self, message: str, path: tuple[str, ...], *, next_step: str = "") -> NoReturn:
        place = f"[{'.'.join(path[:-1])}] " if len(path) > 1 else ""
        raise ConfigError(f"{place}{message}", path=self._path, line=line_of(self._text, path), next_step=next_step)


def _is_address(text: str) -> bool:
    """Return whether a text is an HTTP address with a host and, if any, a port that can be."""
    try:
        parts = urlsplit(text)
        # Reading the port checks it.
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and " " not in text
    except ValueError:
        return False
