"""A real Prometheus that scrapes what a test names, every second."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from tests.real.servers.alertmanager import Alertmanager
from tests.real.servers.http import answers_ok
from tests.real.servers.ports import LOOPBACK, free_port
from tests.real.servers.process import ServerProcess
from tests.real.servers.programs import require
from tests.real.servers.waiting import wait_for

RuleGroup = Mapping[str, Any]
"""One entry of `groups` in a rule file: `{"name": …, "rules": [{"alert": …, "expr": …}, …]}`."""


@dataclass(frozen=True)
class ScrapeTarget:
    """One page of metrics.

    Attributes:
        job: the value of the label `job`.
        url: the page: `http://127.0.0.1:9100/metrics`.
        labels: put on every sample of the page.
        honor_labels: where the page has a label of its own called `job`, `instance`, … the page's is kept, as is usual
            for kube-state-metrics; else it is renamed `exported_job`.
    """

    job: str
    url: str
    labels: Mapping[str, str] = field(default_factory=dict)
    honor_labels: bool = False


@dataclass(frozen=True)
class Sample:
    """One element of an instant vector."""

    labels: Mapping[str, str]
    value: float


class Prometheus:
    """One Prometheus. Stopped and started again, it has the same port and the same series."""

    def __init__(
        self,
        folder: Path,
        scrape_targets: Sequence[ScrapeTarget],
        *,
        rules: Sequence[RuleGroup] = (),
        alertmanagers: Sequence[Alertmanager] = (),
        interval: str = "1s",
    ) -> None:
        """Describes the server; `process.start()` starts it.

        Args:
            folder: an empty folder for its configuration, data and log.
            scrape_targets: what it reads.
            rules: recording and alerting rules.
            alertmanagers: who hears of firing alerts.
            interval: between two scrapes and between two evaluations of the rules.
        """
        self.address = f"{LOOPBACK}:{free_port()}"
        self.url = f"http://{self.address}"
        rule_file = folder / "rules.yml"
        rule_file.write_text(yaml.safe_dump({"groups": [dict(group) for group in rules]}))
        config_file = folder / "prometheus.yml"
        static = {"static_configs": [{"targets": [manager.address for manager in alertmanagers]}]}
        config = {
            "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval},
            "rule_files": [str(rule_file)],
            "alerting": {"alertmanagers": [static] if alertmanagers else []},
            "scrape_configs": [_scrape_config(target) for target in scrape_targets],
        }
        config_file.write_text(yaml.safe_dump(config))
        command: list[str | Path] = [
            require("prometheus"),
            f"--config.file={config_file}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={self.address}",
        ]
        self.process = ServerProcess(
            command, log=folder / "prometheus.log", answers=lambda: answers_ok(f"{self.url}/-/ready"), folder=folder
        )

    def get(self, path: str, **parameters: str) -> Any:  # noqa: ANN401 - JSON of any shape
        """The `data` of a GET below `/api/v1`: `get("/query", query="up")`, `get("/targets")`, `get("/rules")`."""
        response = httpx.get(f"{self.url}/api/v1{path}", params=parameters, timeout=10.0, trust_env=False)
        response.raise_for_status()
        return response.json()["data"]

    def query(self, expression: str) -> list[Sample]:
        """The instant vector of an expression now; empty when there is no such series (yet)."""
        data = self.get("/query", query=expression)
        if data["resultType"] != "vector":
            raise ValueError(f"{expression!r} is a {data['resultType']}, not a vector")
        return [Sample(item["metric"], float(item["value"][1])) for item in data["result"]]

    def wait_for(self, expression: str, *, seconds: float = 20.0) -> list[Sample]:
        """The instant vector of an expression once it has an element: `wait_for('up == 1')`."""
        return wait_for(f"a sample of {expression}", lambda: self.query(expression), seconds=seconds)


def _scrape_config(target: ScrapeTarget) -> dict[str, Any]:
    page = urlsplit(target.url)
    return {
        "job_name": target.job,
        "scheme": page.scheme,
        "metrics_path": page.path or "/metrics",
        "honor_labels": target.honor_labels,
        "static_configs": [{"targets": [page.netloc], "labels": dict(target.labels)}],
    }
