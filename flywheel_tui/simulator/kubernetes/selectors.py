"""Label and field selectors, as strict as the API server's: what it does not support is an error, never ignored."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from flywheel_tui.simulator.kubernetes.status import ApiError

_SET = re.compile(r"\s*(?P<key>[\w./-]+)\s+(?P<verb>in|notin)\s*\((?P<values>[^)]*)\)\s*")
_EQUAL = re.compile(r"\s*(?P<key>[\w./-]+)\s*(?P<verb>==|=|!=)\s*(?P<value>[\w.-]*)\s*")
_EXISTS = re.compile(r"\s*(?P<not>!?)\s*(?P<key>[\w./-]+)\s*")

LabelTest = Callable[[Mapping[str, str]], bool]


def parse_labels(selector: str | None) -> LabelTest | None:
    """Return the test for a labelSelector, None for an empty one.

    Raises:
        ApiError: 400, if it cannot be parsed.
    """
    if not selector:
        return None
    tests: list[LabelTest] = []
    rest = selector
    while True:
        match = _SET.match(rest) or _EQUAL.match(rest) or _EXISTS.match(rest)
        if match is None or (match.end() < len(rest) and rest[match.end()] != ","):
            message = f"unable to parse requirement: found '{rest}', expected: identifier, \"!\", or ','"
            raise ApiError(400, message)
        tests.append(_label_test(match))
        if match.end() == len(rest):
            break
        rest = rest[match.end() + 1 :]
    return lambda labels: all(test(labels) for test in tests)


def _label_test(match: re.Match[str]) -> LabelTest:
    found = match.groupdict()
    key = found["key"]
    if "values" in found:
        values = frozenset(value.strip() for value in found["values"].split(","))
        if found["verb"] == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if "value" in found:
        value = found["value"]
        if found["verb"] == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    if found["not"]:
        return lambda labels: key not in labels
    return lambda labels: key in labels


def parse_fields(selector: str | None, supported: frozenset[str]) -> Callable[[Mapping[str, str]], bool] | None:
    """Return the test for a fieldSelector on an object's selectable fields, None for an empty one.

    Args:
        selector: Terms `field=value`, `field==value` or `field!=value`, joined by commas.
        supported: The fields that the resource can be selected by.

    Raises:
        ApiError: 400, if it cannot be parsed or names a field that is not supported.
    """
    if not selector:
        return None
    terms: list[tuple[str, str, bool]] = []
    for term in selector.split(","):
        for operator in ("!=", "==", "="):
            field, found, value = term.partition(operator)
            if found:
                break
        else:
            raise ApiError(400, f"invalid selector: '{selector}'; can't understand '{term}'")
        if field not in supported:
            raise ApiError(
                400,
                f'Unable to find "" that match label selector "", field selector "{selector}": '
                f"field label not supported: {field}",
            )
        terms.append((field, value, operator != "!="))
    return lambda fields: all((fields.get(field, "") == value) is wanted for field, value, wanted in terms)
