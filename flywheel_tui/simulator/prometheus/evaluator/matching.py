"""Label matchers and the regular expressions of Go (RE2), run by Python's `re` where both mean the same."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import lru_cache

from flywheel_tui.simulator.prometheus.evaluator.failure import BadQuery, Unsupported

# What one of the two reads differently or not at all.
_DIFFERENT = re.compile(r"\[\[:|\\[pPQEzCAZ]|\\x\{|\(\?[a-zA-Z]*[UL]|\(\?<[^=!]")
_NOT_RE2 = re.compile(r"\(\?(?:=|!|<=|<!|>|P=|#|\()|\\[1-9]")
_POSSESSIVE = re.compile(r"[*+?}]\+")
_LITERAL = re.compile(r"[\w\-/ :,@%=]*(?:\|[\w\-/ :,@%=]*)*", re.ASCII)


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str, dot_matches_newline: bool) -> re.Pattern[str]:
    """Compile a regular expression of Go; use it with `fullmatch`, as Prometheus anchors all of its own.

    Raises:
        BadQuery: If it is no regular expression of Go.
        Unsupported: If Python's `re` would read it differently.
    """
    bare = pattern.replace(r"\\", "")
    if _NOT_RE2.search(bare) or _POSSESSIVE.search(re.sub(r"\\.", "", pattern)):
        raise BadQuery(f"error parsing regexp: invalid or unsupported Perl syntax: `{pattern}`")
    if _DIFFERENT.search(bare) or ("(?i" in bare and not pattern.isascii()):
        raise Unsupported(f"this simulator does not read the regular expression `{pattern}`")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of set operations that neither of the two has today
            return re.compile(pattern, re.ASCII | (re.DOTALL if dot_matches_newline else re.NOFLAG))
    except re.error as error:
        raise BadQuery(f"error parsing regexp: {error}: `{pattern}`") from error


class Matcher:
    """One condition on a label.

    Args:
        name: The label; a label that is not there is empty.
        operator: `=`, `!=`, `=~` or `!~`.
        value: What to compare with.
        dot_matches_newline: What `.` means in a regular expression.

    Attributes:
        matches: Tells whether a value fulfils the condition.
    """

    __slots__ = ("_identity", "matches", "name", "operator", "value")

    def __init__(self, name: str, operator: str, value: str, *, dot_matches_newline: bool = True) -> None:
        self.name = name
        self.operator = operator
        self.value = value
        self._identity = (name, operator, value, dot_matches_newline)
        self.matches: Callable[[str], bool] = _test(operator, value, dot_matches_newline)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Matcher) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __repr__(self) -> str:
        return f"{self.name}{self.operator}{self.value!r}"

    def values(self) -> frozenset[str] | None:
        """Return all the values that can match, None when they cannot be listed."""
        if self.operator == "=":
            return frozenset((self.value,))
        if self.operator == "=~" and _LITERAL.fullmatch(self.value):
            return frozenset(self.value.split("|"))
        return None


def _test(operator: str, value: str, dot_matches_newline: bool) -> Callable[[str], bool]:
    if operator == "=":
        return value.__eq__
    if operator == "!=":
        return value.__ne__
    if _LITERAL.fullmatch(value):
        options = frozenset(value.split("|"))
        return options.__contains__ if operator == "=~" else lambda text: text not in options
    fullmatch = compile_pattern(value, dot_matches_newline).fullmatch
    if operator == "=~":
        return lambda text: fullmatch(text) is not None
    return lambda text: fullmatch(text) is None
