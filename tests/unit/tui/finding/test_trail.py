"""Back, forward, and to and fro."""

from __future__ import annotations

from flywheel_tui.tui.finding.trail import Trail


def test_back_and_forward() -> None:
    trail = Trail("runners")
    assert trail.back() is None
    assert trail.forward() is None
    for page in ("pods", "pods", "alerts"):
        trail.visit(page)
    assert (trail.back(), trail.back(), trail.back()) == ("pods", "runners", None)
    assert (trail.forward(), trail.forward(), trail.forward()) == ("pods", "alerts", None)


def test_a_visit_forgets_what_lay_ahead() -> None:
    trail = Trail("runners")
    trail.visit("pods")
    trail.back()
    trail.visit("alerts")
    assert trail.forward() is None
    assert trail.back() == "runners"


def test_to_and_fro() -> None:
    trail = Trail("runners")
    assert trail.last() is None
    trail.visit("pods")
    for expected in ("runners", "pods", "runners"):
        page = trail.last()
        assert page == expected
        trail.visit(page)


def test_only_so_many_pages_are_remembered() -> None:
    trail = Trail("0")
    for number in range(1, 200):
        trail.visit(str(number))
    assert sum(trail.back() is not None for _ in range(200)) == 49
