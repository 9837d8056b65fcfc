from __future__ import annotations

import gc
import sys

from flywheel_tui.services.interpreter import HAND_OVER_S, YOUNG_OBJECTS, tuned_for_a_screen


def test_what_is_tuned_is_as_before_afterwards() -> None:
    before = (sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count())
    with tuned_for_a_screen():
        assert abs(sys.getswitchinterval() - HAND_OVER_S) < 1e-6
        assert gc.get_threshold()[0] == YOUNG_OBJECTS
        assert gc.get_freeze_count() > 0
        assert gc.isenabled()
    assert (sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count()) == before
