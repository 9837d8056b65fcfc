"""What the console needs at some key, imported before that key is pressed."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from typing import Final

_LOG: Final = logging.getLogger(__name__)

AFTER_S: Final = 3.0
"""Late enough not to compete with the first readings, and soon enough for the first page that is opened."""


def import_pages() -> None:
    """Import every module of every page. For a thread: a page imports what only it needs when it is opened."""
    from flywheel_tui.tui import screens

    # What the first pattern of a filter needs.
    importlib.import_module("re2")
    for module in pkgutil.walk_packages(screens.__path__, f"{screens.__name__}."):
        importlib.import_module(module.name)
    _LOG.debug("All pages are imported.")
