"""``flywheel describe``: everything known of one thing."""

from __future__ import annotations

from collections.abc import Iterable

import click
import msgspec

from flywheel_tui.cli.options import Options
from flywheel_tui.cli.output import as_json, as_yaml, cell_width
from flywheel_tui.cli.reading import read_fleet
from flywheel_tui.domain.clock import short_age
from flywheel_tui.domain.feed import FeedState
from flywheel_tui.services.describe import Fact, Section, find_runner
from flywheel_tui.services.describe import describe_runner as describe


def describe_runner(options: Options, name: str, form: str) -> None:
    """Print a runner's facts.

    Raises:
        FlywheelError: There is no such runner, several have the name, or no source answers.
    """
    picture, now = read_fleet(options)
    runner = find_runner(picture, name)
    sections = describe(picture, runner.key, now)
    if form == "text":
        click.echo(as_text(sections), nl=False)
        return
    data = {"runner": runner, "sections": msgspec.to_builtins(sections)}
    click.echo((as_json if form == "json" else as_yaml)(data, picture.snapshot, now), nl=False)


def as_text(sections: Iterable[Section]) -> str:
    """Return the sections as aligned text: label, value, and behind it where the value is from and how old."""
    lines: list[str] = []
    for section in sections:
        width = min(32, max(cell_width(fact.label) for fact in section.facts))
        lines += [section.title]
        lines += [f"  {_padded(fact.label, width)}  {fact.value}{_origin(fact)}" for fact in section.facts]
        lines += [""]
    return "\n".join(lines)


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - cell_width(text))


def _origin(fact: Fact) -> str:
    if fact.source is None:
        return ""
    state = "" if fact.state in {None, FeedState.LIVE} else f", {fact.state}"
    return f"   [{fact.source} {short_age(fact.age_s)} ago{state}]"
