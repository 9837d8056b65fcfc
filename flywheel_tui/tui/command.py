"""What is typed at the ``:`` prompt: names, aliases and unique beginnings. No guessing: a near miss is told."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flywheel_tui.domain.errors import UsageError


@dataclass(frozen=True)
class Command:
    """A command line, taken apart.

    Attributes:
        name: The command's full name.
        rest: What follows it, as typed.
    """

    name: str
    rest: str


@dataclass(frozen=True, kw_only=True)
class CommandName:
    """A command that there is.

    Attributes:
        usage: What can follow the name, for the help page.
    """

    name: str
    aliases: tuple[str, ...] = ()
    usage: str = ""
    help: str


def parse_command(text: str, names: Iterable[CommandName]) -> Command | None:
    """Return the command that a line means, or None for an empty line.

    An exact name or alias wins; else the beginning of exactly one name.

    Raises:
        UsageError: There is no such command, or several begin like that.
    """
    word, _, rest = text.strip().removeprefix(":").strip().partition(" ")
    if not word:
        return None
    words = _words(names)
    known = words.get(word) or words.get(word.lower())
    if known is not None:
        return Command(known, rest.strip())
    full_names = sorted(set(words.values()))
    beginning = [name for name in full_names if name.startswith(word.lower())]
    if len(beginning) == 1:
        return Command(beginning[0], rest.strip())
    if beginning:
        raise UsageError(f"{word} could be {_either(beginning)}.", next_step="Write one more letter.")
    near = difflib.get_close_matches(word.lower(), words, n=1)
    hint = f"Did you mean {near[0]}?" if near else "? lists all commands."
    raise UsageError(f"There is no command {word}.", next_step=hint)


def _words(names: Iterable[CommandName]) -> Mapping[str, str]:
    return {word: command.name for command in names for word in (command.name, *command.aliases)}


def _either(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
