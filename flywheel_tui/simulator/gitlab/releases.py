"""Which release of GitLab Runner follows which: what GitLab's ``upgradeStatus`` is reckoned from."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.model_forge import GitLabManager

INVALID = "INVALID"
NOT_AVAILABLE = "NOT_AVAILABLE"
AVAILABLE = "AVAILABLE"
RECOMMENDED = "RECOMMENDED"
BACKPORTED_MINORS = 2
"""How many minors before the latest still get patches."""

_LAST_MINOR = {15: 11, 16: 11, 17: 11, 18: 11}
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:$|[-+~])")
_SEVERITY = (INVALID, NOT_AVAILABLE, AVAILABLE, RECOMMENDED)


def _numbers(version: str) -> tuple[int, int, int] | None:
    found = _VERSION.match(version)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _known() -> dict[tuple[int, int], int]:
    """Return the newest patch of every minor that was released."""
    major, minor, _ = _numbers(words.GITLAB_VERSION) or (0, 0, 0)
    minors = [(old, each) for old, last in _LAST_MINOR.items() for each in range(last + 1)]
    newest = dict.fromkeys([*minors, *((major, each) for each in range(minor + 1))], 0)
    for version in (*words.RUNNER_VERSIONS, *words.OLD_RUNNER_VERSIONS):
        numbers = _numbers(version)
        if numbers is not None and numbers[:2] in newest:
            newest[numbers[:2]] = max(newest[numbers[:2]], numbers[2])
    return newest


_NEWEST_PATCH = _known()
_MINORS = list(_NEWEST_PATCH)


def upgrade_status(version: str) -> str:
    """Return whether GitLab offers or urges an upgrade of a runner of this version."""
    numbers = _numbers(version)
    if numbers is None:
        return INVALID
    minor = numbers[:2]
    if minor not in _NEWEST_PATCH:
        return RECOMMENDED if minor < _MINORS[-1] else NOT_AVAILABLE
    outside = len(_MINORS) - 1 - _MINORS.index(minor) > BACKPORTED_MINORS
    if outside or _NEWEST_PATCH[minor] > numbers[2]:
        return RECOMMENDED
    return AVAILABLE if minor < _MINORS[-1] else NOT_AVAILABLE


def runner_upgrade_status(managers: Iterable[GitLabManager]) -> str | None:
    """Return the most urgent status among the managers; None where there are none."""
    return max((upgrade_status(manager.version) for manager in managers), key=_SEVERITY.index, default=None)
