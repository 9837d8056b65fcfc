"""What the tests of the source look at."""

from __future__ import annotations

import pytest

from flywheel_tui.domain.errors import SourceError
from flywheel_tui.domain.feed import Observation
from flywheel_tui.domain.runner import ForgeRunner
from flywheel_tui.sources.gitlab.source import GitLabSource


def runners(observation: Observation) -> dict[str, ForgeRunner]:
    """Return the runners by GitLab's id."""
    rows = observation.tables[ForgeRunner]
    return {row.id: row for row in rows.values() if isinstance(row, ForgeRunner)}


def said(observation: Observation, code: str) -> list[str]:
    """Return what the findings of a code say."""
    return [finding.text for finding in observation.findings if finding.code == code]


async def refused(source: GitLabSource) -> SourceError:
    """Return the error that a reading ends in."""
    with pytest.raises(SourceError) as caught:
        await source.fetch()
    return caught.value
