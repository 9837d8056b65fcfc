"""The console's app: pages as modes, the fleet as one worker, commands and keys."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from rich.console import RenderableType
from rich.text import Text

from flywheel_tui.config.settings import Settings
from flywheel_tui.domain.errors import FlywheelError, UsageError
from flywheel_tui.domain.text import clean
from flywheel_tui.tui import keymap
from flywheel_tui.tui.command import Command, parse_command
from flywheel_tui.tui.commands import APP_COMMANDS, COMMANDS, LIST_COMMANDS
from flywheel_tui.tui.deck import Deck
from flywheel_tui.tui.finding.session import Session
from flywheel_tui.tui.frozen import FreezableFleet
from flywheel_tui.tui.keyed_app import KeyedApp
from flywheel_tui.tui.list_screen import ListScreen
from flywheel_tui.tui.live_fleet import LiveFleet
from flywheel_tui.tui.places import complete, page_command
from flywheel_tui.tui.registry import GROUPS, KEYS, LANDING, PAGE_NAMES, PAGES
from flywheel_tui.tui.steady_stylesheet import SteadyStylesheet
from flywheel_tui.tui.theme_file import check_theme, load_themes, with_tone_defaults
from flywheel_tui.tui.widgets.prompt import PromptInput
from flywheel_tui.tui.widgets.tone import Tone

DEFAULT_THEME: Final = "ansi"
_TWICE_S: Final = 2.0


class FlywheelApp(KeyedApp, inherit_bindings=False):
    """The console.

    Args:
        settings: The configuration; ``ui`` says how the console looks.
        fleet: The live fleet; it is polled from the first painted frame on.
        session: What outlives the console; None keeps nothing.
        resume: Take up the last session.

    Raises:
        ConfigError: A key or the theme of the settings does not exist, or a key would do two things.
    """

    TITLE = "flywheel"
    ENABLE_COMMAND_PALETTE = False
    DEFAULT_MODE = LANDING
    CSS_PATH = "styles/screen.tcss"
    BINDINGS: ClassVar = [*keymap.APP.bindings, *KEYS.bindings]

    def __init__(
        self, settings: Settings, fleet: LiveFleet, session: Session | None = None, *, resume: bool = False
    ) -> None:
        themes = load_themes()
        self._theme_names = tuple(themes)
        name = settings.ui.theme or DEFAULT_THEME
        # NO_COLOR takes colours away from a theme that has only the terminal's own; greys would be colours too.
        ansi = (name in themes and themes[name].ansi) or None
        super().__init__(ansi_color=ansi, ascii_only=settings.ui.ascii, frame_diff=settings.ui.frame_diff)
        keys = keymap.make_keymap(settings.keys, GROUPS, path=settings.path)
        self.set_keymap(dict(keys.overrides))
        for theme in themes.values():
            self.register_theme(theme)
        self.use_theme(name, settings.path)
        self.stylesheet = SteadyStylesheet(variables=self.get_css_variables())
        session = session or Session(contexts=[context.name for context in settings.contexts])
        self.deck = Deck(settings, FreezableFleet(fleet), keys, self, fleet.clock(), session=session)
        self._resume = resume
        self._left = False
        self._quit_at: float | None = None
        for page in PAGES:
            self.add_mode(page.name, partial(page.factory, self.deck))

    def on_mount(self) -> None:
        """Start the fleet once the first frame is on the screen: connecting imports the client libraries."""
        self.call_after_refresh(lambda: self.run_worker(self._run_fleet(), name="fleet", group="fleet"))
        self.call_after_refresh(self._begin)

    async def _begin(self) -> None:
        session = self.deck.session
        if self._resume:
            await self.command("resume")
        told = session.problem or ("" if self._resume else session.offer(self.deck.fleet.live_clock()))
        if told:
            self.say(told, Tone.WARNING)

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leave, and keep where the operator was."""
        super().exit(result, return_code, message or self._keep(cut_off=False))

    def hang_up(self) -> None:
        """Leave because the terminal went away: the next start offers to go on."""
        self._keep(cut_off=True)
        self.exit()

    def _keep(self, *, cut_off: bool) -> Text | None:
        """Keep where the operator was, once; return what went wrong."""
        if self._left:
            return None
        self._left = True
        try:
            self.deck.session.end(self.current_mode, self.deck.fleet.live_clock(), cut_off=cut_off)
        except OSError as error:
            return Text(f"What the console keeps between sessions cannot be written: {error.strerror or error}.")
        return None

    async def _run_fleet(self) -> None:
        try:
            await self.deck.fleet.run()
        except FlywheelError as error:
            # What can be told in a sentence ends the console with it; anything else is a bug and crashes.
            self.exit(return_code=error.exit_code, message=Text(clean(str(error))))

    def get_css_variables(self) -> dict[str, str]:
        """Return the theme's variables with every tone's."""
        return with_tone_defaults(super().get_css_variables())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to a prompt while it has them."""
        return action == "quit_twice" or not isinstance(self.focused, PromptInput)

    async def open_runner(self, key: str) -> None:
        """Open the page of a runner over the present one."""
        from flywheel_tui.tui.screens.runner.screen import RunnerScreen

        await self.open_over(RunnerScreen(self.deck, key))

    async def command(self, text: str) -> None:
        """Do what was typed at the ``:`` prompt, or say why not."""
        try:
            command = parse_command(text, COMMANDS)
            if command is not None:
                await self._perform(command)
        except FlywheelError as error:
            self.say(str(error), Tone.WARNING)

    def complete(self, text: str) -> Sequence[str]:
        """Return the commands that ``text`` could become."""
        return complete(self, text, COMMANDS)

    async def action_help(self) -> None:
        """Open the help page over the present one, or close it."""
        from flywheel_tui.tui.screens.help.screen import HelpScreen

        screen = self.screen
        if isinstance(screen, HelpScreen):
            self.pop_screen()
        else:
            kind = screen.view.kind if isinstance(screen, ListScreen) else None
            await self.open_over(HelpScreen(self.deck, GROUPS, COMMANDS, kind))

    def action_refresh_sources(self) -> None:
        """Ask every source for a new reading now."""
        self.deck.fleet.refresh()
        self.say("Reading all sources again, as far as their budgets allow.")

    def action_quit_twice(self) -> None:
        """Quit when pressed a second time soon after the first."""
        now = time.monotonic()
        if self._quit_at is not None and now - self._quit_at <= _TWICE_S:
            self.exit()
        self._quit_at = now
        self.say(f"Press {self.deck.keys.label('app.quit')} again to quit.")

    async def _perform(self, command: Command) -> None:
        if command.name in PAGE_NAMES:
            await page_command(self, command.name, command.rest)
        elif command.name in LIST_COMMANDS:
            await self.list_screen().command(command.name, command.rest)
        else:
            await APP_COMMANDS[command.name](self, command.rest)

    def list_screen(self) -> ListScreen:
        """Return the list on the screen.

        Raises:
            UsageError: There is something else on it.
        """
        if not isinstance(self.screen, ListScreen):
            raise UsageError("That works on lists.", next_step="Go to one first, for example :runners.")
        return self.screen

    def use_theme(self, name: str, path: Path | None = None) -> None:
        """Change the colours.

        Raises:
            ConfigError: There is no such theme.
        """
        check_theme(name, self._theme_names, path)
        self.theme = name
