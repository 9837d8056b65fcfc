"""What the console writes to a terminal: little, and the same screen in the end."""

from __future__ import annotations

import pyte

from tests.tui.conftest import screen_text
from tests.tui.console import running
from tests.tui.program import churned
from tests.tui.pty_console import LEFT_ALTERNATE_SCREEN, painted, started
from tests.tui.scripted import ScriptedFleet

MARKS = str.maketrans("↑↓Δ", "   ")


def unmarked(lines: list[str]) -> list[str]:
    """Return lines without the marks of what the last reading changed, which one that was drawn at once has not."""
    return [line.translate(MARKS).rstrip() for line in lines]


async def test_after_many_changes_the_terminal_shows_what_the_console_shows() -> None:
    """Churns two hundred runners in a terminal and compares its screen with one that was drawn at once."""
    *_, last = churned()
    async with running(ScriptedFleet(last), size=(120, 40), theme="ansi") as pilot:
        expected = unmarked(screen_text(pilot.app).splitlines())
    seen = pyte.Screen(120, 40)
    stream, fed = pyte.ByteStream(seen), 0

    def shown(output: bytes) -> bool:
        nonlocal fed
        stream.feed(output[fed:])
        fed = len(output)
        return unmarked(seen.display) == expected

    with started("churn", (120, 40)) as terminal:
        output = terminal.read(shown)
        assert unmarked(seen.display) == expected
        assert LEFT_ALTERNATE_SCREEN not in output


async def test_changes_cost_little_even_when_rows_sort_anew() -> None:
    with started("churn", (200, 50)) as terminal:
        first = len(terminal.read(painted))
        assert first < 15_000
        sent = len(terminal.read(lambda _: False, 3.0)) - first
        # Forty pictures; a row in ten also sorts elsewhere, which moves every row between its old and new place.
        assert 0 < sent < 40 * 1_200
