from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.sources.gitlab.fake_gitlab import FakeGitLab


@pytest.fixture
def gitlab(tmp_path: Path) -> FakeGitLab:
    return FakeGitLab(tmp_path / "token")
