"""Tapes and lanes: what is counted in closed form is what happens job by job."""

from __future__ import annotations

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.simulator.world.chance import Chance
from flywheel_tui.simulator.world.tape import DAY, Lane, Tape, record_tape

START = 1_000_000.0
BOUNDS = (60.0, 300.0, 900.0)
OFFSETS = st.floats(min_value=0, max_value=7 * DAY)


def tape() -> Tape:
    return record_tape(
        Chance(1),
        "t",
        busy=0.7,
        durations=(30, 1200),
        waits=(1, 900),
        failures=(("script_failure", 0.2), ("timeout", 0.1)),
    )


def lane() -> Lane:
    return Lane(0, tape(), START, "gitlab/1", 0)


def test_jobs_of_a_tape_follow_each_other_within_a_day() -> None:
    drawn = tape()
    assert drawn.size > 20
    assert all(end < start for end, start in zip(drawn.ends, drawn.starts[1:], strict=False))
    assert drawn.ends[-1] < DAY


@given(OFFSETS)
def test_counts_agree_with_the_jobs_themselves(offset: float) -> None:
    played = lane()
    at = START + offset
    runs = [played.run(number) for number in range(played.started(at) + 3)]
    assert played.started(at) == sum(run.started_at <= at for run in runs)
    assert played.finished(at) == sum(run.finished_at <= at for run in runs)
    current = played.current(at)
    assert [run for run in runs if run.started_at <= at < run.finished_at] == ([] if current is None else [current])
    assert played.pending(at) == [run for run in runs if run.queued_at <= at < run.started_at]


@given(OFFSETS)
def test_outcomes_and_histograms_add_up(offset: float) -> None:
    played = lane()
    count = played.finished(START + offset)
    runs = [played.run(number) for number in range(count)]
    outcomes = played.tape.outcome_counts(count)
    assert sum(outcomes.values()) == count
    assert outcomes["script_failure"] == sum(run.outcome == "script_failure" for run in runs)
    counts, seconds = played.tape.histogram("duration", BOUNDS, count)
    lengths = [played.tape.durations[number % played.tape.size] for number in range(count)]
    assert counts == [sum(length <= bound for length in lengths) for bound in BOUNDS]
    assert abs(seconds - sum(lengths)) < 0.01


@given(OFFSETS, st.floats(min_value=60, max_value=DAY))
def test_a_stall_keeps_the_running_job_and_delays_the_next(offset: float, lasts: float) -> None:
    played, plain = lane(), lane()
    at = START + offset
    current, waiting = played.current(at), played.run(played.started(at))
    played.stall(at)
    assert played.stalled
    assert played.current(at) == current
    assert played.run(waiting.number).started_at == inf
    if current is not None:
        assert played.run(current.number).finished_at == current.finished_at
    resumed = max(at, waiting.started_at) + lasts
    assert played.started(resumed) == waiting.number
    if waiting.queued_at <= resumed:
        assert played.pending(resumed)[0].number == waiting.number
    played.resume(resumed)
    again = played.run(waiting.number)
    assert resumed <= again.started_at < resumed + 0.01
    assert abs((again.finished_at - again.started_at) - (waiting.finished_at - waiting.started_at)) < 0.01
    assert played.started(resumed + 3 * DAY) < plain.started(resumed + 3 * DAY) + 1


def test_a_pause_shorter_than_the_gap_changes_nothing() -> None:
    played, plain = lane(), lane()
    first = plain.run(5)
    at = first.started_at + 1
    played.stall(at)
    played.resume(at + 2)
    assert [played.run(number) for number in range(40)] == [plain.run(number) for number in range(40)]


def test_a_job_that_is_cut_ends_then_and_the_next_one_starts_as_ever() -> None:
    played = lane()
    run = played.run(3)
    played.cut(run.started_at + 5, "runner_system_failure")
    assert played.run(3).finished_at == run.started_at + 5
    assert played.run(3).outcome == "runner_system_failure"
    assert played.current(run.started_at + 6) is None
    assert played.run(4) == lane().run(4)


def test_the_week_before_can_be_asked() -> None:
    played = lane()
    assert [run.number for run in played.between(START, START + 3 * DAY)] == list(
        range(played.started(START + 3 * DAY))
    )
