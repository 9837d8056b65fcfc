"""The line under a list."""

from __future__ import annotations

from flywheel_tui.tui.lists.title import Title, title_line


def test_a_plain_list() -> None:
    assert title_line(Title(name="pods", part="all", count="12", order="name↑")).text == " pods(all)[12]  name↑"


def test_everything_that_arranges_it() -> None:
    title = Title(
        name="runners",
        part="infra",
        count="3/12",
        view="nights",
        filter_text="gpu",
        faults=True,
        group="forge",
        order="cpu↓",
        wide=True,
        marked=4,
        hidden=1,
    )
    assert title_line(title).text == (
        " runners(infra)[3/12]  nights  /gpu  faults only  4 marked, 1 of them hidden  by forge  cpu↓  all columns"
    )


def test_a_problem_takes_the_place_of_the_rest_and_cannot_write_on_the_screen() -> None:
    line = title_line(Title(name="pods", part="all", count="1", problem="There is no field \x1b[31mx.", order="name↑"))
    assert line.text == " pods(all)[1]  There is no field x."
