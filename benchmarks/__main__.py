"""Measures, and writes what was found: ``make bench``, ``make bench ARGS="grid k9s"``.

A full run writes benchmarks/results/MACHINE.json and .md, and the tables of docs/performance.md where these are of the
same kind of machine. A run of some groups keeps what is known of the others.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Final

from benchmarks.harness import machine, report, results
from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Outcome
from benchmarks.harness.results import Group, Results
from benchmarks.harness.terminal import ROOT, ProgramEndedError

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "start": ("first_frame", "live_row"),
    "grid": ("key_to_paint", "tick_bytes", "paint_bytes", "idle", "tick_cpu"),
    "upstreams": ("at_the_simulator",),
    "join": ("join",),
    "k9s": ("k9s",),
}
"""What can be asked for, and the modules that measure it."""

DOCUMENT: Final = ROOT / "docs" / "performance.md"


def main() -> int:
    """Measure what was asked for, or only write the report of what is known."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "groups", nargs="*", metavar="GROUP", help=f"{', '.join(GROUPS)}; all of them where none is named"
    )
    parser.add_argument(
        "--scale", type=float, default=1.0, help="less than 1: fewer rounds, printed and not kept: to see that it runs"
    )
    parser.add_argument("--report", action="store_true", help="measure nothing; write the report from the results")
    options = parser.parse_args()
    unknown = [name for name in options.groups if name not in GROUPS]
    if unknown:
        parser.error(f"there is no group {unknown[0]}; there are {', '.join(GROUPS)}")
    here = machine.this_machine()
    path = results.FOLDER / f"{here.slug}.json"
    if options.report:
        for known in sorted(results.FOLDER.glob("*.json")):
            publish(results.read(known), known)
        return 0
    known_groups = results.read(path).groups if path.exists() and options.scale >= 1 else {}
    found = Results(machine=here, groups=dict(known_groups))
    for name in options.groups or GROUPS:
        found.groups[name] = measured(name, Effort(options.scale))
        found.groups = {each: found.groups[each] for each in GROUPS if each in found.groups}
        if options.scale >= 1:
            # After each group: what was measured is not lost when a later group fails.
            results.write(found, path)
            publish(found, path)
    sys.stdout.write(report.results_page(found))
    return 0


def measured(name: str, effort: Effort) -> Group:
    """Measure one group. What fails is told as not measured; the others go on."""
    sys.stderr.write(f"== {name}\n")
    outcome = Outcome()
    load, started = machine.load(), time.perf_counter()
    for module in GROUPS[name]:
        measure: Callable[[Outcome, Effort], None] = import_module(f"benchmarks.{module}").measure
        try:
            measure(outcome, effort)
        except (ProgramEndedError, TimeoutError, OSError) as error:
            outcome.skip(f"{module}, from where it failed", str(error))
            sys.stderr.write(f"  {module} failed: {error}\n")
    for each in outcome.skipped:
        sys.stderr.write(f"  not measured: {each.what}: {each.why}\n")
    return Group(
        measured_on=datetime.now(UTC).date().isoformat(),
        load=load,
        seconds=round(time.perf_counter() - started, 1),
        scale=effort.scale,
        figures=outcome.figures,
        skipped=outcome.skipped,
    )


def publish(found: Results, path: Path) -> None:
    """Write the report beside the results, and into the document where that tells of the same kind of machine."""
    path.with_suffix(".md").write_text(report.results_page(found), encoding="utf-8")
    if not DOCUMENT.exists():
        return
    document = DOCUMENT.read_text(encoding="utf-8")
    if found.machine.slug in {slug for slug, _ in report.markers_of(document)}:
        DOCUMENT.write_text(report.filled(document, found), encoding="utf-8")
    else:
        sys.stderr.write(f"{DOCUMENT.name} tells of another kind of machine and stays as it is.\n")


if __name__ == "__main__":
    sys.exit(main())
