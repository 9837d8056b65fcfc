"""The file that outlives a session."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.tui.finding.saved_state import (
    Arrangement,
    Favourite,
    LastSession,
    Place,
    SavedState,
    SavedView,
    StateFile,
)
from tests.conftest import NOW

WHOLE = SavedState(
    sorts={"runners": ("-cpu", "name")},
    histories={":": ("pods",), "runners": ("gpu", "forge:gitlab [/evil]")},
    favourites={3: Favourite(scope="infra/build", pinned=True), 4: Favourite(scope="prod")},
    views={"nights": SavedView(page="pods", scope="prod", arrangement=Arrangement(filter="crash", wide=True))},
    last=LastSession(
        at=NOW,
        page="pods",
        cut_off=True,
        places={"pods": Place(cursor="prod/pod/a", marks=("prod/pod/a", "prod/pod/b"))},
    ),
)


def test_what_is_written_is_read_again_and_is_private(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "state" / "flywheel" / "console.json")
    assert file.read() == (SavedState(), "")
    assert file.apply([lambda _: WHOLE]) == WHOLE
    assert file.read() == (WHOLE, "")
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in file.path.parent.iterdir()] == ["console.json"]


def test_two_consoles_keep_each_others_changes(tmp_path: Path) -> None:
    one, other = StateFile(tmp_path / "s.json"), StateFile(tmp_path / "s.json")
    one.apply([lambda state: msgspec.structs.replace(state, sorts={**state.sorts, "pods": ("age",)})])
    other.apply([lambda state: msgspec.structs.replace(state, sorts={**state.sorts, "runners": ("cpu",)})])
    assert one.read()[0].sorts == {"pods": ("age",), "runners": ("cpu",)}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"\xff\xfe", "malformed"),
        (b"[]", "Expected `object`"),
        (b'{"version": 2}', "of version 2, and this Flywheel knows 1"),
        (b'{"version": 1, "sorts": 5}', "Expected `object`"),
        (b'{"version": 1, "favourites": {"x": {"scope": "a"}}}', "Expected `int`"),
        (b" " * 4_000_001, "too long"),
    ],
)
def test_a_file_that_cannot_be_understood_is_kept_aside_and_told_once(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    file = StateFile(tmp_path / "console.json")
    file.path.write_bytes(content)
    state, problem = file.read()
    assert state == SavedState()
    assert reason in problem
    assert str(tmp_path / "console.json.broken") in problem
    assert (tmp_path / "console.json.broken").read_bytes() == content
    assert file.read() == (SavedState(), "")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_told(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = StateFile(tmp_path_factory.mktemp("state") / "console.json")
    file.path.write_bytes(content)
    state, problem = file.read()
    assert state == SavedState()
    assert problem


def test_a_file_that_cannot_be_read_is_told_and_not_replaced(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "console.json")
    file.path.mkdir()
    state, problem = file.read()
    assert state == SavedState()
    assert "cannot be read: Is a directory." in problem
    with pytest.raises(OSError, match="directory"):
        file.apply([lambda _: WHOLE])
    assert file.path.is_dir()


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "in the way").touch()
    with pytest.raises(OSError, match="in the way"):
        StateFile(tmp_path / "in the way" / "console.json").apply([lambda _: WHOLE])

    file = StateFile(tmp_path / "console.json")
    file.apply([lambda _: WHOLE])

    def fail(state: SavedState) -> SavedState:
        return msgspec.structs.replace(state, version=object())  # cannot be written as JSON

    with pytest.raises(TypeError):
        file.apply([fail])
    assert file.read() == (WHOLE, "")
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []
