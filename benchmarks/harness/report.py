"""Figures as Markdown: the results beside the JSON, and the tables between the markers of docs/performance.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.harness.figures import Figure
from benchmarks.harness.results import Group, Results
from benchmarks.harness.targets import Judged, judge

_MARKER: Final = re.compile(
    r"(<!-- benchmarks (?P<slug>\S+): (?P<part>\w+) -->\n).*?(<!-- end of benchmarks -->)", re.DOTALL
)


@dataclass(frozen=True)
class Table:
    """One table of the report: some measures of one group, a column for each subject.

    Attributes:
        text: Said above it.
    """

    title: str
    group: str
    measures: tuple[str, ...]
    text: str = ""


_KEYS: Final = ("move", "scroll", "page", "filter", "sort")

TABLES: Final = (
    Table(
        "First frame", "start", ("first frame",), "From the start of the process to the last byte of the first frame."
    ),
    Table(
        "First live row",
        "start",
        ("first live row",),
        "Without a last session. `upstreams busy` is the time in which at least one request was under way before the "
        "row was shown; `beyond both` is what is left.",
    ),
    Table("Key to paint", "grid", _KEYS, "At 200x50, from the write of the key to the last byte of its paint."),
    Table("Bytes of a key", "grid", tuple(f"{key}, bytes" for key in _KEYS)),
    Table("CPU of a key", "grid", tuple(f"{key}, CPU" for key in _KEYS), "Means of the console's process, at rest."),
    Table(
        "Bytes a tick", "grid", ("bytes a tick",), "10,000 rows, of which 5 % change in two or three values each tick."
    ),
    Table("First paint and scroll", "grid", ("first paint", "scroll by one row")),
    Table("Beside htop and top", "grid", ("bytes a second", "CPU"), "10,000 rows; all programs at the same time."),
    Table(
        "CPU and event loop",
        "grid",
        ("CPU a tick", "CPU at rest", "event loop stall", "memory of a made-up fleet"),
        "The stall is the largest lateness of a timer of 5 ms; `empty event loop` is the same timer alone in a process "
        "at the same time: what the machine itself does.",
    ),
    Table(
        "A simulated fleet",
        "upstreams",
        (
            "stall while listing",
            "stall while polling",
            "resident memory",
            "peak resident memory",
            "live CPU",
            "live bytes",
        ),
        "All five upstreams; with 10,000 runners come some 10,800 pods.",
    ),
    Table(
        "Requests to upstreams",
        "upstreams",
        ("requests until every source was read", "requests a minute"),
        "Counted by the simulator; watches are one request for as long as they last.",
    ),
    Table("Joining 10,000 runners", "join", ("join",)),
)

K9S_TABLES: Final = (
    Table("Start", "k9s", ("start to first pods", "stall while listing")),
    Table("Key to paint on pods", "k9s", ("move", "page", "filter", "sort")),
    Table("Bytes of a key on pods", "k9s", ("move, bytes", "page, bytes", "filter, bytes", "sort, bytes")),
    Table("CPU of a key on pods", "k9s", ("move, CPU", "page, CPU", "filter, CPU", "sort, CPU")),
    Table("Traffic, CPU, memory", "k9s", ("bytes a minute", "CPU", "resident memory", "peak resident memory")),
    Table(
        "When the link dies",
        "k9s",
        (
            "link lost: rows on the screen",
            "link lost: says so",
            "link lost: keys alive",
            "link lost: program ended",
            "link back: first new pod",
        ),
        "The apiserver is killed; 1 means yes, 0 no.",
    ),
)

WHY_K9S_WINS: Final = {
    "start to first pods": "k9s is compiled, and starts on the pods; Python imports for longer, and the console goes "
    "to the pods by a typed command.",
    "move": "A compiled program answers a key within a frame; the console goes through Textual's messages.",
    "page": "A compiled program draws a page faster than Textual does.",
    "sort": "k9s sorts and draws compiled.",
    "filter": "k9s filters compiled.",
    "CPU": "Each changed pod is decoded and joined with its runner in Python.",
    "bytes a minute": "The console shows more that ticks.",
    "resident memory": "Python's objects are larger than Go's.",
    "peak resident memory": "Python's objects are larger than Go's.",
}
"""Said under a table only where the figures say that k9s wins."""

_MORE_IS_BETTER: Final = ("link lost: rows", "link lost: says so", "link lost: keys alive")


def results_page(results: Results) -> str:
    """Return the whole report as one page."""
    parts = ["# Benchmark results", machine_of(results), "## Targets", targets_of(results), tables_of(results)]
    return "\n\n".join(parts).rstrip() + "\n"


def filled(document: str, results: Results) -> str:
    """Return a document with the parts between markers renewed that are of this machine."""
    parts = {"machine": machine_of, "targets": targets_of, "missed": missed_of, "tables": tables_of}

    def renewed(found: re.Match[str]) -> str:
        if found["slug"] != results.machine.slug:
            return found.group()
        return f"{found.group(1)}\n{parts[found['part']](results)}\n\n{found.group(4)}"

    return _MARKER.sub(renewed, document)


def machine_of(results: Results) -> str:
    """Return what the figures come from."""
    machine = results.machine
    lines = [
        f"{machine.cores} cores ({machine.processor}), {machine.memory_gib} GiB, {machine.kernel}, "
        f"Python {machine.python}, Textual {machine.textual}.",
        "",
        "| group | measured on | load before | took |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {group.measured_on} | {group.load} | {group.seconds:.0f} s |"
        for name, group in results.groups.items()
    ]
    return "\n".join(lines)


def targets_of(results: Results) -> str:
    """Return the table of targets."""
    lines = ["| target | at most | measured | |", "|---|---|---|---|"]
    lines += [
        f"| {each.target.text} | {_quantity(each.target.bound, each.target.unit)} "
        f"| {_quantity(each.value, each.target.unit)} | {_verdict(each)} |"
        for each in judge(results)
    ]
    return "\n".join(lines)


def missed_of(results: Results) -> str:
    """Return the targets that were missed, and those that nothing was measured for."""
    judged = judge(results)
    missed = [
        f"- {each.target.text}: {_quantity(each.value, each.target.unit)}, "
        f"at most {_quantity(each.target.bound, each.target.unit)}"
        for each in judged
        if each.met is False
    ]
    unknown = [f"- {each.target.text}: not measured" for each in judged if each.met is None]
    return "\n".join(missed + unknown) or "None."


def tables_of(results: Results) -> str:
    """Return all tables of all groups that were measured."""
    parts = [_table(table, results) for table in TABLES]
    k9s = [_table(table, results, against="k9s") for table in K9S_TABLES]
    if any(k9s):
        parts += ["## Against k9s", *k9s]
    parts.append(_skipped(results.groups))
    return "\n\n".join(part for part in parts if part)


def _table(table: Table, results: Results, against: str | None = None) -> str:
    group = results.groups.get(table.group)
    figures = [each for each in group.figures if each.measure in table.measures] if group is not None else []
    if not figures:
        return ""
    subjects = list(dict.fromkeys(each.subject for each in figures))
    several = any(each.n > 1 for each in figures)
    lines = [f"### {table.title}", ""]
    words = [table.text] if table.text else []
    if several:
        words.append("Cells are p50 / p95 / p99; a single figure stands alone.")
    lines += [" ".join(words), ""] if words else []
    beside = against is not None and against in subjects and "flywheel" in subjects
    heads = ["measure", "case", "unit", *subjects, *([f"ratio to {against}", "better"] if beside else [])]
    lines += ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    wins: list[str] = []
    for measure, case, unit in dict.fromkeys((each.measure, each.case, each.unit) for each in figures):
        found = {
            each.subject: each for each in figures if (each.measure, each.case, each.unit) == (measure, case, unit)
        }
        cells = [_cell(found.get(subject)) for subject in subjects]
        if beside and against is not None:
            ratio, better = _compared(measure, found.get("flywheel"), found.get(against), against)
            cells += [ratio, better]
            if better == f"**{against}**" and measure not in wins:
                wins.append(measure)
        lines.append("| " + " | ".join([measure, case, unit, *cells]) + " |")
    lines += [f"\nWhere {against} wins at {measure}: {_why(measure)}" for measure in wins]
    notes = dict.fromkeys(f"{each.subject}, {each.measure}, {each.case}: {each.note}" for each in figures if each.note)
    lines += ["", *(f"- {note}" for note in notes)] if notes else []
    return "\n".join(lines)


def _compared(measure: str, ours: Figure | None, theirs: Figure | None, against: str) -> tuple[str, str]:
    if ours is None or theirs is None:
        return "–", "–"
    ratio = f"{ours.median / theirs.median:.2f}" if theirs.median else "–"
    if ours.median == theirs.median:
        return ratio, "equal"
    more = measure.startswith(_MORE_IS_BETTER)
    return ratio, "flywheel" if (ours.median > theirs.median) == more else f"**{against}**"


def _why(measure: str) -> str:
    return WHY_K9S_WINS.get(measure, "the reason is not known.")


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    missed = f" ({figure.missed} without effect)" if figure.missed else ""
    if figure.n == 1 or figure.least == figure.most:
        return _number(figure.median) + missed
    return f"{_number(figure.median)} / {_number(figure.p95)} / {_number(figure.p99)}{missed}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.2g}"


def _quantity(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}x" if unit == "x" else f"{_number(value)} {unit}".strip()


def _verdict(each: Judged) -> str:
    return "not measured" if each.met is None else "met" if each.met else "**missed**"


def _skipped(groups: dict[str, Group]) -> str:
    lines: Sequence[str] = [f"- {each.what}: {each.why}" for group in groups.values() for each in group.skipped]
    return "\n".join(["### Not measured", "", *lines]) if lines else ""


def markers_of(document: str) -> Iterable[tuple[str, str]]:
    """Return machine and part of every marker of a document."""
    return [(found["slug"], found["part"]) for found in _MARKER.finditer(document)]
