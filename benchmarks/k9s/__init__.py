"""The console and k9s on the same real kube-apiserver, with the same pods, in terminals of the same size."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Outcome
from benchmarks.harness.terminal import ROOT
from benchmarks.k9s.cluster import cluster
from benchmarks.k9s.live import keys_and_traffic
from benchmarks.k9s.lost_link import lost_link
from benchmarks.k9s.programs import contenders
from benchmarks.k9s.stall import stall
from benchmarks.k9s.starts import starts

SIZES: Final = (2_000, 10_000)


def measure(outcome: Outcome, effort: Effort) -> None:
    """Fill a cluster with pods, and compare."""
    k9s = _built(outcome)
    if k9s is None:
        return
    with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as name, cluster(Path(name)) as made:
        both = contenders(k9s, made, Path(name))
        for pods in SIZES:
            effort.say(f"filling the cluster to {pods:,} pods")
            made.fill(pods)
            starts(outcome, effort, both, pods)
            stall(outcome, both, pods)
            keys_and_traffic(outcome, effort, both, made, pods)
        lost_link(outcome, effort, both, made)


def _built(outcome: Outcome) -> Path | None:
    """Build what is missing, and return k9s; None where something cannot be built."""
    for script in ("install-k9s", "install-real-servers"):
        made = subprocess.run([ROOT / "scripts" / script], check=False, stdout=sys.stderr)
        if made.returncode:
            outcome.skip("everything against k9s", f"scripts/{script} failed, see above (it needs Go and the network)")
            return None
    folder = subprocess.run([ROOT / "scripts/install-k9s", "--print-dir"], check=True, capture_output=True, text=True)
    return Path(folder.stdout.strip()) / "k9s"
