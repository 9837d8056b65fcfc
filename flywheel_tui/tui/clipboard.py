"""Copying text out of the console, over whatever is between it and the operator's clipboard.

tmux takes text for its own buffer and passes it on (``load-buffer -w``, since 3.2) without being told to let strange
sequences through. A terminal takes it as OSC 52, up to a size. What neither takes is left in a file.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from flywheel_tui.domain.errors import FlywheelError
from flywheel_tui.domain.text import clean

OSC52_MOST_BYTES: Final = 74_994
"""What fits into the 100,000 characters of base64 that terminals agree on."""
_TMUX_PASSES_ON: Final = (3, 2)
_TMUX_S: Final = 2.0
_NO_OSC52: Final = ("linux", "vt", "screen")
"""Terminals that have no clipboard, and GNU screen, which cuts long sequences."""
_FILE: Final = "copied.txt"


class Rung(StrEnum):
    """A way out for copied text, the best first."""

    TMUX = "tmux"
    """tmux's buffer, and from there the terminal's clipboard."""
    TMUX_BUFFER = "tmux-buffer"
    """Only tmux's buffer: it is too old to pass it on."""
    OSC52 = "osc52"
    FILE = "file"


def choose_rung(size: int, environment: Mapping[str, str], tmux: tuple[int, int] | None) -> Rung:
    """Return the best way out.

    Args:
        size: Bytes to copy.
        environment: Where ``TMUX`` and ``TERM`` are.
        tmux: The version of tmux around the console, None where that is not known or there is none.
    """
    if environment.get("TMUX"):
        if tmux is None:
            return Rung.FILE
        return Rung.TMUX if tmux >= _TMUX_PASSES_ON else Rung.TMUX_BUFFER
    if environment.get("STY") or environment.get("TERM", "").startswith(_NO_OSC52) or size > OSC52_MOST_BYTES:
        return Rung.FILE
    return Rung.OSC52


def tmux_version(text: str) -> tuple[int, int] | None:
    """Return the version in what ``tmux -V`` prints, such as ``tmux 3.3a`` or ``tmux next-3.4``."""
    found = re.search(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None


def osc52(text: str) -> str:
    """Return the sequence that puts text on the terminal's clipboard."""
    return f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"


class Clipboard:
    """Takes text to the operator's clipboard, and says where it went.

    Args:
        write: Writes to the terminal.
        folder: Where the file goes, of nobody else to read.
        environment: Where ``TMUX`` and ``TERM`` are.
    """

    def __init__(self, write: Callable[[str], None], folder: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._write = write
        self._folder = folder
        self._environment = environment

    async def copy(self, text: str) -> str:
        """Copy, and return where the text is now, as the end of a sentence.

        Raises:
            FlywheelError: Not even a file could be written.
        """
        data = text.encode()
        rung = choose_rung(len(data), self._environment, await self._tmux())
        if rung in {Rung.TMUX, Rung.TMUX_BUFFER}:
            passing = ("-w",) if rung is Rung.TMUX else ()
            if await _run("tmux", "load-buffer", *passing, "-", data=data) is not None:
                return "to tmux and the terminal's clipboard" if passing else "to tmux: prefix ] pastes it"
            rung = Rung.FILE
        if rung is Rung.OSC52:
            self._write(osc52(text))
            return "to the terminal's clipboard, if it allows that"
        return f"to {clean(str(self._save(data)))}"

    async def _tmux(self) -> tuple[int, int] | None:
        if not self._environment.get("TMUX"):
            return None
        told = await _run("tmux", "-V")
        return None if told is None else tmux_version(told.decode(errors="replace"))

    def _save(self, data: bytes) -> Path:
        path = self._folder / _FILE
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(number, "wb") as file:
                os.fchmod(number, 0o600)
                file.write(data)
        except OSError as error:
            raise FlywheelError(f"{path} cannot be written: {error.strerror}.", next_step="Check the disk.") from error
        return path


async def _run(*command: str, data: bytes = b"") -> bytes | None:
    """Return what a command prints, or None where it fails or takes too long."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    try:
        output, _ = await asyncio.wait_for(process.communicate(data), _TMUX_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return None
    return output if process.returncode == 0 else None
