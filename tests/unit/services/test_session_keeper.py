"""Saving the session: only news, never an error on the way out."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flywheel_tui.domain.feed import Feed, SourceKind
from flywheel_tui.domain.fleet import Fleet
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.services.session_keeper import SessionKeeper
from flywheel_tui.store.last_session import session_path

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def picture(generation: int) -> Picture:
    feed = Feed(name="prod/gitlab", context="prod", kind=SourceKind.GITLAB, interval_s=20.0, fetched_at=NOW)
    return Picture(Snapshot(generation=generation, feeds={feed.name: feed}), Fleet())


def test_a_picture_is_written_once_and_again_when_it_changed(tmp_path: Path) -> None:
    shown = [picture(1)]
    keeper = SessionKeeper(tmp_path, "ours", lambda: shown[-1])
    keeper.save()
    path = session_path(tmp_path, "ours")
    path.unlink()
    keeper.save()
    assert not path.exists()
    shown.append(picture(2))
    keeper.end()
    assert path.exists()


def test_a_folder_that_cannot_be_written_is_logged_and_no_reason_to_fail(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        SessionKeeper(tmp_path / "file" / "below", "ours", lambda: picture(1)).end()
    assert "cannot be kept" in caplog.text
