from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.simulator.alertmanager.matchers import BadMatcher, all_match, parse_matcher


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('alertname="Full"', ("alertname", "=", "Full")),
        ("alertname=Full", ("alertname", "=", "Full")),
        (' namespace =~ "arc-.*" ', ("namespace", "=~", "arc-.*")),
        ("a!=b", ("a", "!=", "b")),
        ('a!~"b|c"', ("a", "!~", "b|c")),
        ("a=", ("a", "=", "")),
        ('a=""', ("a", "=", "")),
        ('a="x=\\"y\\""', ("a", "=", 'x="y"')),
        ('a="line\\nend"', ("a", "=", "line\nend")),
        ('a="back\\\\slash"', ("a", "=", "back\\slash")),
        ('a="\\d"', ("a", "=", "\\d")),
        ("a=b c", ("a", "=", "b c")),
        ('"wörter"=x', ("wörter", "=", "x")),
    ],
)
def test_matchers_are_read(text: str, expected: tuple[str, str, str]) -> None:
    found = parse_matcher(text)
    assert (found.name, found.operator, found.value) == expected


@pytest.mark.parametrize("text", ["", "a", "=b", "{a=b}", 'a="b', 'a=b"', 'a="b"c"', "1a=b", "a=~(", 'a=~"*"'])
def test_what_is_no_matcher(text: str) -> None:
    with pytest.raises(BadMatcher):
        parse_matcher(text)


@given(st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}", fullmatch=True), st.sampled_from(["=", "!="]), st.text())
def test_a_quoted_value_is_read_as_it_was(name: str, operator: str, value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    found = parse_matcher(f'{name}{operator}"{quoted}"')
    assert (found.name, found.operator, found.value) == (name, operator, value)


def test_a_label_that_is_not_there_is_empty() -> None:
    labels = {"a": "1"}
    assert all_match([parse_matcher("b="), parse_matcher("b!=x"), parse_matcher('a=~"1|2"')], labels)
    assert not all_match([parse_matcher("a=1"), parse_matcher('b=~".+"')], labels)
