from __future__ import annotations

import gc
import platform
import sys

from flywheel_tui.services.interpreter import HAND_OVER_S, YOUNG_OBJECTS, give_memory_back, tuned_for_a_screen


def test_what_is_tuned_is_as_before_afterwards() -> None:
    before = (sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count())
    with tuned_for_a_screen():
        assert abs(sys.getswitchinterval() - HAND_OVER_S) < 1e-6
        assert gc.get_threshold()[0] == YOUNG_OBJECTS
        assert gc.get_freeze_count() > 0
        assert gc.isenabled()
    assert (sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count()) == before


def test_memory_is_given_back_where_the_c_library_can() -> None:
    assert give_memory_back() or platform.libc_ver()[0] != "glibc"
