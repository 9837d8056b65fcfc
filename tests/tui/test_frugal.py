"""What is written to a terminal: exactly the spans that changed, and the same screen in the end."""

from __future__ import annotations

import random

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from flywheel_tui.tui.frugal_app import SpansUpdate
from tests.tui.conftest import screen_text
from tests.tui.program import churned
from tests.tui.scripted import ScriptedFleet
from tests.tui.test_console import running
from tests.tui.test_terminal import LEFT_ALTERNATE_SCREEN, painted, started

WIDTH, HEIGHT = 40, 6
CONSOLE = Console(force_terminal=True, color_system="truecolor", width=WIDTH, legacy_windows=False)
STYLES = (Style(), Style(color="red", bold=True), Style(reverse=True))


def strip_of(text: str, seed: int) -> Strip:
    chance = random.Random(seed)
    segments: list[Segment] = []
    while text:
        cut = chance.randint(1, len(text))
        segments.append(Segment(text[:cut], chance.choice(STYLES)))
        text = text[cut:]
    return Strip(segments)


@given(
    st.lists(st.text("abc01 ", min_size=WIDTH, max_size=WIDTH), min_size=HEIGHT, max_size=HEIGHT),
    st.lists(
        st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.integers(1, WIDTH)), min_size=1, max_size=8
    ),
    st.integers(1, WIDTH - 1),
    st.integers(0, 99),
)
def test_a_span_writes_its_cells_and_no_others(
    lines: list[str], wanted: list[tuple[int, int, int]], cut: int, seed: int
) -> None:
    # Each line is made of two widgets side by side.
    chops = [{0: strip_of(text[:cut], seed), cut: strip_of(text[cut:], seed + 1)} for text in lines]
    spans = [(y, left, min(WIDTH, left + width)) for y, left, width in wanted]
    update = SpansUpdate(chops, spans, [[cut, WIDTH]] * HEIGHT)
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.Stream(screen)
    stream.feed("\r\n".join("#" * (WIDTH - 1) for _ in range(HEIGHT)))
    stream.feed(update.render_segments(CONSOLE))
    inside = {(x, y) for y, left, right in spans for x in range(left, right)}
    for y in range(HEIGHT):
        for x in range(WIDTH - 1):
            assert screen.buffer[y][x].data == (lines[y][x] if (x, y) in inside else "#")


async def test_after_many_changes_the_terminal_shows_what_the_console_shows() -> None:
    """Churns two hundred runners in a terminal and compares its screen with one that was drawn at once."""
    *_, last = churned()
    async with running(ScriptedFleet(last), size=(120, 40), theme="ansi") as pilot:
        expected = screen_text(pilot.app).splitlines()
    seen = pyte.Screen(120, 40)
    stream, fed = pyte.ByteStream(seen), 0

    def shown(output: bytes) -> bool:
        nonlocal fed
        stream.feed(output[fed:])
        fed = len(output)
        return [line.rstrip() for line in seen.display] == expected

    with started("churn", (120, 40)) as terminal:
        output = terminal.read(shown)
        assert [line.rstrip() for line in seen.display] == expected
        assert LEFT_ALTERNATE_SCREEN not in output


async def test_changes_cost_little_even_when_rows_sort_anew() -> None:
    with started("churn", (200, 50)) as terminal:
        first = len(terminal.read(painted))
        assert first < 40_000
        sent = len(terminal.read(lambda _: False, 3.0)) - first
        # Forty pictures; a row in ten also sorts elsewhere, which moves every row between its old and new place.
        assert 0 < sent < 40 * 2_500
