"""Results on disk: one JSON file for each kind of machine, which a run of some groups brings up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from benchmarks.harness.figures import Figure, Outcome, Skipped
from benchmarks.harness.machine import Machine
from benchmarks.harness.terminal import ROOT

FOLDER: Final = ROOT / "benchmarks" / "results"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What one group of measurements found, and when.

    Attributes:
        measured_on: Day, in UTC.
        load: Processes that wanted a core in the minute before.
        seconds: How long it took.
        scale: 1 for a full run; less for a quick look, whose figures are no evidence.
    """

    measured_on: str
    load: float
    seconds: float
    scale: float
    figures: list[Figure]
    skipped: list[Skipped]


class Results(msgspec.Struct, kw_only=True):
    """All groups that were measured on one kind of machine."""

    machine: Machine
    groups: dict[str, Group]

    def find(self, group: str, measure: str, subject: str, case: str) -> Figure | None:
        """Return a figure, or None where it was not measured."""
        found = self.groups.get(group)
        return None if found is None else Outcome(found.figures).find(measure, subject, case)


def read(path: Path) -> Results:
    """Read results."""
    return msgspec.json.decode(path.read_bytes(), type=Results)


def write(results: Results, path: Path) -> None:
    """Write results, readable by people too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
