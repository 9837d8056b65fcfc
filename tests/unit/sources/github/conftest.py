from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.sources.github.fake_github import FakeGitHub


@pytest.fixture
def github(tmp_path: Path) -> FakeGitHub:
    return FakeGitHub(tmp_path / "token")
