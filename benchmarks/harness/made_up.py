"""The console over a made-up fleet, started in a terminal and settled."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.harness.paint import Typist
from benchmarks.harness.terminal import LARGE, Size, python, running
from benchmarks.programs.synthetic import LETTERS

NAME: Final = re.compile(rf"[{LETTERS}]{{4}}-\d{{5}}")
"""Names of made-up runners, see ``synthetic.name_of``."""

_ROWS_WITHIN_S: Final = 30.0


@dataclass(frozen=True)
class Colours:
    """How many colours a console uses, and how it is brought to that."""

    name: str
    theme: str
    environment: Mapping[str, str] = field(default_factory=dict)


SIXTEEN: Final = Colours("16 colours", "ansi")
MANY: Final = Colours("256 colours", "flywheel-dark")
ALL: Final = Colours("truecolor", "flywheel-dark", {"COLORTERM": "truecolor"})


@contextmanager
def console(
    runners: int,
    every_s: float | None,
    *,
    size: Size = LARGE,
    colours: Colours = SIXTEEN,
    probe: Path | None = None,
) -> Iterator[Typist]:
    """Run the console over so many runners, of which 5 % change every so many seconds, until the block ends.

    Raises:
        TimeoutError: It shows no rows.
    """
    words = python("-m", "benchmarks.programs.console", "--runners", str(runners), "--theme", colours.theme)
    if every_s is not None:
        words += ["--every", str(every_s)]
    if probe is not None:
        words += ["--probe", probe]
    with (
        tempfile.TemporaryDirectory(prefix="flywheel-bench-") as home,
        running(words, size, {"HOME": home, **colours.environment}) as terminal,
    ):
        typist = Typist(terminal, NAME)
        if typist.wait_for_rows(_ROWS_WITHIN_S) is None:
            raise TimeoutError(f"the console shows no made-up runner after {_ROWS_WITHIN_S:g} s")
        typist.settle(0.5)
        yield typist


def case_of(runners: int, every_s: float | None) -> str:
    """Return what a case is called in the tables."""
    return f"{runners:,} rows, {'idle' if every_s is None else f'{every_s:g} s churn'}"
