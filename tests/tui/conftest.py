"""Screens as pictures: each snapshot is an SVG under the top-level snapshots/, with its text beside it.

The text is compared first: its difference tells what changed on the screen. Take new ones with
``pytest tests/tui --snapshot-update -n 0`` and read them before they are committed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_textual_snapshot  # type: ignore[import-untyped]
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from textual.app import App
from textual.pilot import Pilot

_TESTS = Path(__file__).resolve().parents[1]
_SNAPSHOTS = _TESTS.parent / "snapshots"


def _folder(test_location: PyTestLocation) -> str:
    module = Path(test_location.filepath).resolve().relative_to(_TESTS).with_suffix("")
    return str(_SNAPSHOTS / module)


class TopLevelSVG(pytest_textual_snapshot.SVGImageExtension):  # type: ignore[misc]
    """The plugin's pictures, in the top-level folder."""

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return _folder(test_location)


class TextTwin(SingleFileSnapshotExtension):
    """The same screen as text, which people and reviews can read."""

    _file_extension = "txt"
    _write_mode = WriteMode.TEXT

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return _folder(test_location)


pytest_textual_snapshot.SVGImageExtension = TopLevelSVG


class ScreenMatches(Protocol):
    """Compares a screen with its snapshots."""

    def __call__(
        self,
        app: App[Any],
        *,
        size: tuple[int, int] = (80, 24),
        before: Callable[[Pilot[Any]], Awaitable[None]] | None = None,
    ) -> None: ...


def screen_text(app: App[Any]) -> str:
    """Return what is on the screen, line by line, without the blanks at the line ends."""
    # Textual has no public way to read the screen as text.
    lines = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
    return "\n".join(lines) + "\n"


@pytest.fixture
def screen_matches(snapshot: SnapshotAssertion, snap_compare: Callable[..., bool]) -> ScreenMatches:
    """Return a function that runs an app and compares its screen, first as text, then as a picture."""

    def compare(
        app: App[Any],
        *,
        size: tuple[int, int] = (80, 24),
        before: Callable[[Pilot[Any]], Awaitable[None]] | None = None,
    ) -> None:
        texts: list[str] = []

        async def run_before(pilot: Pilot[Any]) -> None:
            await pilot.pause()
            if before is not None:
                await before(pilot)
            await pilot.pause()
            texts.append(screen_text(pilot.app))

        same_picture = snap_compare(app, terminal_size=size, run_before=run_before)
        assert texts[0] == snapshot.use_extension(TextTwin)
        assert same_picture, "the text is the same, but colours or styles differ: see snapshot_report.html"

    return compare
