"""Where tokens come from: the environment, a command or a file; never from the configuration file itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.domain.record import Record
from flywheel_tui.domain.secret import Secret

COMMAND_TIMEOUT_S: Final = 20.0


class TokenSource(Record, frozen=True):
    """``{ env = "NAME" }``, ``{ command = ["pass", "show", "x"] }`` or ``{ file = "~/token" }``; just one of them."""

    env: str | None = None
    command: tuple[str, ...] = ()
    file: Path | None = None

    def describe(self) -> str:
        """Return where the token comes from, without the token."""
        if self.env is not None:
            return f"environment variable {self.env}"
        if self.command:
            return f"command {self.command[0]}"
        return f"file {self.file}"

    def read(self) -> Secret:
        """Return the token as it is now.

        Raises:
            ConfigError: It cannot be had, with the reason and never with the value.
        """
        value = self._read().strip()
        if not value:
            raise ConfigError(f"The token from {self.describe()} is empty.", next_step=self._next_step())
        if not value.isascii() or not value.isprintable():
            raise ConfigError(
                f"The token from {self.describe()} holds characters that no HTTP header can carry.",
                next_step=self._next_step(),
            )
        return Secret(value)

    def _read(self) -> str:
        if self.env is not None:
            value = os.environ.get(self.env)
            if value is None:
                raise ConfigError(f"The environment variable {self.env} is not set.", next_step=self._next_step())
            return value
        if self.command:
            return self._run()
        if self.file is None:
            raise ConfigError("A token needs env, command or file.")
        try:
            return self.file.expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise ConfigError(
                f"The token file {self.file} cannot be read: {reason}.", next_step=self._next_step()
            ) from error

    def _run(self) -> str:
        # No command runs before the first frame, so what runs them does not delay it.
        import subprocess

        from flywheel_tui.config.child import run_child

        try:
            done = run_child(self.command, timeout_s=COMMAND_TIMEOUT_S)
            if done.code == 0:
                return done.stdout.decode("utf-8")
        except FileNotFoundError as error:
            raise ConfigError(f"The token command {self.command[0]} does not exist.") from error
        except subprocess.TimeoutExpired as error:
            raise ConfigError(f"The token command {self.command[0]} took over {COMMAND_TIMEOUT_S:g} s.") from error
        except (OSError, ValueError) as error:
            raise ConfigError(f"The token command {self.command[0]} cannot run: {type(error).__name__}.") from error
        raise ConfigError(
            f"The token command {self.command[0]} ended with exit code {done.code}.",
            next_step="Run it by hand to see why.",
        )

    def _next_step(self) -> str:
        return f"Set {self.env} and start again." if self.env is not None else "See `flywheel config show`."
