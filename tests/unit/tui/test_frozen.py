"""Holding the picture still: what is shown stays, what is live goes on, and nothing that happened meanwhile is lost."""

from __future__ import annotations

from flywheel_tui.domain.fleet import FleetChange
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.tui.frozen import FreezableFleet
from tests.tui.scripted import ScriptedFleet, busy_picture, picture


def test_the_held_picture_and_its_time_stay() -> None:
    scripted = ScriptedFleet(picture(()))
    fleet = FreezableFleet(scripted)
    before, at = fleet.current, scripted.now
    fleet.freeze()
    scripted.advance(60)
    scripted.show(busy_picture())
    assert fleet.current is before
    assert fleet.clock() == fleet.frozen_at == at
    assert fleet.live.fleet is busy_picture().fleet or len(fleet.live.fleet.runners) == len(
        busy_picture().fleet.runners
    )
    assert fleet.live_clock() == scripted.now


def test_letting_go_tells_everyone_that_anything_may_differ() -> None:
    scripted = ScriptedFleet(picture(()))
    fleet = FreezableFleet(scripted)
    told: list[tuple[Picture, FleetChange | None]] = []
    fleet.subscribe(lambda shown, change: told.append((shown, change)))
    fleet.freeze()
    scripted.show(busy_picture())
    fleet.thaw()
    assert fleet.frozen_at is None
    assert fleet.waiting == 0
    assert told[-1] == (fleet.live, None)


def test_a_row_that_changes_twice_waits_once() -> None:
    scripted = ScriptedFleet(picture(()))
    fleet = FreezableFleet(scripted)
    fleet.subscribe(lambda shown, change: None)
    fleet.freeze()
    scripted.show(busy_picture())
    once = fleet.waiting
    scripted.show(picture(()))
    assert once == fleet.waiting > 0


def test_freezing_twice_keeps_the_first_moment_and_thawing_a_live_picture_does_nothing() -> None:
    scripted = ScriptedFleet(picture(()))
    fleet = FreezableFleet(scripted)
    told: list[Picture] = []
    fleet.subscribe(lambda shown, change: told.append(shown))
    fleet.thaw()
    assert told == []
    fleet.freeze()
    first = fleet.frozen_at
    scripted.advance(5)
    fleet.freeze()
    assert fleet.frozen_at == first


def test_nothing_follows_the_fleet_when_nobody_listens() -> None:
    scripted = ScriptedFleet(picture(()))
    fleet = FreezableFleet(scripted)
    leave = [fleet.subscribe(lambda shown, change: None) for _ in range(2)]
    assert scripted.listeners == 1
    for left in leave:
        left()
    assert scripted.listeners == 0
