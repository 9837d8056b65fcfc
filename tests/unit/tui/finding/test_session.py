"""What pages share, and what outlives them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from flywheel_tui.domain.errors import NotFoundError, UsageError
from flywheel_tui.tui.finding.saved_state import Arrangement, Place, SavedView, StateFile
from flywheel_tui.tui.finding.session import COMMANDS, Session, arrangement_words
from tests.conftest import NOW


@pytest.fixture
def file(tmp_path: Path) -> StateFile:
    return StateFile(tmp_path / "console.json")


def test_lines_and_orders_come_back_in_the_next_session(file: StateFile) -> None:
    session = Session(file)
    for line in ("gpu", "arc", "gpu", ""):
        session.remember_line("runners", line)
    session.remember_line(COMMANDS, "pods")
    session.remember_order("pods", ("-age",))
    assert not file.path.exists()
    session.write()
    later = Session(file)
    assert later.history("runners") == ("arc", "gpu")
    assert later.history(COMMANDS) == ("pods",)
    assert later.history("pods") == ()
    assert later.order_of("pods") == ("-age",)
    assert later.order_of("runners") == ()


def test_a_history_keeps_the_latest_lines() -> None:
    session = Session()
    for number in range(80):
        session.remember_line("pods", str(number))
    assert session.history("pods")[0] == "30"
    assert session.history("pods")[-1] == "79"


def test_scopes_take_digits_that_never_move() -> None:
    session = Session()
    for text in ("a", "b", "gitlab", "a", "all", "c,!d"):
        session.choose_scope(text)
    assert {digit: seat.scope for digit, seat in session.favourites.items()} == {3: "a", 4: "b", 5: "c,!d"}
    for number in range(10):
        session.choose_scope(f"n{number}")
    assert session.favourite(3) == "a"
    assert session.favourite(8) == "n2"
    assert session.favourite(9) == "n9"


def test_a_pinned_scope_stays_until_it_is_taken_away() -> None:
    session = Session()
    session.choose_scope("a")
    assert session.toggle_favourite() == 3
    for number in range(20):
        session.choose_scope(f"n{number}")
    assert session.favourite(3) == "a"
    session.choose_scope("a")
    assert session.toggle_favourite() is None
    assert session.favourite(3) is None


def test_what_cannot_be_pinned_says_why() -> None:
    session = Session()
    with pytest.raises(UsageError, match="Everything is shown"):
        session.toggle_favourite()
    session.choose_scope("github")
    with pytest.raises(UsageError, match="its own digit"):
        session.toggle_favourite()
    for name in "abcdefg":
        session.choose_scope(name)
        session.toggle_favourite()
    session.choose_scope("h")
    with pytest.raises(UsageError, match="all taken"):
        session.toggle_favourite()


def test_several_contexts_are_the_first_favourites(file: StateFile) -> None:
    session = Session(file, ["eu", "us"])
    assert (session.favourite(3), session.favourite(4), session.favourite(5)) == ("eu", "us", None)
    session.remember_line("pods", "x")
    session.write()
    assert session.favourite(4) == "us"
    assert Session(None, ["only"]).favourite(3) is None


def test_views_are_saved_at_once_and_forgotten(file: StateFile) -> None:
    view = SavedView(page="pods", scope="prod", arrangement=Arrangement(filter="crash"))
    session = Session(file)
    session.save_view("nights", view)
    assert session.view == "nights"
    later = Session(file)
    assert later.saved_view("nights") == view
    with pytest.raises(NotFoundError, match="There are nights"):
        later.saved_view("days")
    later.drop_view("nights")
    with pytest.raises(NotFoundError, match="Save one"):
        Session(file).saved_view("nights")


@pytest.mark.parametrize(("cut_off", "offer"), [(True, "was cut off 5m ago; :resume takes it up."), (False, "")])
def test_a_session_that_was_cut_off_is_offered(file: StateFile, cut_off: bool, offer: str) -> None:
    Session(file).end("pods", NOW, cut_off=cut_off)
    assert Session(file).offer(NOW + timedelta(minutes=5)).endswith(offer)
    assert bool(Session(file).offer(NOW + timedelta(minutes=5))) is bool(offer)


def test_taking_up_the_last_session(file: StateFile) -> None:
    place = Place(arrangement=Arrangement(filter="gpu"), cursor="a", marks=("a",))
    first = Session(file)
    first.choose_scope("prod")
    first.follow("pods", lambda: place)
    first.follow("alerts", Place)
    first.end("pods", NOW, cut_off=False)
    session = Session(file)
    assert session.resume() == "pods"
    assert session.scope.text == "prod"
    assert session.take_place("pods") == place
    assert session.take_place("pods") is None
    session.follow("pods", lambda: Place(cursor="b"))
    session.end("pods", NOW, cut_off=False)
    last = Session(file).state.last
    assert last is not None
    assert last.places == {"pods": Place(cursor="b"), "alerts": Place()}


def test_without_an_earlier_session_there_is_nothing_to_take_up() -> None:
    with pytest.raises(NotFoundError, match="no earlier session"):
        Session().resume()
    assert Session().offer(NOW) == ""


def test_what_cannot_be_written_is_kept_for_the_next_time(tmp_path: Path) -> None:
    blocker = tmp_path / "folder"
    blocker.touch()
    session = Session(StateFile(blocker / "console.json"))
    assert "cannot be read" in session.problem
    session.remember_line("pods", "x")
    with pytest.raises(OSError, match="folder"):
        session.write()
    blocker.unlink()
    session.write()
    assert Session(StateFile(blocker / "console.json")).history("pods") == ("x",)


def test_an_arrangement_in_words() -> None:
    whole = Arrangement(filter="gpu", sort=("-cpu", "name"), group="forge", faults=True, wide=True)
    assert list(arrangement_words(whole)) == ["/gpu", "faults only", "by forge", "sorted by cpu", "all columns"]
    assert list(arrangement_words(Arrangement())) == []
