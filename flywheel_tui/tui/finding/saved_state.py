"""What the console keeps between sessions: one JSON file, private, replaced as a whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

VERSION: Final = 1
_LONGEST: Final = 4_000_000
"""A file of more bytes is not one that the console wrote."""


class Arrangement(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How a list is arranged.

    Attributes:
        sort: Words as :func:`~flywheel_tui.services.listing.order.sort_rows` takes them; empty leaves the kind's own.
        group: Name of the field it is grouped by, or an empty string.
    """

    filter: str = ""
    sort: tuple[str, ...] = ()
    group: str = ""
    faults: bool = False
    wide: bool = False


class Place(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Where the operator was in a list.

    Attributes:
        cursor: Key of the row under the cursor, where somebody put it there.
        marks: Keys of the marked rows.
        words: What the page was opened with, where that says what it lists: the text to find.
    """

    arrangement: Arrangement = Arrangement()
    cursor: str | None = None
    marks: tuple[str, ...] = ()
    words: str = ""


class SavedView(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A list as the operator wants to see it again.

    Attributes:
        words: What the page was opened with, where that says what it lists: the text to find.
    """

    page: str
    scope: str = ""
    arrangement: Arrangement = Arrangement()
    words: str = ""


class Favourite(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A scope under a digit.

    Attributes:
        pinned: Whether the operator put it there; else it is a recent one and gives way to others.
    """

    scope: str
    pinned: bool = False


class LastSession(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What was on the screen when a session ended.

    Attributes:
        at: When it ended.
        cut_off: Whether the terminal went away; else the operator left.
        view: Name of the saved view that was shown, or an empty string.
        places: Where the operator was, by page.
    """

    at: datetime
    page: str
    cut_off: bool = False
    scope: str = ""
    view: str = ""
    places: Mapping[str, Place] = {}


class SavedState(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept.

    Attributes:
        sorts: The order of each page's list.
        histories: Lines entered before, by the page that they filtered; commands under ``:``.
        favourites: Scopes by digit.
    """

    version: int = VERSION
    sorts: Mapping[str, tuple[str, ...]] = {}
    histories: Mapping[str, tuple[str, ...]] = {}
    favourites: Mapping[int, Favourite] = {}
    views: Mapping[str, SavedView] = {}
    last: LastSession | None = None


Change = Callable[[SavedState], SavedState]
"""Returns the state with one thing changed."""


class StateFile:
    """The file that the state lies in.

    Several consoles may use it: :meth:`apply` reads it again, so that each adds its own changes. Of two that write
    within the same millisecond the later one wins.

    Args:
        path: The file; its folder is made when something is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[SavedState, str]:
        """Return the state, and what is wrong with the file in one sentence, or an empty string.

        What cannot be understood is kept aside under another name, and the state begins anew.
        """
        try:
            return self._read(), ""
        except FileNotFoundError:
            return SavedState(), ""
        except OSError as error:
            return SavedState(), f"The saved state {self.path} cannot be read: {error.strerror or error}."
        except (msgspec.MsgspecError, ValueError) as error:
            return SavedState(), self._set_aside(str(error))

    def apply(self, changes: Sequence[Change]) -> SavedState:
        """Change the state in the file, and return it.

        Raises:
            OSError: The file cannot be read or written; the old one stays.
        """
        try:
            state = self._read()
        except (FileNotFoundError, msgspec.MsgspecError, ValueError):
            state, _ = self.read()
        for change in changes:
            state = change(state)
        self._write(state)
        return state

    def _read(self) -> SavedState:
        with self.path.open("rb") as file:
            data = file.read(_LONGEST + 1)
        if len(data) > _LONGEST:
            raise ValueError("it is too long")
        # The version first: the rest of another version's file may look like anything.
        version = msgspec.json.decode(data, type=_Versioned).version
        if version != VERSION:
            raise ValueError(f"it is of version {version}, and this Flywheel knows {VERSION}")
        return msgspec.json.decode(data, type=SavedState)

    def _set_aside(self, reason: str) -> str:
        kept = self.path.with_name(f"{self.path.name}.broken")
        said = f"The saved state could not be understood ({reason})"
        try:
            self.path.replace(kept)
        except OSError as error:
            return f"{said}, nor kept aside: {error.strerror or error}."
        return f"{said}; it is kept as {kept}, and the console begins anew."

    def _write(self, state: SavedState) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp makes it 0600.
        descriptor, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        written = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(state), indent=1))
            written.replace(self.path)
        except BaseException:
            written.unlink()
            raise


class _Versioned(msgspec.Struct, frozen=True):
    version: int
