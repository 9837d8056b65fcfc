"""Where kubeconfig files lie, and whether one may hold up the start. Nothing is parsed, since the first frame waits."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from flywheel_tui.domain.errors import ConfigError

VARIABLE: Final = "KUBECONFIG"
DEFAULT_FILE: Final = "~/.kube/config"


def find_files(chosen: Path | None, environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the kubeconfig files in force, which exist.

    Args:
        chosen: The configured file; it alone counts where it is given.
        environment: ``KUBECONFIG`` may name several files; those that are missing are passed over.

    Raises:
        ConfigError: The configured file does not exist.
    """
    if chosen is not None:
        path = chosen.expanduser()
        if not path.is_file():
            raise ConfigError(
                f"The kubeconfig {path} does not exist.", next_step="Check kubeconfig = … of the context."
            )
        return (path,)
    named = environment.get(VARIABLE) or DEFAULT_FILE
    paths = (Path(name).expanduser() for name in named.split(os.pathsep) if name)
    return tuple(path for path in paths if path.is_file())


def may_ask(chosen: Path | None, environment: Mapping[str, str]) -> bool:
    """Return whether a plugin of these files may want the terminal: the word for that is somewhere in them.

    Parsing them takes longer than the first frame should wait; a file that cannot be read is told of later.
    """
    try:
        return any(b"Always" in path.read_bytes() for path in find_files(chosen, environment))
    except (ConfigError, OSError):
        return False
