"""Any widgets through the frame diff: the terminal shows what Textual's own output would show."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import RenderableType
from textual import events
from textual._compositor import CompositorUpdate, LayoutUpdate
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import DataTable, Input, RichLog, Static

from flywheel_tui.tui.frame_diff import internals
from flywheel_tui.tui.frugal_app import FrugalApp
from flywheel_tui.tui.theme_file import with_tone_defaults
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
        self.plain: list[str] = []
        super().__init__(ansi_color=ansi, frame_diff=diff)
        self.driver_class = PipeDriver
        self._make = make

    def compose(self) -> ComposeResult:
        yield from self._make()

    def get_css_variables(self) -> dict[str, str]:
        return with_tone_defaults(super().get_css_variables())

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        update: object = renderable
        if isinstance(update, CompositorUpdate) and not self._batch_count:
            self.plain.append(update.render_segments(self.console).replace("\n", "\r\n"))
        super()._display(screen, renderable)

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
        self.reference = Emulator(*size)

    def read(self) -> str:
        """Return what was written since the last call, and show it."""
        text = "".join(self.app.written)
        self.app.written.clear()
        self.emulator.feed(text)
        return text

    def cells(self) -> list[list[Cell]]:
        self.read()
        return self.emulator.shown().cells

    def check(self, step: Plan = ()) -> None:
        """Compare with Textual's own output."""
        shown = self.cells()
        self.reference.feed("".join(self.app.plain))
        self.app.plain.clear()
        # Textual's updates one after the other, or, as pyte does not repair cut wide characters, all drawn anew. These
        # two differ where Textual itself leaves a widget behind a dialog as it was.
        if shown != self.reference.shown().cells:
            assert shown == self.app.painted(), step

    async def resize(self, pilot: Pilot[None], size: tuple[int, int]) -> None:
        self.read()
        self.emulator.resize(*size)
        self.reference.resize(*size)
        self.app.post_message(events.Resize(Size(*size), Size(*size)))
        self.app._driver._size = size  # type: ignore[union-attr]
        await settled(pilot)


async def settled(pilot: Pilot[None]) -> None:
    """Wait until nothing more is to be drawn."""
    for _ in range(200):
        await pilot.pause()
        if not any(map(to_draw, pilot.app.screen_stack)):
            return
    raise TimeoutError("the screen never rests")


def to_draw(screen: Screen[Any]) -> bool:
    # A screen behind a dialog asks for ever to be repainted.
    on_top = screen is screen.app.screen
    return bool(
        screen._layout_required
        or screen._scroll_required
        or screen._recompose_required
        or screen._dirty_widgets
        or screen._compositor._dirty_regions
        or (on_top and (screen._repaint_required or screen._callbacks))
    )


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
        terminal.check()
        for step in steps:
            await perform(pilot, terminal, step)
            await settled(pilot)
            terminal.check(step)


@pytest.mark.parametrize("term", ["xterm-256color", "dumb"])
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(plan=WIDGETS, size=SIZES, steps=st.lists(STEPS, max_size=6), ansi=st.sampled_from([None, True]))
def test_the_terminal_shows_what_textual_would_show(
    term: str, monkeypatch: pytest.MonkeyPatch, plan: Plan, size: tuple[int, int], steps: list[Plan], ansi: bool | None
) -> None:
    monkeypatch.setenv("TERM", term)
    # Rich keeps with a style the codes of the console that first drew it, for all consoles of the process.
    monkeypatch.setenv("COLORTERM", "truecolor")
    asyncio.run(play(plan, size, steps, ansi=ansi))


async def played(app: PipedApp, size: tuple[int, int] = (40, 6)) -> list[str]:
    """Run an app shortly and return what it wrote."""
    async with app.run_test(headless=False, size=size) as pilot:
        await settled(pilot)
        return list(app.written)


def still() -> list[Widget]:
    return [Static("here I am", id="one"), Static("and here")]


async def test_a_change_costs_its_cells_only() -> None:
    app = PipedApp(still)
    async with app.run_test(headless=False, size=(40, 6)) as pilot:
        terminal = Terminal(app, (40, 6))
        await settled(pilot)
        terminal.read()
        app.query_one("#one", Static).update("here I an")
        await settled(pilot)
        assert terminal.read() == "\x1b[1;9Hn"
        app.query_one("#one", Static).refresh()
        await settled(pilot)
        assert terminal.read() == ""


async def test_the_cursor_is_where_one_types() -> None:
    def form() -> list[Widget]:
        field = Input("abc")
        field.cursor_blink = False
        return [Static("name"), field]

    app = PipedApp(form)
    async with app.run_test(headless=False, size=(40, 6)) as pilot:
        terminal = Terminal(app, (40, 6))
        for key in ("d", "left", "left", "x"):
            await pilot.press(key)
            await settled(pilot)
            terminal.read()
            assert terminal.emulator.shown().cursor == tuple(app.cursor_position)


async def test_what_others_write_is_drawn_over() -> None:
    app = PipedApp(still)
    async with app.run_test(headless=False, size=(40, 6)) as pilot:
        terminal = Terminal(app, (40, 6))
        await settled(pilot)
        terminal.read()
        app.bell()
        app.copy_to_clipboard("text")
        assert terminal.read().startswith("\a\x1b]52;")
        diff = app._diff
        assert diff is not None
        forgotten = [diff.forgotten]
        app._driver.write("\x1b[Hsomething else")  # type: ignore[union-attr]
        forgotten.append(diff.forgotten)
        assert forgotten == [False, True]
        app.query_one("#one", Static).update("here I an")
        await settled(pilot)
        assert terminal.cells() == app.painted()


async def test_it_draws_anew_when_the_terminal_comes_back() -> None:
    app = PipedApp(still)
    async with app.run_test(headless=False, size=(40, 6)) as pilot:
        terminal = Terminal(app, (40, 6))
        await settled(pilot)
        terminal.read()
        terminal.emulator.feed("\x1b[2J\x1b[H$ fg")
        app.app_resume_signal.publish(app)
        await settled(pilot)
        assert terminal.cells() == app.painted()


async def test_it_draws_anew_when_a_window_gets_its_size_again() -> None:
    size = (40, 6)
    app = PipedApp(still)
    async with app.run_test(headless=False, size=size) as pilot:
        terminal = Terminal(app, size)
        await settled(pilot)
        terminal.read()
        terminal.emulator.feed("\x1b[2;4r\x1b[H\x1b[7mrearranged\n\n")
        await terminal.resize(pilot, size)
        assert terminal.cells() == app.painted()


async def test_without_the_diff_textual_writes() -> None:
    app = PipedApp(still, diff=False)
    assert "".join(await played(app)).count("here I am") >= 1
    assert app._diff is None


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("textual._compositor.ChopsUpdate.__init__", lambda self, rows: None),
        ("textual._compositor.LayoutUpdate", None),
        ("textual.strip.Strip.render_ansi", lambda style: ""),
        ("textual.app.App._background_screens", None),
        ("rich.style.Style.__slots__", ["_color"]),
    ],
)
def test_with_other_internals_textual_writes(
    part: str, value: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as changed, caplog.at_level(logging.WARNING):
        if value is None:
            changed.delattr(part)
        else:
            changed.setattr(part, value)
        app = PipedApp(still)
    assert app._diff is None
    assert len(caplog.records) == 1
    assert part.rpartition(".")[2] in caplog.text or "Style" in caplog.text or "ChopsUpdate" in caplog.text
    assert "here I am" in "".join(asyncio.run(played(app)))


async def test_the_known_internals_are_known() -> None:
    assert internals.find_unknown(PipedApp(still)) is None
