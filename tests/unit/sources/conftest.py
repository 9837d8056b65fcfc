from __future__ import annotations

import pytest

from flywheel_tui.sources import repeating


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat reads at once: a read is still asked for as often, and nobody waits."""
    monkeypatch.setattr(repeating, "PAUSES_S", (0.0, 0.0))
