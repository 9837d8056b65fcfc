"""The annotations that this product writes on an AutoscalingRunnerSet when it pauses one.

A pause is ``minRunners`` and ``maxRunners`` of 0; the annotations say who did it and what to restore. They are
annotations and not labels because ARC gives labels a meaning.
"""

from __future__ import annotations

from typing import Final

PREFIX: Final = "flywheel.dev/"

PAUSED_BY: Final = PREFIX + "paused-by"
PAUSED_AT: Final = PREFIX + "paused-at"
PAUSE_REASON: Final = PREFIX + "pause-reason"
SAVED_MIN: Final = PREFIX + "min"
SAVED_MAX: Final = PREFIX + "max"
