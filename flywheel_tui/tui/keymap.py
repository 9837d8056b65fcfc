"""Every key of the console by name: screens take their groups from here, and ``[keys]`` in the configuration overrides.

An override is ``"list.wide" = "ctrl-x"``, several keys separated by commas, or ``"none"`` to unbind.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from textual.binding import Binding
from textual.keys import format_key

from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.domain.record import Record

UNBOUND: Final = "none"
_NO_KEY: Final = "unbound"
"""A key that no terminal sends: Textual's keymap cannot unbind."""
_CTRL_SPACE: Final = "ctrl+@"
"""What most terminals send for ctrl-space."""


class Group(Record, frozen=True):
    """Keys that work in the same place.

    Attributes:
        title: What the help page calls that place.
    """

    name: str
    title: str
    bindings: tuple[Binding, ...]


def _bind(name: str, keys: str, action: str, short: str, long: str = "", *, priority: bool = True) -> Binding:
    """Return a binding; ``short`` is for the hints in the last line, ``long`` for the help page.

    With priority the app acts on a key before it looks at the next one. Without, a key travels through the widgets
    first, and what is typed ahead on a slow link would act on the page that the earlier key is about to leave.
    """
    return Binding(keys, action, short, id=name, tooltip=long or short, show=False, priority=priority)


def _edit(name: str, keys: str, action: str, short: str, long: str = "") -> Binding:
    """Return a binding of the prompt, which is asked after the keys that type something."""
    return _bind(name, keys, action, short, long, priority=False)


APP: Final = Group(
    "app",
    "Everywhere",
    (
        _bind("app.command", "colon", "screen.command", "command", "give a command, see Commands"),
        _bind("app.help", "question_mark,f1", "app.help", "help", "this page"),
        _bind("app.back", "escape,q", "app.back", "back", "take the filter away, then go back"),
        _bind("app.history_back", "left_square_bracket", "app.history(-1)", "before", "the page before"),
        _bind("app.history_forward", "right_square_bracket", "app.history(1)", "after", "forward to the page after"),
        _bind("app.last", "minus", "app.last", "last", "to and fro between two pages"),
        _bind(
            "app.refresh", "ctrl+r", "app.refresh_sources", "refresh", "read all sources again, within their budgets"
        ),
        _bind(
            "app.freeze",
            "z",
            "app.freeze",
            "freeze",
            "hold the picture still, or let it go; reading goes on",
        ),
        _bind("app.header", "ctrl+e", "app.header", "header", "the header in one line, or in full"),
        _bind(
            "app.repaint", "ctrl+l", "app.repaint", "repaint", "draw the screen anew, when something else wrote on it"
        ),
        _bind("app.quit", "ctrl+c", "app.quit_twice", "quit", "pressed twice within two seconds: quit"),
    ),
)

MOVE: Final = Group(
    "move",
    "Moving",
    (
        _bind("move.down", "j,down", "down", "down"),
        _bind("move.up", "k,up", "up", "up"),
        _bind("move.top", "g,home", "top", "top", "to the first line"),
        _bind("move.bottom", "G,end", "bottom", "bottom", "to the last line"),
        _bind("move.page_down", "ctrl+f,pagedown", "page_down", "page", "a page down"),
        _bind("move.page_up", "ctrl+b,pageup", "page_up", "page up", "a page up"),
        _bind("move.left", "h,left", "left", "left", "columns back to the left"),
        _bind("move.right", "l,right", "right", "right", "on to the columns at the right; the name stays"),
    ),
)

MARK: Final = Group(
    "mark",
    "Marks and groups",
    (
        _bind("mark.toggle", "space", "mark", "mark", "mark the row, or unmark it"),
        _bind(
            "mark.range",
            "V,ctrl+@,ctrl+space",
            "mark_range",
            "range",
            "mark all rows from the one marked last to the cursor",
        ),
        _bind("mark.invert", "I", "invert_marks", "invert", "mark the rows that are not marked, and unmark the others"),
        _bind("mark.clear", "ctrl+backslash", "clear_marks", "unmark", "unmark all rows, also hidden ones"),
        _bind("mark.fold", "x", "fold", "fold", "put the rows of the group away, or show them again"),
    ),
)

LIST: Final = Group(
    "list",
    "In lists",
    (
        _bind("list.open", "enter,d", "open", "facts", "everything known of the runner"),
        _bind("list.filter", "slash", "filter", "filter", "filter as you type, see Filter"),
        _bind("list.unfilter", "ctrl+q,ctrl+u", "unfilter", "clear", "take the filter away"),
        _bind("list.faults", "ctrl+z", "faults", "faults", "only what is wrong or not confirmed, or everything again"),
        _bind("list.wide", "ctrl+w", "wide", "wide", "all columns, or those that fit best"),
        _bind("list.preview", "p", "preview", "preview", "what is known of the row, beside the list or below it"),
        _bind("list.copy", "c", "app.copy_names", "copy", "copy the names of the marked rows, or of this one"),
        _bind(
            "list.copy_scope", "n", "app.copy_scope", "copy scope", "copy the scope of the marked rows, or of this one"
        ),
        _bind("list.copy_cell", "Y", "app.copy_cell", "copy value", "copy any value of this row"),
        _bind(
            "list.sort_left",
            "less_than_sign,shift+left",
            "sort_left",
            "sort left",
            "sort by the next column to the left",
        ),
        _bind(
            "list.sort_right",
            "greater_than_sign,shift+right",
            "sort_right",
            "sort right",
            "sort by the next column to the right",
        ),
        _bind("list.sort_reverse", "O", "sort_reverse", "reverse", "turn the order round"),
        _bind(
            "list.group", "number_sign", "next_group", "group", "group by the next field, and after the last not at all"
        ),
        _bind("list.save", "ctrl+s", "save", "save", "save the list as it is shown as a view"),
        _bind("list.sort_name", "N", "sort('name')", "by name", "sort by name; pressed again, the other way round"),
        _bind("list.sort_status", "S", "sort('status')", "by status", "sort by status, the worst first"),
        _bind("list.sort_age", "A", "sort('age')", "by age", "sort by age"),
        _bind("list.sort_cpu", "C", "sort('cpu')", "by CPU", "sort by CPU"),
        _bind("list.sort_memory", "M", "sort('memory')", "by memory", "sort by memory"),
        _bind("list.sort_queue", "Q", "sort('queue')", "by queue", "sort by queue"),
        _bind("list.sort_busy", "B", "sort('busy')", "by load", "sort by how busy they are"),
    ),
)

SCOPE: Final = Group(
    "scope",
    "Scope: the part of the fleet that all pages show",
    (
        _bind("scope.all", "0", "scope('all')", "all", "everything"),
        _bind("scope.gitlab", "1", "scope('gitlab')", "GitLab", "GitLab only"),
        _bind("scope.github", "2", "scope('github')", "GitHub", "GitHub only"),
        *(
            _bind(f"scope.{digit}", str(digit), f"favourite({digit})", str(digit), f"the scope kept under {digit}")
            for digit in range(3, 10)
        ),
        _bind("scope.keep", "plus", "keep_scope", "keep", "keep the scope under a digit, or let it go"),
        _bind("scope.forge", "f", "next_forge", "forge", "the next forge only, and after the last one all"),
    ),
)

PROMPT: Final = Group(
    "prompt",
    "In a prompt",
    (
        _edit("prompt.submit", "enter", "submit", "take it"),
        _edit("prompt.cancel", "escape", "cancel", "leave it", "leave it; a filter is taken away"),
        _edit("prompt.complete", "tab", "complete(1)", "complete", "complete; pressed again, the next possibility"),
        _edit("prompt.complete_back", "shift+tab", "complete(-1)", "complete", "the possibility before"),
        _edit("prompt.previous", "up", "previous", "earlier", "earlier commands or filters"),
        _edit("prompt.next", "down", "next", "later", "later ones"),
        _edit("prompt.left", "left", "cursor_left", "left"),
        _edit("prompt.right", "right", "cursor_right", "right", "right; at the end, complete"),
        _edit("prompt.start", "home,ctrl+a", "home", "start", "to the start"),
        _edit("prompt.end", "end,ctrl+e", "end", "end", "to the end"),
        _edit("prompt.erase", "backspace", "delete_left", "erase", "erase to the left"),
        _edit("prompt.delete", "delete,ctrl+d", "delete_right", "delete", "erase to the right"),
        _edit("prompt.erase_word", "ctrl+w", "delete_left_word", "erase word", "erase the word to the left"),
        _edit("prompt.erase_all", "ctrl+u,ctrl+q", "delete_left_all", "erase all", "erase everything to the left"),
    ),
)

DIALOG: Final = Group(
    "dialog",
    "In a dialog",
    (
        _edit("dialog.take", "enter", "take", "take it", "choose what has the focus, which is Cancel at first"),
        _edit("dialog.yes", "y", "yes", "yes", "choose what is asked for, where it is one thing"),
        _edit("dialog.cancel", "escape,n,q,ctrl+c", "cancel", "leave", "choose nothing"),
        _edit("dialog.next", "tab,right,l", "next", "next", "the next choice"),
        _edit("dialog.previous", "shift+tab,left,h", "previous", "previous", "the choice before"),
        _edit("dialog.down", "down,j", "down", "down", "down a list of choices, or the text"),
        _edit("dialog.up", "up,k", "up", "up", "up a list of choices, or the text"),
        _edit("dialog.erase", "backspace", "erase", "erase", "erase the last letter typed"),
    ),
)

GROUPS: Final = (APP, MOVE, MARK, LIST, SCOPE, PROMPT, DIALOG)

_TOGETHER: Final = (("app", "page", "move", "mark", "list", "scope"), ("prompt",), ("dialog",))
"""Groups whose keys work at the same time, so that none may do two things among them."""


class Keymap(Record, frozen=True):
    """The keys in force.

    Attributes:
        keys: Binding id to its keys, in Textual's names.
        overrides: The part that the configuration changed, as Textual takes it.
        helps: Binding id to what it does.
    """

    keys: Mapping[str, tuple[str, ...]]
    overrides: Mapping[str, str]
    helps: Mapping[str, str]

    def help_of(self, name: str) -> str:
        """Return what a binding does, in a word or two."""
        return self.helps[name]

    def label(self, name: str) -> str:
        """Return the first key of a binding as people write it, or an empty string where it has none."""
        keys = self.keys.get(name, ())
        return key_label(keys[0]) if keys else ""

    def labels(self, name: str) -> str:
        """Return all keys of a binding as people write them."""
        return " ".join(dict.fromkeys(key_label(key) for key in self.keys.get(name, ())))


def make_keymap(
    overrides: Iterable[tuple[str, str]], groups: Sequence[Group] = GROUPS, *, path: Path | None = None
) -> Keymap:
    """Return the keys in force.

    Args:
        overrides: Binding ids and keys from the configuration.
        groups: All bindings there are.
        path: The configuration file, for the message.

    Raises:
        ConfigError: An id does not exist, or one key would do two things.
    """
    keys = {str(binding.id): tuple(binding.key.split(",")) for group in groups for binding in group.bindings}
    changed: dict[str, str] = {}
    for name, text in overrides:
        if name not in keys:
            near = difflib.get_close_matches(name, keys, n=1)
            hint = f"Did you mean {near[0]}?" if near else "The help page (?) lists all names."
            raise ConfigError(f"[keys]: there is no key called {name}.", path=path, next_step=hint)
        wanted = tuple(_normal(key) for key in text.split(",") if key.strip())
        if not wanted:
            raise ConfigError(f"[keys]: {name} has no key.", path=path, next_step=f"Write {UNBOUND!r} to unbind it.")
        keys[name] = () if wanted == (UNBOUND,) else wanted
        changed[name] = ",".join(keys[name]) or _NO_KEY
    for together in _TOGETHER:
        _check_clashes([group for group in groups if group.name in together], keys, path)
    helps = {str(binding.id): binding.description for group in groups for binding in group.bindings}
    return Keymap(keys, changed, helps)


def key_label(key: str) -> str:
    """Return a key as people write it: ``ctrl-z``, ``/``, ``enter``, ``O``."""
    if key == _CTRL_SPACE:
        return "ctrl-space"
    *modifiers, last = key.split("+")
    shown = format_key(last)
    return "-".join([*modifiers, {"⏎": "enter", "⎋": "esc", "escape": "esc"}.get(shown, shown)])


def _check_clashes(groups: Iterable[Group], keys: Mapping[str, tuple[str, ...]], path: Path | None) -> None:
    taken: dict[str, str] = {}
    for group in groups:
        for binding in group.bindings:
            name = str(binding.id)
            for key in keys[name]:
                other = taken.setdefault(key, name)
                if other != name:
                    raise ConfigError(
                        f"[keys]: {key_label(key)} would do two things: {other} and {name}.",
                        path=path,
                        next_step=f"Give {other} or {name} another key.",
                    )


_SPELLINGS: Final = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "del": "delete",
    ":": "colon",
    "/": "slash",
    "?": "question_mark",
    "<": "less_than_sign",
    ">": "greater_than_sign",
}


def _normal(text: str) -> str:
    """Return a key in Textual's spelling: people also write ``ctrl-x`` and ``esc``."""
    key = text.strip()
    modifiers: list[str] = []
    while len(key) > 1 and (found := next((m for m in ("ctrl", "shift", "alt") if key.lower().startswith(m)), "")):
        rest = key[len(found) :]
        if rest[:1] not in ("-", "+") or len(rest) < 2:
            break
        modifiers.append(found)
        key = rest[1:]
    if modifiers == ["shift"] and len(key) == 1 and key.isalpha():
        return key.upper()
    key = _SPELLINGS.get(key.lower(), key if len(key) == 1 and not modifiers else key.lower())
    if len(key) == 1 and not key.isalnum():
        key = next(iter(Binding.make_bindings([Binding(key, "")]))).key
    return "+".join([*modifiers, key])
