"""The console's app: pages as modes, the fleet as one worker, commands and keys."""

from __future__ import annotations

import difflib
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from rich.segment import Segments
from rich.traceback import Traceback
from textual import events
from textual.app import App
from textual.filter import LineFilter
from textual.widgets import Input

from flywheel_tui.config.settings import Settings
from flywheel_tui.domain.errors import ConfigError, FlywheelError, UsageError
from flywheel_tui.services.describe import find_runner
from flywheel_tui.tui import keymap
from flywheel_tui.tui.command import Command, parse_command
from flywheel_tui.tui.deck import Deck, LiveFleet
from flywheel_tui.tui.key_noise import KeyNoise
from flywheel_tui.tui.list_screen import ListScreen
from flywheel_tui.tui.messages import BackWanted, CommandGiven, OpenRunner
from flywheel_tui.tui.registry import COMMANDS, GROUPS, KEYS, LANDING, PAGES
from flywheel_tui.tui.store_screen import StoreScreen
from flywheel_tui.tui.theme_file import load_themes, with_tone_defaults
from flywheel_tui.tui.widgets.border import TerminalBorder
from flywheel_tui.tui.widgets.tone import Tone

DEFAULT_THEME: Final = "ansi"
_TWICE_S: Final = 2.0


class FlywheelApp(App[None], inherit_bindings=False):
    """The console.

    Args:
        settings: The configuration; ``ui`` says how the console looks.
        fleet: The live fleet; it is polled from the first painted frame on.

    Raises:
        ConfigError: A key or the theme of the settings does not exist, or a key would do two things.
    """

    TITLE = "flywheel"
    ENABLE_COMMAND_PALETTE = False
    DEFAULT_MODE = LANDING
    CSS_PATH = "styles/screen.tcss"
    BINDINGS: ClassVar = [*keymap.APP.bindings, *KEYS.bindings]

    def __init__(self, settings: Settings, fleet: LiveFleet) -> None:
        themes = load_themes()
        name = settings.ui.theme or DEFAULT_THEME
        # NO_COLOR takes colours away from a theme that has only the terminal's own; greys would be colours too.
        super().__init__(ansi_color=(name in themes and themes[name].ansi) or None)
        keys = keymap.make_keymap(settings.keys, GROUPS, path=settings.path)
        self.set_keymap(dict(keys.overrides))
        for theme in themes.values():
            self.register_theme(theme)
        self._use_theme(name, settings.path)
        self._deck = Deck(settings, fleet, keys, fleet.clock())
        self._border = TerminalBorder(ascii_only=settings.ui.ascii)
        self._noise = KeyNoise()
        self._trail: list[str] = []
        self._quit_at: float | None = None
        for page in PAGES:
            self.add_mode(page.name, partial(page.factory, self._deck))

    def on_mount(self) -> None:
        """Start the fleet once the first frame is on the screen: connecting imports the client libraries."""
        self.call_after_refresh(self._start_fleet)

    def _start_fleet(self) -> None:
        self.run_worker(self._deck.fleet.run(), name="fleet", group="fleet")

    async def on_event(self, event: events.Event) -> None:
        """Drop keys that nobody pressed."""
        if isinstance(event, events.Key) and not event.is_forwarded and self._is_noise(event):
            return
        await super().on_event(event)

    def _is_noise(self, key: events.Key) -> bool:
        return not isinstance(self.focused, Input) and self._noise.swallows(key.character, key.time)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters of every line: Textual's, then the last border before the terminal."""
        return [*super().get_line_filters(), self._border]

    def get_css_variables(self) -> dict[str, str]:
        """Return the theme's variables with every tone's."""
        return with_tone_defaults(super().get_css_variables())

    def on_open_runner(self, message: OpenRunner) -> None:
        """Open the page of a runner over the present one."""
        from flywheel_tui.tui.screens.runner.screen import RunnerScreen

        self.push_screen(RunnerScreen(self._deck, message.key))

    def on_back_wanted(self, message: BackWanted) -> None:
        """Leave the screen on top, or go to the page before."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self._trail:
            self.switch_mode(self._trail.pop())
        else:
            self._say(f"This is the first page. {self._deck.keys.label('app.quit')} twice or :q quits.")

    def on_command_given(self, message: CommandGiven) -> None:
        """Do what was typed at the ``:`` prompt, or say why not."""
        try:
            command = parse_command(message.text, COMMANDS)
            if command is not None:
                self._perform(command)
        except FlywheelError as error:
            self._say(str(error), Tone.WARNING)

    def action_go(self, name: str) -> None:
        """Go to a page."""
        if name != self.current_mode:
            self._trail = [*(page for page in self._trail if page != name), self.current_mode]
            self.switch_mode(name)
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def action_help(self) -> None:
        """Open the help page over the present one, or close it."""
        from flywheel_tui.tui.screens.help.screen import HelpScreen

        screen = self.screen
        if isinstance(screen, HelpScreen):
            self.pop_screen()
        else:
            kind = screen.view.kind if isinstance(screen, ListScreen) else None
            self.push_screen(HelpScreen(self._deck, GROUPS, COMMANDS, kind))

    def action_refresh_sources(self) -> None:
        """Ask every source for a new reading now."""
        self._deck.fleet.refresh()
        self._say("Reading all sources again, as far as their budgets allow.")

    def action_quit_twice(self) -> None:
        """Quit when pressed a second time soon after the first."""
        now = time.monotonic()
        if self._quit_at is not None and now - self._quit_at <= _TWICE_S:
            self.exit()
        self._quit_at = now
        self._say(f"Press {self._deck.keys.label('app.quit')} again to quit.")

    def _perform(self, command: Command) -> None:
        rest = command.rest
        match command.name:
            case "quit":
                self.exit()
            case "help":
                self.action_help()
            case "refresh":
                self.action_refresh_sources()
            case "theme":
                self._use_theme(rest, None)
            case "describe":
                self.post_message(OpenRunner(find_runner(self._deck.fleet.current, rest).key))
            case "filter" | "sort" | "forge" | "faults" | "wide":
                self._list().command(command.name, rest)
            case page:
                self.action_go(page)
                if rest:
                    self.call_after_refresh(lambda: self._list().command("filter", rest))

    def _list(self) -> ListScreen:
        if not isinstance(self.screen, ListScreen):
            raise UsageError("That works on lists.", next_step="Go to one first, for example :runners.")
        return self.screen

    def _say(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        if isinstance(self.screen, StoreScreen):
            self.screen.say(text, tone)

    def _use_theme(self, name: str, path: Path | None) -> None:
        if name not in self.available_themes:
            near = difflib.get_close_matches(name, self.available_themes, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(self.available_themes))}."
            raise ConfigError(f"There is no theme {name}.", path=path, next_step=hint)
        self.theme = name

    def _fatal_error(self) -> None:
        """Show where a bug is, without the values of local variables: those may hold what nobody should read."""
        trace = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(trace, self.console.options)))
        self._close_messages_no_wait()
