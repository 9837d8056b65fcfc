"""What is typed at the ``:`` prompt: names, aliases and unique beginnings. No guessing: a near miss is told."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import StrEnum, auto

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.record import Record


class Takes(StrEnum):
    """What follows a command's name, for completing it."""

    NOTHING = auto()
    TEXT = auto()
    """Anything: nothing to complete."""
    FILTER = auto()
    FIELD = auto()
    """A field of the list, and ``asc`` or ``desc``."""
    GROUPING = auto()
    """A field to group by, or ``none``."""
    SCOPE = auto()
    FORGE = auto()
    RUNNER = auto()
    VIEW = auto()
    THEME = auto()


class Command(Record, frozen=True):
    """A command line, taken apart.

    Attributes:
        name: The command's full name.
        rest: What follows it, as typed.
    """

    name: str
    rest: str


class CommandName(Record, frozen=True, kw_only=True):
    """A command that there is.

    Attributes:
        usage: What can follow the name, for the help page.
        takes: What that is, for completing it.
    """

    name: str
    aliases: tuple[str, ...] = ()
    usage: str = ""
    help: str
    takes: Takes = Takes.NOTHING


def parse_command(text: str, names: Iterable[CommandName]) -> Command | None:
    """Return the command that a line means, or None for an empty line.

    An exact name or alias wins; else the beginning of exactly one name.

    Raises:
        UsageError: There is no such command, several begin like that, or it needs another word.
    """
    word, _, rest = text.strip().removeprefix(":").strip().partition(" ")
    if not word:
        return None
    command = named(word, names)
    if command.usage and not command.usage.startswith("[") and not rest.strip():
        raise UsageError(f":{command.name} needs a word more.", next_step=f"Write :{command.name} {command.usage}.")
    return Command(command.name, rest.strip())


def named(word: str, commands: Iterable[CommandName]) -> CommandName:
    """Return the command of that name or alias, or the only one whose name begins like that.

    Raises:
        UsageError: There is none, or several begin like that; the message names the nearest.
    """
    commands = tuple(commands)
    by_word = {known: command for command in commands for known in (command.name, *command.aliases)}
    exact = by_word.get(word) or by_word.get(word.lower())
    if exact is not None:
        return exact
    beginning = sorted(command.name for command in commands if command.name.startswith(word.lower()))
    if len(beginning) == 1:
        return by_word[beginning[0]]
    if beginning:
        raise UsageError(f"{word} could be {_either(beginning)}.", next_step="Write one more letter.")
    near = _nearest(word.lower(), [command.name for command in commands], by_word)
    raise UsageError(
        f"There is no command {word}.", next_step=f"Did you mean {near}?" if near else "? lists all commands."
    )


def _nearest(word: str, names: list[str], words: Iterable[str]) -> str | None:
    """Return the name that is most like a word, or else the alias: of `runers`, `runners` rather than `runner`."""
    for known in (names, list(words)):
        near = difflib.get_close_matches(word, known, n=1)
        if near:
            return near[0]
    return None


def _either(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
