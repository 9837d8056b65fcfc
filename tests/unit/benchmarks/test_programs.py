"""The programs that are measured, without a terminal."""

from __future__ import annotations

import asyncio
import itertools
import re

import msgspec

from benchmarks.harness.forwarder import Traffic, _covered, _Exchange
from benchmarks.harness.made_up import NAME
from benchmarks.harness.simulated import RUNNER_NAME
from benchmarks.programs.synthetic import Churn, SyntheticFleet, name_of
from flywheel_tui.domain.fleet import FleetChange
from flywheel_tui.insight.difference import diff_fleet
from flywheel_tui.services.fleet_service import Picture


async def test_what_the_made_up_fleet_tells_is_what_differs() -> None:
    fleet = SyntheticFleet(200, Churn(0.0))
    told: list[tuple[Picture, FleetChange | None]] = [(fleet.current, FleetChange())]
    enough = asyncio.Event()

    def listen(picture: Picture, change: FleetChange | None) -> None:
        told.append((picture, change))
        if len(told) > 30:
            enough.set()

    fleet.subscribe(listen)
    running = asyncio.create_task(fleet.run())
    await asyncio.wait_for(enough.wait(), 10)
    running.cancel()
    for (before, _), (after, change) in itertools.pairwise(told):
        assert change is not None
        found = diff_fleet(before.fleet, after.fleet)
        assert found.runners.changed <= change.runners.changed
        assert len(found.runners.changed) > 5
        assert not found.runners.added | found.runners.removed


def test_names_have_letters_of_their_own() -> None:
    fleet = SyntheticFleet(50, Churn(None))
    for row in fleet.current.fleet.runners.values():
        assert NAME.fullmatch(row.name)
        others = msgspec.structs.replace(row, name="", key="")
        assert not re.search("[qzjv]", str(others.status) + str(others.tags) + str(others.versions) + others.scope)
    assert name_of(7) == name_of(7)


def test_names_of_simulated_runners_are_found_at_the_beginning_of_a_line() -> None:
    assert RUNNER_NAME.search(" ▲  acme-docker-linux-12   gitlab") or RUNNER_NAME.search(
        " ▲ acme-docker-linux-12   git"
    )
    assert RUNNER_NAME.search(" PROD prod   read-only-1") is None


def test_waiting_for_two_at_once_counts_once() -> None:
    assert _covered([(0.0, 2.0), (1.0, 3.0), (5.0, 6.0)]) == 4.0
    traffic = Traffic([_Exchange(0.0, 2.0), _Exchange(1.5, None), _Exchange(9.0, 10.0)])
    assert traffic.busy_s(1.0, 4.0) == 3.0
    assert Traffic().busy_s(0.0, 1.0) == 0.0


def test_every_group_can_be_measured() -> None:
    from importlib import import_module

    from benchmarks.__main__ import GROUPS

    for modules in GROUPS.values():
        for name in modules:
            assert callable(import_module(f"benchmarks.{name}").measure)
