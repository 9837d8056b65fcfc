"""Reads the fleet once for a command, and says on stderr what could not be read."""

from __future__ import annotations

import asyncio
from datetime import datetime

import click

from flywheel_tui.cli import compose
from flywheel_tui.cli.options import Options
from flywheel_tui.config.child import end_children
from flywheel_tui.domain.errors import SourceError
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.domain.text import clean
from flywheel_tui.services.fleet_service import Picture
from flywheel_tui.services.threads import AbandonableThreads


def read_fleet(options: Options) -> tuple[Picture, datetime]:
    """Return the fleet, read once, and the time that ages are told by.

    Raises:
        ConfigError: The configuration cannot be used.
        SourceError: No source answers.
    """
    fleet = compose.fleet_service(options.settings())
    pictures: list[Picture] = []

    async def read() -> None:
        # Not returned: `asyncio.run` ends with a look at the handler of SIGINT, for which Python 3.11 writes out the
        # task with its result in an error that it drops. The text of a whole fleet takes seconds and a gigabyte.
        # A program that hangs does not keep ctrl-c from ending this one.
        asyncio.get_running_loop().set_default_executor(AbandonableThreads())
        pictures.append(await fleet.once())

    try:
        asyncio.run(read())
    finally:
        end_children()
    picture = pictures[0]
    now = fleet.clock()
    tell_gaps(picture.snapshot)
    return picture, now


def tell_gaps(snapshot: Snapshot) -> None:
    """Say on stderr which sources failed or are known to lack something.

    Raises:
        SourceError: All of them failed.
    """
    failed = 0
    for name, feed in snapshot.feeds.items():
        if feed.failure is not None:
            failed += 1
            click.echo(clean(f"{name}: {feed.failure.message} {feed.failure.next_step}").strip(), err=True)
        else:
            for finding in feed.findings:
                if finding.limits:
                    click.echo(clean(f"{name}: {finding.text} {finding.next_step}").strip(), err=True)
    if snapshot.feeds and failed == len(snapshot.feeds):
        raise SourceError("No source answers.", next_step="Their errors stand above.")
