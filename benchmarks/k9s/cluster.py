"""A real kube-apiserver and etcd with pods in them; no controller, kubelet or scheduler runs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness.terminal import ROOT, python
from benchmarks.programs.pods import Pods
from benchmarks.programs.synthetic import name_of
from tests.real.servers.etcd import Etcd
from tests.real.servers.kube_apiserver import KubeApiserver

FIRST_OF_ALL = "jjjj-99999"
"""Name of a pod that a list sorted by name shows first."""


class Cluster:
    """The servers, and the pods that were put into them.

    Args:
        apiserver: Which runs.
        folder: For what belongs to it.
    """

    def __init__(self, apiserver: KubeApiserver, folder: Path) -> None:
        self.apiserver = apiserver
        self.kubeconfig = apiserver.kubeconfig
        self._token = folder / "token"
        self._token.write_text(apiserver.admin_token)
        self.pods = Pods(apiserver.url, apiserver.authority, apiserver.admin_token)
        self.pods.make_namespace()
        self.count = 0

    def fill(self, count: int) -> None:
        """Create running pods until there are so many."""
        self.pods.create((number, name_of(number)) for number in range(self.count, count))
        self.count = count

    @contextmanager
    def churn(self, every_s: float) -> Iterator[None]:
        """Change 5 % of the pods every so many seconds, from another process, as long as the block lasts."""
        url, authority = self.apiserver.url, self.apiserver.authority
        words = python("-m", "benchmarks.programs.pods", url, authority, self._token, str(self.count), str(every_s))
        process = subprocess.Popen([str(word) for word in words], cwd=ROOT)
        try:
            yield
        finally:
            process.kill()
            process.wait()


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Run an empty cluster as long as the block lasts."""
    for name in ("etcd", "apiserver"):
        (folder / name).mkdir()
    etcd = Etcd(folder / "etcd")
    etcd.process.start()
    try:
        apiserver = KubeApiserver(folder / "apiserver", etcd_url=etcd.url)
        apiserver.start()
        try:
            yield Cluster(apiserver, folder)
        finally:
            apiserver.stop(kill=True)
    finally:
        etcd.process.stop(kill=True)
