"""``flywheel get``: a list on stdout."""

from __future__ import annotations

import click

from flywheel_tui.cli.options import Format, Options
from flywheel_tui.cli.output import as_ascii, render
from flywheel_tui.cli.reading import read_fleet
from flywheel_tui.domain.errors import SourceError
from flywheel_tui.services.listing.filter import parse_filter
from flywheel_tui.services.listing.order import sort_rows
from flywheel_tui.services.listing.registry import kind_named


def get_rows(options: Options, name: str, form: Format, expression: str, order: str) -> None:
    """Print the rows of a kind.

    Raises:
        FlywheelError: The words are wrong, which is told before anything is read, or no source answers.
    """
    kind = kind_named(name)
    condition = parse_filter(expression, kind.fields)
    words = tuple(word for word in order.split(",") if word) or kind.default_sort
    sort_rows((), kind, words)
    picture, now = read_fleet(options)
    if not kind.known(picture.snapshot):
        raise SourceError(
            f"No source tells whether there are {kind.name}.",
            next_step="What could not be read stands above; if nothing does, no upstream for them is configured.",
        )
    rows = [row for row in kind.rows(picture.fleet).values() if condition.matches(row, now)]
    ordered = sort_rows(rows, kind, words)
    text = render(ordered, kind, form, picture.snapshot, now)
    click.echo(as_ascii(text) if options.ascii and form in {Format.TABLE, Format.WIDE} else text, nl=False)
    if not ordered and form in {Format.TABLE, Format.WIDE}:
        click.echo(f"No {kind.things} match the filter." if expression else f"There are no {kind.things}.", err=True)
