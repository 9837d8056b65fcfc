"""The targets, and whether the figures meet them. Nothing here is typed in by hand but the bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from benchmarks.harness.results import Results

Measured = Callable[[Results], float | None]


@dataclass(frozen=True)
class Target:
    """One target.

    Attributes:
        text: What is wanted, in words.
        measured: Reads or computes the figure; None where something that it needs was not measured.
        bound: The figure may be this at most.
        unit: Of both.
    """

    text: str
    measured: Measured
    bound: float
    unit: str = "x"


@dataclass(frozen=True)
class Judged:
    """A target and what was measured; ``met`` is None where nothing was."""

    target: Target
    value: float | None

    @property
    def met(self) -> bool | None:
        """Return whether the target is met."""
        return None if self.value is None else self.value <= self.target.bound


def _value(group: str, measure: str, subject: str, case: str, kind: str = "median") -> Measured:
    def read(results: Results) -> float | None:
        figure = results.find(group, measure, subject, case)
        return None if figure is None else float(getattr(figure, kind))

    return read


def _ratio(mine: Measured, other: Measured) -> Measured:
    def read(results: Results) -> float | None:
        above, below = mine(results), other(results)
        if above is None or below is None:
            return None
        return above / below if below else (0.0 if not above else float("inf"))

    return read


def _worst(*measured: Measured) -> Measured:
    def read(results: Results) -> float | None:
        values = [each(results) for each in measured]
        known = [value for value in values if value is not None]
        return max(known) if known and len(known) == len(values) else None

    return read


def _beside(group: str, measure: str, case: str, kind: str = "median") -> Measured:
    return _ratio(_value(group, measure, "flywheel", case, kind), _value(group, measure, "k9s", case, kind))


_SIZES: Final = ("80x24", "200x50")
_DEPTHS: Final = ("16 colours", "256 colours", "truecolor")
_KEYS: Final = ("move", "page", "filter", "sort")
_PODS: Final = ("2,000 pods", "10,000 pods")
_HUNDRED: Final = "100 rows, 2 s churn"
_THOUSANDS: Final = "10,000 rows, 2 s churn"


def _start(subject: str) -> Measured:
    return _worst(
        *(
            _ratio(
                _value("start", "first frame", subject, size), _value("start", "first frame", "bare Textual app", size)
            )
            for size in _SIZES
        )
    )


def _key_targets() -> list[Target]:
    found = []
    for key in _KEYS:
        churned = _value("grid", key, "flywheel", _THOUSANDS, "p99")
        few = _value("grid", key, "flywheel", _HUNDRED, "p99")
        found.append(Target(f"{key}: p99 at 10,000 rows under churn, against 100 rows", _ratio(churned, few), 1.5))
    for key in ("move", "scroll", "page"):
        usual = _value("grid", key, "flywheel", _THOUSANDS)
        found.append(Target(f"{key}: p50 at 10,000 rows under churn", usual, 16.0, "ms"))
    for key in ("filter", "sort"):
        rest = _value("grid", key, "flywheel", "10,000 rows, idle", "p99")
        found.append(Target(f"{key} of 10,000 rows painted, p99", rest, 50.0, "ms"))
    return found


def _k9s_targets() -> list[Target]:
    found = []
    for pods in _PODS:
        for kind in ("idle", "2 s churn"):
            case = f"{pods}, {kind}"
            found += [Target(f"k9s, {case}: {key} p50", _beside("k9s", key, case), 1.0) for key in _KEYS]
            found.append(Target(f"k9s, {case}: bytes", _beside("k9s", "bytes a minute", case), 1.0))
        found.append(Target(f"k9s, {pods}: resident memory", _beside("k9s", "resident memory", pods), 1.0))
    for seconds in (10, 30):
        case = f"{seconds} s after"
        for measure in ("rows on the screen", "says so", "keys alive"):
            ours = _value("k9s", f"link lost: {measure}", "flywheel", case)
            theirs = _value("k9s", f"link lost: {measure}", "k9s", case)
            found.append(
                Target(f"k9s, link lost, {case}: k9s has more of: {measure}", _difference(theirs, ours), 0.0, "")
            )
    return found


def _difference(more: Measured, less: Measured) -> Measured:
    def read(results: Results) -> float | None:
        above, below = more(results), less(results)
        return None if above is None or below is None else max(0.0, above - below)

    return read


def _live_row() -> list[Target]:
    return [
        Target(
            f"first live row of {runners} beyond first frame and upstreams",
            _value("start", "first live row", "beyond both", f"{runners} runners"),
            150.0,
            "ms",
        )
        for runners in ("148", "1,000", "10,000")
    ]


TARGETS: Final = (
    Target("first frame, against a bare Textual app", _start("flywheel"), 1.3),
    Target("first frame with the last session, against a bare Textual app", _start("flywheel, last session"), 1.3),
    *_live_row(),
    *_key_targets(),
    *(
        Target(
            f"bytes a tick at {size}, {depth}, against the minimal cell diff",
            _value("grid", "bytes a tick", "times minimal", f"{size}, {depth}"),
            1.2,
        )
        for size in _SIZES
        for depth in _DEPTHS
    ),
    *(
        Target(
            f"bytes when nothing changed, {size}",
            _value("grid", "bytes a second", "flywheel, nothing changes", size),
            0.0,
            "bytes/s",
        )
        for size in _SIZES
    ),
    *(
        Target(f"CPU when nothing changed, {size}", _value("grid", "CPU", "flywheel, nothing changes", size), 1.0, "%")
        for size in _SIZES
    ),
    *(
        Target(
            f"first paint at 200x50, {depth}",
            _value("grid", "first paint", "flywheel", f"200x50, {depth}"),
            40_960,
            "bytes",
        )
        for depth in ("16 colours", "truecolor")
    ),
    *(
        Target(
            f"bytes a second under churn at {size}, against htop",
            _ratio(
                _value("grid", "bytes a second", "flywheel, 5 % change every 2 s", size),
                _value("grid", "bytes a second", "htop, 2 s", size),
            ),
            1.0,
        )
        for size in _SIZES
    ),
    Target(
        "CPU a tick at 10,000 rows, 5 % changing",
        _value("grid", "CPU a tick", "flywheel", "10,000 rows, 5 % a tick"),
        15.0,
        "ms",
    ),
    Target(
        "event loop stall while 10,000 simulated pods are listed",
        _value("upstreams", "stall while listing", "flywheel", "10,000 runners"),
        30.0,
        "ms",
    ),
    Target(
        "event loop stall while 10,000 pods of a real apiserver are listed",
        _value("k9s", "stall while listing", "flywheel", "10,000 pods"),
        30.0,
        "ms",
    ),
    Target(
        "memory with 10,000 runners and their 10,000 pods, against k9s with 10,000 pods",
        _ratio(
            _value("upstreams", "resident memory", "flywheel", "10,000 runners"),
            _value("k9s", "resident memory", "k9s", "10,000 pods"),
        ),
        1.0,
    ),
    *_k9s_targets(),
)


def judge(results: Results) -> list[Judged]:
    """Return every target with what was measured."""
    return [Judged(target, target.measured(results)) for target in TARGETS]
