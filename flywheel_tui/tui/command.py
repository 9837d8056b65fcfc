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
        UsageError: There is no such command, several begin like that, or it needs another word.
    """
    word, _, rest = text.strip().removeprefix(":").strip().partition(" ")
    if not word:
        return None
    command = _named(word, {name: command for command in names for name in (command.name, *command.aliases)})
    if command.usage and not command.usage.startswith("[") and not rest.strip():
        raise UsageError(f":{command.name} needs a word more.", next_step=f"Write :{command.name} {command.usage}.")
    return Command(command.name, rest.strip())


def _named(word: str, commands: Mapping[str, CommandName]) -> CommandName:
    known = commands.get(word) or commands.get(word.lower())
    if known is not None:
        return known
    beginning = {command.name: command for command in commands.values() if command.name.startswith(word.lower())}
    if len(beginning) == 1:
        return next(iter(beginning.values()))
    if beginning:
        raise UsageError(f"{word} could be {_either(sorted(beginning))}.", next_step="Write one more letter.")
    near = difflib.get_close_matches(word.lower(), commands, n=1)
    hint = f"Did you mean {near[0]}?" if near else "? lists all commands."
    raise UsageError(f"There is no command {word}.", next_step=hint)


def _either(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
