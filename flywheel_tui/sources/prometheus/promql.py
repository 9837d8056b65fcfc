"""PromQL text from parts: names from outside reach a query only through the escaping here.

A label value is written as a double-quoted PromQL string, which follows Go's rules (Prometheus docs, "Querying basics,
string literals"). In a regular expression (RE2, anchored at both ends by Prometheus) a name is escaped first as a
literal of the expression and then as a string.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from flywheel_tui.domain.errors import UsageError

_STRING_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_REGEX_ESCAPES: Final = str.maketrans({character: f"\\{character}" for character in r"\.+*?()|[]{}^$"})

RENAMED: Final = frozenset({"namespace", "pod", "container", "name"})
"""Labels that a scrape target may carry as well as its metrics. Where ``honor_labels`` is off, Prometheus then keeps
the target's and renames the metric's to ``exported_<label>``: what the metric says is the latter."""


def quoted(text: str) -> str:
    """Return ``text`` as a PromQL string literal, with its quotes.

    Raises:
        UsageError: The text has no UTF-8 form, so no label can have this value.
    """
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{text!a} is not a name that a metric can carry: it is not valid Unicode.") from error
    return '"' + "".join(map(_string_character, text)) + '"'


def regex_literal(text: str) -> str:
    """Return the regular expression, not yet quoted, that matches ``text`` and nothing else."""
    return text.translate(_REGEX_ESCAPES)


def equals(label: str, value: str) -> str:
    """Return the matcher ``label="value"``."""
    return f"{label}={quoted(value)}"


def one_of(label: str, values: Iterable[str]) -> str:
    """Return a matcher for any of ``values``, each literally."""
    several = tuple(values)
    if len(several) == 1:
        return equals(label, several[0])
    return f"{label}=~{quoted('|'.join(map(regex_literal, several)))}"


def labels_by(*labels: str) -> str:
    """Return the inside of a ``by (…)``: the labels, each with its renamed form."""
    names: list[str] = []
    for label in labels:
        names += (label, f"exported_{label}") if label in RENAMED else (label,)
    return ", ".join(names)


@dataclass(frozen=True)
class Selection:
    """Which part of the series of a metric to read.

    It narrows: what it selects holds all rows asked for, and may hold more, because PromQL cannot say "the renamed
    label where there is one, or else the plain one" in one matcher. The reader drops the rest.

    Attributes:
        labels: The value each label must have, by the row's label names.
        namespaces: Where to look for what lives in a namespace; empty is everywhere.
    """

    labels: tuple[tuple[str, str], ...] = ()
    namespaces: tuple[str, ...] = ()

    def alternatives(self, *, namespaced: bool) -> tuple[tuple[str, ...], ...]:
        """Return sets of matchers of which a series has to fulfil one."""
        plain = tuple(equals(label, value) for label, value in self.labels if label not in RENAMED)
        renamed = self._most_selective(namespaced)
        if renamed is None:
            return (plain,)
        label, values = renamed
        return ((*plain, one_of(label, values)), (*plain, one_of(f"exported_{label}", values)))

    def _most_selective(self, namespaced: bool) -> tuple[str, tuple[str, ...]] | None:
        wanted = dict(self.labels)
        for label in ("pod", "name", "namespace", "container"):
            if label in wanted:
                return label, (wanted[label],)
        return ("namespace", self.namespaces) if namespaced and self.namespaces else None


EVERYTHING: Final = Selection()


def series(
    metric: str,
    *matchers: str,
    selection: Selection = EVERYTHING,
    namespaced: bool = False,
    function: str = "",
    window_s: int | None = None,
    offset: str = "",
) -> str:
    """Return an expression for the series of ``metric`` that fulfil all ``matchers`` and the selection.

    Args:
        metric: The metric's name.
        *matchers: Matchers as PromQL text.
        selection: Narrows the series.
        namespaced: The series' namespace is that of what they measure, so the selection's namespaces hold for them.
        function: Applied to each series, for example ``rate``.
        window_s: Makes it a range selector.
        offset: For example ``1h``: the series as they were then.
    """
    window = f"[{duration(window_s)}]" if window_s is not None else ""
    shift = f" offset {offset}" if offset else ""
    parts = []
    for narrowed in selection.alternatives(namespaced=namespaced):
        inside = ",".join((*matchers, *narrowed))
        selector = f"{metric}{{{inside}}}" if inside else metric
        text = f"{selector}{window}{shift}"
        parts.append(f"{function}({text})" if function else text)
    return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"


def duration(seconds: int) -> str:
    """Return a PromQL duration: ``1h``, ``5m``, ``15s``."""
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _string_character(character: str) -> str:
    escape = _STRING_ESCAPES.get(character)
    if escape is not None:
        return escape
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
