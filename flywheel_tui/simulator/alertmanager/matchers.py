"""Matchers as Alertmanager reads them in filters and in silences.

Source: `ParseMatcher` in Alertmanager's pkg/labels/parse.go, which reads filters of every version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from flywheel_tui.simulator.prometheus.evaluator import Matcher, QueryError

_MATCHER = re.compile(
    r'\s*("(?:[^"\\]|\\.)*"|[a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*(.*?)\s*', re.DOTALL | re.ASCII
)
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}


class BadMatcher(ValueError):  # noqa: N818 - named for what it is
    """The text is no matcher."""


def parse_matcher(text: str) -> Matcher:
    """Read one matcher: a label name, an operator, and a value that may be quoted.

    Raises:
        BadMatcher: If it is none.
    """
    if text.startswith("{") or text.endswith("}"):
        raise BadMatcher(f"unexpected open or close brace: {text}")
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise BadMatcher(f"bad matcher format: {text}")
    name, operator, value = found.groups()
    if name.startswith('"'):
        name = _unquoted(name)
    return make_matcher(name, operator, _unquoted(value))


def _unquoted(value: str) -> str:
    raw, quoted = value, value.startswith('"')
    if quoted:
        raw = raw[1:]
        if not raw.endswith('"') or (len(raw) - len(raw[:-1].rstrip("\\")) - 1) % 2:
            raise BadMatcher(f"matcher value contains unescaped double quote: {value}")
        raw = raw[:-1]
    if re.search(r'(?<!\\)(?:\\\\)*"', raw):
        raise BadMatcher(f"matcher value contains unescaped double quote: {value}")
    return re.sub(r'\\([n"\\])', lambda escape: _ESCAPES[escape[1]], raw)


def make_matcher(name: str, operator: str, value: str) -> Matcher:
    """Return a matcher.

    Raises:
        BadMatcher: If its value is no regular expression where one is needed.
    """
    try:
        return Matcher(name, operator, value)
    except QueryError as error:
        raise BadMatcher(str(error)) from error


def all_match(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Return whether labels fulfil all matchers; a label that is not there is empty."""
    return all(matcher.matches(labels.get(matcher.name, "")) for matcher in matchers)
