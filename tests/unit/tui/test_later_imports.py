"""Pages are imported before somebody opens them."""

from __future__ import annotations

import subprocess
import sys

ASK = """
import sys
from flywheel_tui.tui.later_imports import import_pages
page = "flywheel_tui.tui.screens.help.screen"
assert page not in sys.modules
import_pages()
assert page in sys.modules
"""


def test_every_page_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
