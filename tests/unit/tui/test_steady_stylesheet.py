"""The stylesheet: parsed anew where a variable differs, and only there."""

from __future__ import annotations

from textual.color import Color

from flywheel_tui.tui.steady_stylesheet import SteadyStylesheet


def sheet_of(color: str) -> SteadyStylesheet:
    sheet = SteadyStylesheet(variables={"ink": color})
    sheet.add_source("Widget { color: $ink; }")
    sheet.parse()
    return sheet


def test_the_same_variables_again_parse_nothing() -> None:
    sheet = sheet_of("red")
    rules = sheet.rules
    sheet.set_variables({"ink": "red"})
    sheet.reparse()
    assert sheet.rules is rules


def test_another_value_is_parsed_once() -> None:
    sheet = sheet_of("red")
    sheet.set_variables({"ink": "blue"})
    sheet.reparse()
    (rule,) = rules = sheet.rules
    assert rule.styles.color == Color.parse("blue")
    sheet.reparse()
    assert sheet.rules is rules


def test_what_is_added_later_is_parsed_without_being_asked() -> None:
    sheet = sheet_of("red")
    sheet.add_source("Button { color: $ink; }")
    assert len(sheet.rules) == 2
