"""Where the programs of the real servers are, and what a test does when one is missing."""

import os
from pathlib import Path
from typing import Final, Literal

import pytest

KUBERNETES_PROGRAMS: Final = ("etcd", "kube-apiserver", "kubectl")

ProgramName = Literal["etcd", "kube-apiserver", "kubectl", "prometheus", "promtool", "alertmanager"]


# Read once, on import: each test runs with an empty home of its own.
_CACHES = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


class ProgramMissingError(LookupError):
    """No folder holds the program."""


def cache_folder() -> Path:
    """The folder that scripts/install-real-servers fills."""
    named = os.environ.get("FLYWHEEL_SERVERS_DIR")
    return Path(named) if named else _CACHES / "flywheel" / "real-servers"


def find(name: ProgramName) -> Path:
    """The program's path: from KUBEBUILDER_ASSETS when it has it, else from the cache folder.

    Raises:
        ProgramMissingError: neither holds an executable of that name.
    """
    folders = [cache_folder()]
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets and name in KUBERNETES_PROGRAMS:
        folders.insert(0, Path(assets))
    for folder in folders:
        program = folder / name
        if os.access(program, os.X_OK):
            return program
    raise ProgramMissingError(f"no {name} in {' or '.join(map(str, folders))}: run `make test-real`")


def require(name: ProgramName) -> Path:
    """The program's path. Without it, the test skips on a laptop and fails in CI, where a skipped tier hides a bug."""
    try:
        return find(name)
    except ProgramMissingError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
