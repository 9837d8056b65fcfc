"""The way between pages, the first ten keys of somebody who knows k9s, and the help page."""

from __future__ import annotations

from pathlib import Path

import pytest

from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.tui.commands import COMMANDS
from flywheel_tui.tui.finding.saved_state import Arrangement, SavedView
from flywheel_tui.tui.finding.session import Session
from flywheel_tui.tui.registry import GROUPS
from flywheel_tui.tui.screens.help.screen import HelpScreen
from flywheel_tui.tui.screens.runner.screen import RunnerScreen
from flywheel_tui.tui.widgets.tone import STATUS_MARKS
from tests.tui.conftest import screen_text
from tests.tui.console import enter, listed, lists, running, said, settle, titled, two_groups, under
from tests.tui.scripted import (
    ScriptedFleet,
)

# The way between pages


async def test_back_forward_and_to_and_fro() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("left_square_bracket")
        assert "no page before" in said(pilot)
        await enter(pilot, "/build")
        await enter(pilot, ":pods")
        await enter(pilot, ":alerts")
        await pilot.press("left_square_bracket", "left_square_bracket")
        await settle(pilot)
        assert pilot.app.current_mode == "runners"
        assert lists(pilot).filter_text == "build"
        await pilot.press("right_square_bracket")
        await settle(pilot)
        assert pilot.app.current_mode == "pods"
        await pilot.press("minus")
        await settle(pilot)
        assert pilot.app.current_mode == "runners"
        await pilot.press("minus")
        await settle(pilot)
        assert pilot.app.current_mode == "pods"
        await pilot.press("enter", "left_square_bracket")
        await settle(pilot)
        assert pilot.app.current_mode == "pods"
        assert listed(pilot)


# A k9s user's first ten keys: what they do in k9s's internal/view and internal/ui, they do here


@pytest.mark.parametrize(
    ("keys", "first"),
    [
        (("j",), "build-1"),
        (("j", "j", "k"), "build-1"),
        (("G",), "deploy"),
        (("G", "g"), "arc"),
        (("down",), "build-1"),
    ],
)
async def test_k9s_moving(keys: tuple[str, ...], first: str) -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("N", *keys)
        assert under(pilot) == first


async def test_k9s_colon_goes_to_a_resource() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("colon", *"po", "enter")
        await settle(pilot)
        assert pilot.app.current_mode == "pods"


async def test_k9s_slash_filters_as_typed_and_enter_keeps_it() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("slash", *"depl")
        await settle(pilot)
        assert listed(pilot) == ["deploy"]
        await pilot.press("enter", "g")
        assert listed(pilot) == ["deploy"]


async def test_k9s_question_mark_helps() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("question_mark")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HelpScreen)


async def test_k9s_enter_goes_in_and_escape_comes_out_clearing_the_filter_first() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await enter(pilot, "/deploy")
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, RunnerScreen)
        await pilot.press("escape")
        await settle(pilot)
        assert listed(pilot) == ["deploy"]
        await pilot.press("escape")
        await settle(pilot)
        assert len(listed(pilot)) == 4


@pytest.mark.parametrize("digit", range(10))
async def test_k9s_digits_choose_the_scope(digit: int) -> None:
    session = Session()
    for name in ("s3", "s4", "s5", "s6", "s7", "s8", "s9"):
        session.choose_scope(name)
    scopes = ["", "gitlab", "github", "s3", "s4", "s5", "s6", "s7", "s8", "s9"]
    async with running(ScriptedFleet(two_groups()), session=session) as pilot:
        await pilot.press(str(digit))
        assert session.scope.text == scopes[digit]
        assert titled(pilot).startswith(f"runners({scopes[digit] or 'all'})")


async def test_k9s_shift_n_sorts_by_name_and_back() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await pilot.press("A", "N")
        assert listed(pilot) == ["arc", "build-1", "build-2", "deploy"]
        await pilot.press("N")
        assert listed(pilot)[0] == "deploy"


async def test_k9s_ctrl_z_shows_faults() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        await enter(pilot, ":pods")
        await pilot.press("ctrl+z")
        assert listed(pilot) == ["arc-runners/stray"]
        await pilot.press("ctrl+z")
        assert len(listed(pilot)) == 2


async def test_k9s_ctrl_w_shows_all_columns() -> None:
    async with running(ScriptedFleet(two_groups())) as pilot:
        assert "CREATOR" not in screen_text(pilot.app)
        await pilot.press("ctrl+w", *["l"] * 12)
        assert "OWNER" in screen_text(pilot.app)
        await pilot.press("ctrl+w")
        assert not lists(pilot).grid.wide


# Help


async def test_help_lists_every_key_command_field_and_sign_once() -> None:
    async with running(ScriptedFleet(two_groups()), size=(120, 40)) as pilot:
        await pilot.press("question_mark")
        await settle(pilot)
        page = pilot.app.screen
        assert isinstance(page, HelpScreen)
        sections = [*page.typed(), *page.pressed()]
        titles = [title for title, _ in sections]
        assert len(set(titles)) == len(titles)
        rows = dict(sections)
        for group in GROUPS:
            labels = [label for label, *_ in rows[f"Keys: {group.title.lower()}"]]
            assert labels == [page.deck.keys.labels(str(binding.id)) for binding in group.bindings]
            assert len(set(labels)) == len(labels)
        assert [label.split()[0] for label, *_ in rows["Commands"]] == [f":{command.name}" for command in COMMANDS]
        assert [name for name, *_ in rows["Fields of runners"]] == [field.name for field in RUNNERS.fields]
        signs = " ".join(label for label, *_ in rows["Signs"])
        for symbol in (*(mark.symbol for mark in STATUS_MARKS.values()), *"~*†↑↓Δ+▾▸‹–"):
            assert signs.count(symbol) == 1


async def test_help_lists_scopes_views_and_completes_everything(tmp_path: Path) -> None:
    session = Session()
    session.choose_scope("infra")
    session.choose_scope("all")
    session.save_view("nights", SavedView(page="pods", arrangement=Arrangement(filter="crash")))
    async with running(ScriptedFleet(two_groups()), session=session, size=(200, 200)) as pilot:
        await pilot.press("question_mark")
        await settle(pilot)
        text = screen_text(pilot.app)
        assert "3  " in text
        assert "infra" in text
        assert "nights" in text
        assert "pods, everything, /crash" in text
