"""All pages of the console in one table; it alone feeds modes, keys, ``:`` commands, their completion, and help.

A new page is a folder under ``screens/`` and one entry here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual.binding import Binding

from flywheel_tui.domain.record import Record
from flywheel_tui.services.listing.alerts import ALERTS
from flywheel_tui.services.listing.jobs import JOBS
from flywheel_tui.services.listing.pods import PODS
from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.services.listing.scale_sets import SCALE_SETS
from flywheel_tui.services.listing.unjoined import UNJOINED
from flywheel_tui.tui import keymap
from flywheel_tui.tui.command import CommandName, Takes
from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.list_screen import ListScreen
from flywheel_tui.tui.screens.runners.columns import VIEW as RUNNERS_VIEW
from flywheel_tui.tui.store_screen import StoreScreen


class Page(Record, frozen=True, kw_only=True):
    """A page.

    Attributes:
        name: Of its mode and its command.
        aliases: Other words for the command.
        key: What opens it.
        help: What is on it.
        factory: Makes its screen; imports what only that screen needs.
        usage: What can follow its command.
        takes: What that is, for completing it.
    """

    name: str
    aliases: tuple[str, ...]
    key: str
    title: str
    help: str
    factory: Callable[[Deck], StoreScreen]
    usage: str = "[FILTER]"
    takes: Takes = Takes.FILTER


def _runners(deck: Deck) -> StoreScreen:
    return ListScreen(deck, RUNNERS_VIEW)


def _scale_sets(deck: Deck) -> StoreScreen:
    from flywheel_tui.tui.screens.scalesets.columns import VIEW

    return ListScreen(deck, VIEW)


def _pods(deck: Deck) -> StoreScreen:
    from flywheel_tui.tui.screens.pods.columns import VIEW

    return ListScreen(deck, VIEW)


def _alerts(deck: Deck) -> StoreScreen:
    from flywheel_tui.tui.screens.alerts.columns import VIEW

    return ListScreen(deck, VIEW)


def _jobs(deck: Deck) -> StoreScreen:
    from flywheel_tui.tui.screens.jobs.columns import VIEW

    return ListScreen(deck, VIEW)


def _sources(deck: Deck) -> StoreScreen:
    from flywheel_tui.tui.screens.sources.screen import SourcesScreen

    return SourcesScreen(deck)


def _find(deck: Deck) -> StoreScreen:
    from flywheel_tui.tui.screens.find.screen import FindScreen

    return FindScreen(deck)


def _unjoined(deck: Deck) -> StoreScreen:
    from flywheel_tui.tui.screens.unjoined.columns import VIEW

    return ListScreen(deck, VIEW)


FIND: Final = "find"

PAGES: Final[tuple[Page, ...]] = (
    Page(
        name=RUNNERS.name,
        aliases=RUNNERS.aliases,
        key="f2",
        title="Runners",
        help=RUNNERS.help,
        factory=_runners,
    ),
    Page(
        name=SCALE_SETS.name,
        aliases=SCALE_SETS.aliases,
        key="f3",
        title="Scale sets",
        help=SCALE_SETS.help,
        factory=_scale_sets,
    ),
    Page(name=PODS.name, aliases=PODS.aliases, key="f4", title="Pods", help=PODS.help, factory=_pods),
    Page(name=ALERTS.name, aliases=ALERTS.aliases, key="f5", title="Alerts", help=ALERTS.help, factory=_alerts),
    Page(
        name="sources",
        aliases=("source", "src"),
        key="f6",
        title="Sources",
        help="every upstream: state, age, errors and what to do, findings, request budget",
        factory=_sources,
        usage="",
        takes=Takes.NOTHING,
    ),
    Page(
        name=UNJOINED.name,
        aliases=UNJOINED.aliases,
        key="f7",
        title="Unjoined",
        help=UNJOINED.help,
        factory=_unjoined,
    ),
    Page(name=JOBS.name, aliases=JOBS.aliases, key="f8", title="Jobs", help=JOBS.help, factory=_jobs),
    Page(
        name=FIND,
        aliases=("search",),
        key="f9",
        title="Find",
        help="a text in everything that is listed, and in what sources say",
        factory=_find,
        usage="[TEXT]",
        takes=Takes.TEXT,
    ),
)

LANDING: Final = PAGES[0].name

KEYS: Final = keymap.Group(
    "page",
    "Pages",
    tuple(
        Binding(
            page.key,
            f"app.go('{page.name}')",
            page.title.lower(),
            id=f"page.{page.name}",
            tooltip=page.help,
            show=False,
            priority=True,
        )
        for page in PAGES
    ),
)

GROUPS: Final = (*keymap.GROUPS[:1], KEYS, *keymap.GROUPS[1:])
"""All groups of keys, those of the pages included."""

PAGE_NAMES: Final = frozenset(page.name for page in PAGES)

PAGE_COMMANDS: Final[tuple[CommandName, ...]] = tuple(
    CommandName(name=page.name, aliases=page.aliases, usage=page.usage, help=page.help, takes=page.takes)
    for page in PAGES
)
"""What opens the pages."""
