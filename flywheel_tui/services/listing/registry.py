"""All kinds that can be listed. A new kind is one module and one entry here."""

from __future__ import annotations

import difflib
from typing import Any, Final

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.services.listing.alerts import ALERTS
from flywheel_tui.services.listing.field import Kind
from flywheel_tui.services.listing.jobs import JOBS
from flywheel_tui.services.listing.pods import PODS
from flywheel_tui.services.listing.runners import RUNNERS
from flywheel_tui.services.listing.scale_sets import SCALE_SETS
from flywheel_tui.services.listing.unjoined import UNJOINED

KINDS: Final[tuple[Kind[Any], ...]] = (RUNNERS, SCALE_SETS, PODS, JOBS, ALERTS, UNJOINED)


def kind_named(name: str) -> Kind[Any]:
    """Return the kind of that name or alias.

    Raises:
        UsageError: There is none; the message names the nearest.
    """
    for kind in KINDS:
        if name == kind.name or name in kind.aliases:
            return kind
    names = [kind.name for kind in KINDS]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}."
    raise UsageError(f"Nothing called {name} can be listed.", next_step=hint)
