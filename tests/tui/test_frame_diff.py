"""Any widgets through the frame diff: the terminal shows what Textual's own output would show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual import events
from textual._compositor import LayoutUpdate
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import DataTable, Input, RichLog, Static

from flywheel_tui.tui.frugal_app import FrugalApp
from flywheel_tui.tui.widgets.line import Line, line
from flywheel_tui.tui.widgets.lines import Lines
from tests.tui.emulator import Cell, Emulator

# Characters for which Rich, pyte and terminals agree on the width.
TEXT = st.text(alphabet="abc 012─é漢字ｶ…", max_size=30)
Plan = tuple[Any, ...]
W = TypeVar("W", bound=Widget)
STYLES = ("", "bold", "reverse", "red", "italic on blue", "dim", "#ff8000 on #202020", "underline", "strike")


class PipeDriver(HeadlessDriver):
    """Hands what is written to the terminal of a :class:`PipedApp`."""

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        assert isinstance(self._app, PipedApp)
        self._app.written.append(data)

    def flush(self) -> None: ...


class Rows(Lines):
    """The repository's own widget that sends changed spans."""

    fixed_lines = 1

    def __init__(self, texts: list[str]) -> None:
        super().__init__()
        self.texts = texts

    def on_mount(self) -> None:
        self.set_line_count(len(self.texts))

    def line_at(self, y: int) -> Line:
        at = self.index_at(y)
        if y == 0:
            return line("a heading that stays")
        return line(self.texts[at]) if 0 <= at < len(self.texts) else line("")


class Question(ModalScreen[None]):
    """A dialog over what is dimmed behind it."""

    DEFAULT_CSS = (
        "Question { align: center middle; background: black 40%; } Question Static { width: 20; border: round red; }"
    )

    def compose(self) -> ComposeResult:
        yield Static("Really?")


class PipedApp(FrugalApp):
    """An app whose output goes into an emulator."""

    CSS = "VerticalScroll, Rows, RichLog, DataTable { height: 1fr; width: 1fr; } Static { width: 1fr; }"
    BINDINGS: ClassVar[list[Any]] = []

    def __init__(self, make: Callable[[], list[Widget]], *, ansi: bool | None = None, diff: bool = True) -> None:
        self.written: list[str] = []
        super().__init__(ansi_color=ansi, frame_diff=diff)
        self.driver_class = PipeDriver
        self._make = make

    def compose(self) -> ComposeResult:
        yield from self._make()

    def painted(self) -> list[list[Cell]]:
        """Return the cells that Textual's own output of the whole screen gives."""
        update = self.screen._compositor.render_update(full=True, screen_stack=self._background_screens)
        assert isinstance(update, LayoutUpdate)
        emulator = Emulator(*self.size)
        emulator.feed(update.render_segments(self.console).replace("\n", "\r\n"))
        return emulator.shown().cells


class Terminal:
    """An emulator behind a :class:`PipedApp`."""

    def __init__(self, app: PipedApp, size: tuple[int, int]) -> None:
        self.app = app
        self.emulator = Emulator(*size)

    def read(self) -> str:
        """Return what was written since the last call, and show it."""
        text = "".join(self.app.written)
        self.app.written.clear()
        self.emulator.feed(text)
        return text

    def cells(self) -> list[list[Cell]]:
        self.read()
        return self.emulator.shown().cells

    async def resize(self, pilot: Pilot[None], size: tuple[int, int]) -> None:
        self.read()
        self.emulator.resize(*size)
        self.app.post_message(events.Resize(Size(*size), Size(*size)))
        self.app._driver._size = size  # type: ignore[union-attr]
        await settled(pilot)


async def settled(pilot: Pilot[None]) -> None:
    """Wait until nothing more is to be drawn."""
    for _ in range(3):
        await pilot.pause()


WIDGETS: st.SearchStrategy[Plan] = st.deferred(
    lambda: st.one_of(
        st.tuples(st.just("static"), TEXT, st.sampled_from(STYLES)),
        st.tuples(st.just("lines"), st.lists(TEXT, max_size=30)),
        st.tuples(st.just("scroll"), st.lists(st.tuples(TEXT, st.sampled_from(STYLES)), min_size=1, max_size=20)),
        st.tuples(st.just("table"), st.lists(TEXT, min_size=1, max_size=20)),
        st.tuples(st.just("log"), st.lists(TEXT, max_size=20)),
        st.tuples(st.just("input"), TEXT),
        st.tuples(st.sampled_from(["horizontal", "vertical"]), st.lists(WIDGETS, min_size=1, max_size=3)),
    )
)


def built(plan: Plan) -> Widget:
    """Return the widget of a plan."""
    match plan:
        case ("static", text, style):
            return Static(Content.styled(text, style))
        case ("lines", texts):
            return Rows(list(texts))
        case ("scroll", parts):
            return VerticalScroll(*(Static(Content.styled(text, style)) for text, style in parts))
        case ("table", texts):
            table: DataTable[str] = DataTable()
            table.add_columns("one", "two")
            for text in texts:
                table.add_row(text, text[::-1])
            return table
        case ("log", texts):
            log = RichLog()
            for text in texts:
                log.write(text)
            return log
        case ("input", text):
            field = Input(text)
            field.cursor_blink = False
            return field
        case ("horizontal", plans):
            return Horizontal(*map(built, plans))
        case ("vertical", plans):
            return Vertical(*map(built, plans))
    raise ValueError(plan)


SIZES = st.tuples(st.integers(1, 60), st.integers(1, 20))
STEPS = st.one_of(
    st.tuples(st.just("text"), st.integers(0, 9), TEXT),
    st.tuples(st.just("row"), st.integers(0, 9), st.integers(0, 29), TEXT),
    st.tuples(st.just("scroll"), st.integers(0, 9), st.integers(-9, 9)),
    st.tuples(st.just("resize"), SIZES),
    st.tuples(st.just("theme"), st.sampled_from(["textual-dark", "textual-light", "ansi-dark", "nord"])),
    st.tuples(st.just("dialog")),
    st.tuples(st.just("key"), st.sampled_from(["tab", "a", "left", "down", "pagedown", "end"])),
    st.tuples(st.just("hide"), st.integers(0, 9)),
    st.tuples(st.just("repaint")),
)


async def perform(pilot: Pilot[None], terminal: Terminal, step: Plan) -> None:
    """Change something on the screen."""
    app = terminal.app
    widgets = list(app.screen_stack[0].walk_children())

    def pick(kind: type[W], at: int) -> W | None:
        found = [widget for widget in widgets if isinstance(widget, kind)]
        return found[at % len(found)] if found else None

    match step:
        case ("text", at, text):
            if static := pick(Static, at):
                static.update(Content(text))
        case ("row", at, row, text):
            if (rows := pick(Rows, at)) and rows.texts:
                rows.texts[row % len(rows.texts)] = text
                rows.redraw()
        case ("scroll", at, by):
            if widget := pick(Widget, at):
                widget.scroll_relative(y=by, animate=False, force=True)
        case ("resize", size):
            await terminal.resize(pilot, size)
        case ("theme", name):
            app.theme = name
        case ("dialog",):
            if isinstance(app.screen, Question):
                app.pop_screen()
            else:
                app.push_screen(Question())
        case ("key", key):
            await pilot.press(key)
        case ("hide", at):
            if widget := pick(Widget, at):
                widget.display = not widget.display
        case ("repaint",):
            app.action_repaint()


async def play(plan: Plan, size: tuple[int, int], steps: list[Plan], *, ansi: bool | None) -> None:
    app = PipedApp(lambda: [built(plan)], ansi=ansi)
    async with app.run_test(headless=False, size=size) as pilot:
        terminal = Terminal(app, size)
        await settled(pilot)
        assert terminal.cells() == app.painted()
        for step in steps:
            await perform(pilot, terminal, step)
            await settled(pilot)
            assert terminal.cells() == app.painted(), step


@pytest.mark.parametrize("term", ["xterm-256color", "dumb"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(plan=WIDGETS, size=SIZES, steps=st.lists(STEPS, max_size=6), ansi=st.sampled_from([None, True]))
def test_the_terminal_shows_what_textual_would_show(
    term: str, monkeypatch: pytest.MonkeyPatch, plan: Plan, size: tuple[int, int], steps: list[Plan], ansi: bool | None
) -> None:
    monkeypatch.setenv("TERM", term)
    asyncio.run(play(plan, size, steps, ansi=ansi))
