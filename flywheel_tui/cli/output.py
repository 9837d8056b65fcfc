"""Lists in the forms of ``-o``: table, wide, json, yaml, csv, name."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import yaml

from flywheel_tui.cli.options import Format
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.services.envelope import envelope
from flywheel_tui.services.listing.field import Cell, Kind

R = TypeVar("R", bound=Row)


def render(rows: Sequence[R], kind: Kind[R], form: Format, snapshot: Snapshot, now: datetime) -> str:
    """Return the rows in the wanted form, ending with a line break unless there is nothing."""
    match form:
        case Format.JSON:
            return as_json(rows, snapshot, now)
        case Format.YAML:
            return as_yaml(rows, snapshot, now)
        case Format.CSV:
            return as_csv(rows, kind)
        case Format.NAME:
            return "".join(f"{kind.singular}/{kind.label(row)}\n" for row in rows)
        case _:
            return as_table(rows, kind, now, wide=form is Format.WIDE)


def as_json(data: Any, snapshot: Snapshot, now: datetime) -> str:  # noqa: ANN401 - whatever msgspec can encode
    """Return the envelope as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(envelope(data, snapshot, now)), indent=2).decode() + "\n"


def as_yaml(data: Any, snapshot: Snapshot, now: datetime) -> str:  # noqa: ANN401 - whatever msgspec can encode
    """Return the envelope as YAML."""
    plain = msgspec.to_builtins(envelope(data, snapshot, now), str_keys=True)
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(_lists(plain), Dumper=dumper, sort_keys=False, allow_unicode=True)
    return text


def as_csv(rows: Sequence[R], kind: Kind[R]) -> str:
    """Return all fields of the rows as CSV (RFC 4180) with raw values; unknown is empty.

    A text that a spreadsheet would run as a formula gets an apostrophe in front: names come from outside.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(field.name for field in kind.fields)
    for row in rows:
        writer.writerow(_csv_cell(field.value(row)) for field in kind.fields)
    return out.getvalue()


def as_table(rows: Sequence[R], kind: Kind[R], now: datetime, *, wide: bool) -> str:
    """Return an aligned table with a head, as kubectl prints it; no rows give an empty text."""
    if not rows:
        return ""
    fields = [field for field in kind.fields if wide or not field.wide]
    lines = [[field.title for field in fields], *([field.show(row, now) for field in fields] for row in rows)]
    widths = [max(cell_width(line[column]) for line in lines) for column in range(len(fields))]
    return "".join(
        "   ".join(text + " " * (width - cell_width(text)) for text, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


def as_ascii(text: str) -> str:
    """Return a text for people in ASCII: unknown is ``-``, and what ASCII does not have is ``?``, cell by cell."""
    shown = text.replace("–", "-").replace("·", "-")
    return "".join(each if each.isascii() else "?" * cell_width(each) for each in shown)


def cell_width(text: str) -> int:
    """Return how many terminal cells a text takes: wide East Asian characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _csv_cell(value: Cell) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    text = " ".join(value) if isinstance(value, tuple) else value
    if isinstance(text, str) and text[:1] in {"=", "+", "-", "@"}:
        return f"'{text}"
    return text


def _lists(node: Any) -> Any:  # noqa: ANN401 - plain data
    """Return plain data with tuples as lists, which is all that safe YAML knows."""
    if isinstance(node, dict):
        return {key: _lists(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_lists(value) for value in node]
    return node
