"""A real Alertmanager that notifies nobody."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.real.servers.http import answers_ok
from tests.real.servers.ports import LOOPBACK, free_port
from tests.real.servers.process import ServerProcess
from tests.real.servers.programs import require


class Alertmanager:
    """One Alertmanager without peers. Stopped and started again, it has the same port and the same silences."""

    def __init__(self, folder: Path) -> None:
        """Describes the server; `process.start()` starts it.

        Args:
            folder: an empty folder for its configuration, data and log.
        """
        self.address = f"{LOOPBACK}:{free_port()}"
        self.url = f"http://{self.address}"
        config = folder / "alertmanager.yml"
        config.write_text(yaml.safe_dump({"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}))
        command: list[str | Path] = [
            require("alertmanager"),
            f"--config.file={config}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",  # empty: no gossip port
        ]
        self.process = ServerProcess(
            command, log=folder / "alertmanager.log", answers=lambda: answers_ok(f"{self.url}/-/ready"), folder=folder
        )

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON of any shape
        """The JSON answer to a GET below `/api/v2`: `get("/status")`, `get("/alerts")`, `get("/silences")`."""
        response = httpx.get(f"{self.url}/api/v2{path}", timeout=10.0, trust_env=False)
        response.raise_for_status()
        return response.json()

    def fire(self, labels: Mapping[str, str], annotations: Mapping[str, str] | None = None) -> None:
        """Reports an alert as firing, as a Prometheus would; it resolves by itself after five minutes."""
        alert = {"labels": dict(labels), "annotations": dict(annotations or {})}
        response = httpx.post(f"{self.url}/api/v2/alerts", json=[alert], timeout=10.0, trust_env=False)
        response.raise_for_status()
