"""How long until a program shows its first frame, and what that costs on the line."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.harness.effort import Effort
from benchmarks.harness.emulator import Emulator
from benchmarks.harness.figures import Outcome
from benchmarks.harness.simulated import RUNNER_NAME, configuration, simulator
from benchmarks.harness.start import Start, first, start
from benchmarks.harness.terminal import LARGE, SMALL, python, running

ROUNDS: Final = 9
_ALL_READ_S: Final = 8.0
BARE: Final = "bare Textual app"
COLD: Final = "flywheel"
CACHED: Final = "flywheel, last session"
HTOP: Final = "htop"

_CONFIG: Final = """
[contexts.prod.gitlab]
url = "http://127.0.0.1:9"
token = { env = "FLYWHEEL_BENCH_TOKEN" }
[contexts.prod.prometheus]
url = "http://127.0.0.1:9"
"""

_BARE_APP: Final = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("first frame")
Bare().run(mouse=False)
"""


def measure(outcome: Outcome, effort: Effort) -> None:
    """Measure all programs in turn, so that a busy machine slows all of them alike."""
    with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as name:
        folder = Path(name)
        config = folder / "config.toml"
        config.write_text(_CONFIG)
        home = {"HOME": name, "FLYWHEEL_BENCH_TOKEN": "none", "TEXTUAL_ANIMATIONS": "none"}
        programs = {
            BARE: (python("-c", _BARE_APP), home, lambda seen: "first frame" in seen.text),
            COLD: (python("-m", "flywheel_tui", "--config", config), home, lambda seen: "runners" in seen.text),
        }
        session = _session(folder, outcome)
        if session is not None:
            programs[CACHED] = (
                python("-m", "flywheel_tui", "--config", session),
                {**home, "XDG_STATE_HOME": str(folder / "state")},
                _shows_rows,
            )
        htop = shutil.which("htop")
        if htop is None:
            outcome.skip("first frame of htop", "there is no htop here: apt-get install htop")
        else:
            programs[HTOP] = ([htop], home, lambda seen: "Mem" in seen.text)
        for size in (SMALL, LARGE):
            effort.say(f"first frame at {size}")
            found: dict[str, list[Start]] = {each: [] for each in programs}
            for round_ in range(effort.rounds(ROUNDS) + 1):
                for each, (words, environment, shown) in programs.items():
                    gave = start(words, size, environment, shown)
                    if gave is not None and round_:  # the first round fills the caches of the disk
                        found[each].append(gave)
            for each, starts in found.items():
                outcome.add("first frame", each, str(size), "ms", [1000 * gave.seconds for gave in starts])
                outcome.add("first frame", each, f"{size}, bytes", "bytes", [gave.size for gave in starts])


def _shows_rows(seen: Emulator) -> bool:
    return bool(seen.rows(RUNNER_NAME))


def _session(folder: Path, outcome: Outcome) -> Path | None:
    """Leave a session behind that a later start can show, and return its configuration."""
    state = folder / "state"
    environment = {"HOME": str(folder), "XDG_STATE_HOME": str(state)}
    with simulator(folder, 1_000) as running_simulator:
        config = configuration(running_simulator, folder)
        with running(python("-m", "flywheel_tui", "--config", config), LARGE, environment) as terminal:
            if first(terminal, _shows_rows, longest_s=60.0) is None:
                outcome.skip("first frame from the last session", "no simulated runner was shown within 60 s")
                return None
            terminal.read(_ALL_READ_S)
    kept = [path for path in (state / "flywheel").rglob("*") if path.is_file() and path.stat().st_size]
    words = python("-m", "flywheel_tui", "--config", config)
    if not kept or start(words, LARGE, environment, _shows_rows, longest_s=6.0) is None:
        outcome.skip("first frame from the last session", "a start without upstreams shows nothing of the last session")
        return None
    return config
