"""The programs that are compared: how each is started on the same pods."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.harness.made_up import NAME
from benchmarks.harness.paint import Typist
from benchmarks.harness.start import first
from benchmarks.harness.terminal import LARGE, python, running
from benchmarks.k9s.cluster import Cluster

FLYWHEEL: Final = "flywheel"
K9S: Final = "k9s"
K9S_BARE: Final = "k9s --splashless"
_ROWS_WITHIN_S: Final = 40.0

_K9S_CONFIG: Final = """
k9s:
  # It would ask GitHub for a newer version.
  skipLatestRevCheck: true
"""


@dataclass(frozen=True)
class Contender:
    """A program on the pods of the cluster.

    Attributes:
        words: Its command line.
        environment: Beside a home of its own.
        to_pods: What is typed once its first frame is there to come to the pods; empty where it starts there.
        down, page_down, page_up, top: Keys that both understand.
    """

    name: str
    words: tuple[str | Path, ...]
    environment: Mapping[str, str]
    to_pods: bytes = b""

    @contextmanager
    def shown(self) -> Iterator[tuple[Typist, float | None]]:
        """Run it until it shows pods; give it and the seconds until the first one, None where none came."""
        with (
            tempfile.TemporaryDirectory(prefix="flywheel-bench-") as home,
            running(self.words, LARGE, {"HOME": home, **_own_folders(Path(home)), **self.environment}) as terminal,
        ):
            if self.to_pods:
                first(terminal, lambda seen: "runners" in seen.text, longest_s=20.0)
                terminal.send(self.to_pods)
            typist = Typist(terminal, NAME)
            yield typist, typist.wait_for_rows(_ROWS_WITHIN_S)


def _own_folders(home: Path) -> dict[str, str]:
    folders = {f"XDG_{kind}_HOME": home / kind.lower() for kind in ("CONFIG", "CACHE", "DATA", "STATE")}
    k9s = folders["XDG_CONFIG_HOME"] / "k9s"
    k9s.mkdir(parents=True)
    (k9s / "config.yaml").write_text(_K9S_CONFIG)
    return {name: str(folder) for name, folder in folders.items()}


def contenders(k9s: Path, cluster: Cluster, folder: Path) -> list[Contender]:
    """Return all programs; k9s looks as it does out of the box, and a second time without its splash of one second."""
    config = folder / "flywheel.toml"
    config.write_text(f'[contexts.bench.kubernetes]\nkubeconfig = "{cluster.kubeconfig}"\n')
    words = (k9s, "--kubeconfig", cluster.kubeconfig, "--all-namespaces", "--command", "pods")
    return [
        Contender(FLYWHEEL, (*python("-m", "flywheel_tui", "--config", config),), {}, to_pods=b":pods\r"),
        Contender(K9S, words, {}),
        Contender(K9S_BARE, (*words, "--splashless"), {}),
    ]
