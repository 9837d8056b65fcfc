"""etcd: what a kube-apiserver keeps its objects in."""

from pathlib import Path
from typing import Any

import httpx

from tests.real.servers.http import answers_ok
from tests.real.servers.ports import LOOPBACK, free_port
from tests.real.servers.process import ServerProcess
from tests.real.servers.programs import require


class Etcd:
    """One etcd member. Stopped and started again, it has the same port and the same data."""

    def __init__(self, folder: Path) -> None:
        """Describes the server; `process.start()` starts it.

        Args:
            folder: an empty folder for its data and its log.
        """
        self.url = f"http://{LOOPBACK}:{free_port()}"
        peer = f"http://{LOOPBACK}:{free_port()}"
        command: list[str | Path] = [
            require("etcd"),
            f"--data-dir={folder / 'data'}",
            f"--listen-client-urls={self.url}",
            f"--advertise-client-urls={self.url}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            # A test's data need not outlive a power cut, and a slow disk would make every write wait.
            "--unsafe-no-fsync",
        ]
        self.process = ServerProcess(
            command, log=folder / "etcd.log", answers=lambda: answers_ok(f"{self.url}/health"), folder=folder
        )

    def compact(self) -> int:
        """Forgets every revision but the current one, and returns that.

        An apiserver still answers older `continue` tokens and resource versions from its own memory; once it is stopped
        and started again, it answers them with 410 `Expired`.
        """
        key = "AA=="  # the single byte 0: with range_end the same, "every key"
        header = self._post("/v3/kv/range", {"key": key, "range_end": key, "limit": 1})["header"]
        self._post("/v3/kv/compaction", {"revision": header["revision"], "physical": True})
        return int(header["revision"])

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        # The JSON gateway of the gRPC API: etcd's documentation, "Why gRPC gateway".
        response = httpx.post(self.url + path, json=body, timeout=10.0, trust_env=False)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer
