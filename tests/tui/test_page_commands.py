"""Commands that go to a page with a scope, a filter or a context, as k9s users type them; and advice on filters."""

from __future__ import annotations

import pytest

from flywheel_tui.config.settings import ContextSettings
from tests.tui.conftest import screen_text
from tests.tui.console import enter, lists, running, said


async def test_a_page_takes_a_filter_with_the_sign_of_its_prompt() -> None:
    async with running() as pilot:
        await enter(pilot, ":pods /gl")
        screen = lists(pilot)
        assert screen.view.kind.name == "pods"
        assert screen.filter_text == "gl"


async def test_a_page_takes_a_scope_and_a_filter() -> None:
    async with running() as pilot:
        await enter(pilot, ":runners github gpu")
        assert pilot.app.screen.deck.session.scope.text == "github"  # type: ignore[attr-defined]
        assert lists(pilot).filter_text == "gpu"


async def test_at_names_a_context_that_there_is() -> None:
    async with running(contexts=(ContextSettings(name="prod"), ContextSettings(name="dev"))) as pilot:
        await enter(pilot, ":runners @prod")
        assert pilot.app.screen.deck.session.scope.text == "prod"  # type: ignore[attr-defined]
        await enter(pilot, ":pods @pord")
        assert "Did you mean prod?" in said(pilot)
        assert lists(pilot).view.kind.name == "runners"


async def test_what_is_looked_for_is_never_a_scope() -> None:
    async with running() as pilot:
        await enter(pilot, ":find github")
        assert not pilot.app.screen.deck.session.scope  # type: ignore[attr-defined]
        assert "github" in screen_text(pilot.app)


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("gpu|xyz", "A pattern stands in slashes: /gpu|xyz/."),
        ("-f gpuuu", "Words need no option"),
        ("@prodd", "Contexts are named in a command: :scope prodd."),
    ],
)
async def test_a_filter_of_another_program_is_advised_on(typed: str, advice: str) -> None:
    async with running() as pilot:
        await enter(pilot, f"/{typed}")
        await pilot.pause()
        assert advice in screen_text(pilot.app)


async def test_a_field_goes_by_its_column_head_too() -> None:
    async with running() as pilot:
        await enter(pilot, "/mgr>0")
        assert lists(pilot).filter_text == "mgr>0"
        assert len(lists(pilot).grid.model) > 0


async def test_esc_leads_back_from_a_hit_to_what_was_found() -> None:
    async with running(size=(160, 40)) as pilot:
        await enter(pilot, ":find gl-linux")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert lists(pilot).view.kind.name != "find"
        await pilot.press("escape")
        await pilot.pause()
        assert lists(pilot).view.kind.name == "find"
        assert len(lists(pilot).grid.model) > 0
