"""Running the console in a terminal. Nothing of Textual is imported before the environment is prepared."""

from __future__ import annotations

import asyncio
import os
import signal
import warnings
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from flywheel_tui.config.settings import Settings
from flywheel_tui.domain.errors import UsageError
from flywheel_tui.services.threads import AbandonableThreads

if TYPE_CHECKING:
    from flywheel_tui.tui.app import FlywheelApp
    from flywheel_tui.tui.live_fleet import LiveFleet

_TEXTUAL: Final = {"TEXTUAL_FPS": "60", "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"}
_ESCAPE_MS: Final = "500"
_NO_UNICODE_TERMINALS: Final = frozenset({"linux", "vt100", "vt220", "dumb"})
_NO_CURSOR_TERMINALS: Final = frozenset({"dumb", "unknown"})


def run_console(
    settings: Settings,
    fleet: LiveFleet,
    *,
    theme: str | None = None,
    ascii: bool = False,  # noqa: A002 - the option's name
    mouse: bool = False,
    state: Path | None = None,
    resume: bool = False,
) -> int:
    """Run the console until it is left, and return the exit code.

    Args:
        settings: The configuration.
        fleet: The live fleet.
        theme: Instead of the configured theme.
        ascii: Draw with ASCII only, also where the configuration does not ask for it.
        mouse: Take the mouse, also where the configuration does not ask for it.

        state: Where the console keeps what outlives it; None keeps nothing.
        resume: Take up the last session.

    Raises:
        UsageError: There is no terminal, or one that cannot show a page.
        ConfigError: The configuration names keys or a theme that do not exist.
    """
    # Textual draws on the standard error.
    check_terminal(os.environ, reads=os.isatty(0), draws=os.isatty(2))
    prepare_environment(os.environ)
    # Imported late: Textual reads its environment while it is imported.
    from flywheel_tui.tui.app import FlywheelApp
    from flywheel_tui.tui.finding.saved_state import StateFile
    from flywheel_tui.tui.finding.session import Session

    ui = settings.ui
    effective = msgspec.structs.replace(
        ui,
        theme=choose_theme(theme or ui.theme, os.environ),
        ascii=ascii or ui.ascii or not draws_unicode(os.environ),
        mouse=mouse or ui.mouse,
    )
    names = [context.name for context in settings.contexts]
    session = Session(StateFile(state) if state is not None else None, names)
    app = FlywheelApp(msgspec.structs.replace(settings, ui=effective), fleet, session, resume=resume)
    asyncio.run(_run(app, mouse=effective.mouse))
    return app.return_code or 0


def prepare_environment(environment: MutableMapping[str, str]) -> None:
    """Set what Textual reads from the environment, without overriding the user.

    No animation: every byte goes over the link. A key's frame is not held back, since it costs only what it changes. A
    long wait after ``esc``: a slow link may deliver a key's escape sequence in two parts; only a terminal that answers
    no questions is really waited for.
    """
    for name, value in _TEXTUAL.items():
        environment.setdefault(name, value)
    environment.setdefault("ESCDELAY", _ESCAPE_MS)
    if environment.get("TERM") in _NO_UNICODE_TERMINALS:
        # They have no such keyboard protocol, and old ones write the request for it on the screen.
        environment.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")


def check_terminal(environment: Mapping[str, str], *, reads: bool, draws: bool) -> None:
    """Check that there is a terminal that can show a page.

    Args:
        environment: Where ``TERM`` is.
        reads: Whether the standard input is a terminal.
        draws: Whether the standard error is one.

    Raises:
        UsageError: There is none; the message says what works without.
    """
    instead = "`flywheel get runners` works without."
    if not (reads and draws):
        missing = "standard input" if not reads else "standard error"
        raise UsageError(f"The console needs a terminal, and its {missing} is none.", next_step=instead)
    kind = environment.get("TERM", "")
    if kind in _NO_CURSOR_TERMINALS:
        raise UsageError(
            f"TERM={kind} is a terminal that cannot place text, so the console cannot draw on it.",
            next_step=f"Set TERM to what the terminal is, for example xterm-256color; {instead}",
        )


def choose_theme(wanted: str | None, environment: Mapping[str, str]) -> str:
    """Return the theme to start with: the terminal's own colours over SSH and wherever 24 bits are not promised.

    ``NO_COLOR`` always means the terminal's own, of which then only bold, dim and reverse remain.
    """
    if environment.get("NO_COLOR"):
        return "ansi"
    if wanted:
        return wanted
    rich = environment.get("COLORTERM", "").lower() in {"truecolor", "24bit"}
    return "flywheel-dark" if rich and not environment.get("SSH_CONNECTION") else "ansi"


def draws_unicode(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal is expected to draw more than ASCII, by its kind and the charset of its locale."""
    if environment.get("TERM") in _NO_UNICODE_TERMINALS:
        return False
    locale = environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""
    charset = locale.partition(".")[2].partition("@")[0].lower().replace("-", "")
    return charset in {"", "utf8"}


async def _run(app: FlywheelApp, *, mouse: bool) -> None:
    from flywheel_tui.tui.terminal.driver import TerminalDriver

    app.driver_class = TerminalDriver
    # A completion that Textual began to look for when the console was left would be told on the shell's screen.
    warnings.filterwarnings("ignore", message=r"coroutine 'Suggester\._get_suggestion' was never awaited")
    loop = asyncio.get_running_loop()
    # Nothing that hangs in a thread keeps the others waiting, or the operator when the console is left.
    loop.set_default_executor(AbandonableThreads())
    # Leaving as by :quit restores the terminal.
    loop.add_signal_handler(signal.SIGTERM, app.exit)
    loop.add_signal_handler(signal.SIGHUP, app.hang_up)
    await app.run_async(mouse=mouse)
