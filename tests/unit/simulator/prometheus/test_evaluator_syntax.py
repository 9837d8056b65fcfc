from __future__ import annotations

import pytest

from flywheel_tui.simulator.prometheus.evaluator import (
    BadQuery,
    Dialect,
    QueryError,
    Unsupported,
    parse,
    parse_selector,
)
from tests.unit.simulator.prometheus.shelf import Shelf, listed

SHELF = Shelf(listed("up", 1, job="ci"), listed("up", 0, job="web"))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "1:1: parse error: no expression found in input"),
        ("sum(", "1:5: parse error: unclosed left parenthesis"),
        ("up{", "1:4: parse error: unexpected end of input inside braces"),
        ("rate(up)", 'expected type range vector in call to function "rate", got instant vector'),
        ("frobnicate(up)", 'unknown function with name "frobnicate"'),
        ('up{job=~"("}', "parse error: error parsing regexp"),
        ('up{job=~"(?=a)"}', "error parsing regexp"),
        ('up{job=~"(a)\\\\1"}', "error parsing regexp"),
        ('{job=""}', "vector selector must contain at least one non-empty matcher"),
        ("up and 1", 'set operator "and" not allowed in binary scalar expression'),
        ('up{a="b" or c="d"}', "parse error"),
    ],
)
def test_bad_queries_say_so(query: str, message: str) -> None:
    with pytest.raises(BadQuery) as refused:
        SHELF.value(query)
    assert message in str(refused.value)
    assert (refused.value.status, refused.value.kind) == (400, "bad_data")


@pytest.mark.parametrize(
    "query",
    [
        "mad_over_time(up[5m])",
        "info(up)",
        "limitk(1, up)",
        'up{job=~"[[:alpha:]]+"}',
        'up{job=~"\\\\pL+"}',
        'up{job=~"(?i)ü"}',
    ],
)
def test_what_is_not_supported_is_an_error_and_never_a_guess(query: str) -> None:
    with pytest.raises(Unsupported) as refused:
        SHELF.value(query)
    assert (refused.value.status, refused.value.kind) == (422, "execution")
    assert "this simulator" in str(refused.value)


def test_equal_parts_are_one_node() -> None:
    tree = parse("sum(rate(up[5m])) / sum(rate(up[5m]))", Dialect())
    assert tree.left is tree.right  # type: ignore[union-attr]


def test_a_selector_is_nothing_else() -> None:
    (name, job) = parse_selector('up{job="ci"}', Dialect())
    assert (name.name, name.value, job.name, job.value) == ("__name__", "up", "job", "ci")
    for text in ("up + up", "up offset 5m", "up @ 5", "up[5m]", "1"):
        with pytest.raises(BadQuery):
            parse_selector(text, Dialect())


def test_a_newline_is_any_character_since_version_3() -> None:
    shelf = Shelf(listed("x", 1, text="a\nb"))
    assert shelf.vector('x{text=~"a.b"}') == {"x{text=a\nb}": 1}
    assert shelf.vector('x{text=~"a.b"}', dialect=Dialect.of("2.53.1")) == {}


@pytest.mark.parametrize("pattern", ["a++", "a*+", "a{1}+"])
def test_possessive_quantifiers_are_not_gos(pattern: str) -> None:
    with pytest.raises(QueryError):
        SHELF.value(f'up{{job=~"{pattern}"}}')


def test_escaped_signs_are_no_quantifiers() -> None:
    assert Shelf(listed("x", 1, text="a++")).vector('x{text=~"a\\\\++"}') == {"x{text=a++}": 1}
