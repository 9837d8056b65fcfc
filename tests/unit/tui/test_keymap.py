"""Named keys, overrides from the configuration, and clashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.tui.commands import COMMANDS
from flywheel_tui.tui.keymap import key_label, make_keymap
from flywheel_tui.tui.registry import GROUPS, PAGES


def test_without_overrides_nothing_clashes_and_every_key_is_named() -> None:
    keymap = make_keymap((), GROUPS)
    assert keymap.overrides == {}
    assert all(binding.id for group in GROUPS for binding in group.bindings)
    ids = [binding.id for group in GROUPS for binding in group.bindings]
    assert len(ids) == len(set(ids))


def test_every_binding_says_what_it_does() -> None:
    assert all(binding.description and binding.tooltip for group in GROUPS for binding in group.bindings)


def test_an_override_replaces_the_keys() -> None:
    keymap = make_keymap([("list.wide", "ctrl-x, W")], GROUPS)
    assert keymap.overrides == {"list.wide": "ctrl+x,W"}
    assert keymap.labels("list.wide") == "ctrl-x W"


def test_a_key_can_be_unbound() -> None:
    keymap = make_keymap([("list.faults", "none")], GROUPS)
    assert keymap.label("list.faults") == ""
    assert keymap.overrides["list.faults"]


def test_keys_can_be_swapped() -> None:
    keymap = make_keymap([("move.down", "k"), ("move.up", "j")], GROUPS)
    assert (keymap.label("move.down"), keymap.label("move.up")) == ("k", "j")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("esc", "escape"),
        ("shift-o", "O"),
        ("CTRL+X", "ctrl+x"),
        ("/", "slash"),
        ("-", "minus"),
        ("ctrl--", "ctrl+minus"),
    ],
)
def test_people_spell_keys_in_their_own_way(written: str, meant: str) -> None:
    assert make_keymap([("prompt.cancel", written)], GROUPS).keys["prompt.cancel"] == (meant,)


def test_an_unknown_name_is_told_with_the_nearest_and_the_file() -> None:
    with pytest.raises(ConfigError, match=r"flywheel\.toml.*list\.wid.*Did you mean list\.wide") as caught:
        make_keymap([("list.wid", "x")], GROUPS, path=Path("flywheel.toml"))
    assert caught.value.path == Path("flywheel.toml")


def test_one_key_for_two_things_is_told() -> None:
    with pytest.raises(ConfigError, match=r"j would do two things: move\.down and list\.wide"):
        make_keymap([("list.wide", "j")], GROUPS)


def test_a_page_key_may_not_do_two_things_either() -> None:
    with pytest.raises(ConfigError, match="would do two things"):
        make_keymap([("page.pods", "f2")], GROUPS)


def test_the_same_key_may_mean_another_thing_in_a_prompt() -> None:
    assert make_keymap([("list.wide", "tab")], GROUPS).label("list.wide") == "tab"


def test_an_empty_key_is_told() -> None:
    with pytest.raises(ConfigError, match="has no key"):
        make_keymap([("list.wide", " ")], GROUPS)


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("ctrl+z", "ctrl-z"),
        ("slash", "/"),
        ("enter", "enter"),
        ("escape", "esc"),
        ("question_mark", "?"),
        ("O", "O"),
        ("f2", "f2"),
    ],
)
def test_keys_are_shown_as_people_write_them(key: str, label: str) -> None:
    assert key_label(key) == label


def test_pages_have_names_aliases_and_keys_of_their_own() -> None:
    words = [word for command in COMMANDS for word in (command.name, *command.aliases)]
    assert len(words) == len(set(words))
    assert len({page.key for page in PAGES}) == len(PAGES)
    assert all(page.help and page.title for page in PAGES)
