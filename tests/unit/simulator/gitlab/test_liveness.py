from __future__ import annotations

import pytest

from flywheel_tui.simulator.gitlab.liveness import Liveness, filter_matches, liveness

NOW = 1_795_262_400.0
HOUR = 3_600.0
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("created", "contacted", "finished", "word"),
    [
        (NOW - 90 * DAY, NOW - 60, True, Liveness.ONLINE),
        (NOW - 90 * DAY, NOW - 2 * HOUR + 1, True, Liveness.ONLINE),
        (NOW - 90 * DAY, NOW - 2 * HOUR, True, Liveness.OFFLINE),
        (NOW - 90 * DAY, NOW - 7 * DAY + 1, True, Liveness.OFFLINE),
        (NOW - 90 * DAY, NOW - 7 * DAY, True, Liveness.STALE),
        # Too old to be 'never contacted', although it never was.
        (NOW - 8 * DAY, None, False, Liveness.STALE),
        (NOW - 6 * DAY, None, False, Liveness.NEVER_CONTACTED),
        # Made by a registration token: finished, so it is offline until it comes.
        (NOW - 6 * DAY, None, True, Liveness.OFFLINE),
    ],
)
def test_the_status_follows_from_the_times(
    created: float, contacted: float | None, finished: bool, word: Liveness
) -> None:
    assert liveness(created=created, contacted=contacted, finished=finished, at=NOW) is word


def lists(word: Liveness, created: float, persisted: float | None) -> bool:
    return filter_matches(word, created=created, persisted=persisted, at=NOW)


def test_the_filter_for_offline_includes_what_is_stale() -> None:
    created, contacted = NOW - 90 * DAY, NOW - 30 * DAY
    assert {word for word in Liveness if lists(word, created, contacted)} == {Liveness.OFFLINE, Liveness.STALE}


def test_the_filters_know_a_runner_that_never_came() -> None:
    assert {word for word in Liveness if lists(word, NOW - DAY, None)} == {Liveness.NEVER_CONTACTED}
    old = {word for word in Liveness if lists(word, NOW - 9 * DAY, None)}
    assert old == {Liveness.NEVER_CONTACTED, Liveness.STALE}
