"""Pods of the benchmark's cluster, and a program that changes 5 % of them every two seconds.

python -m benchmarks.programs.pods URL AUTHORITY TOKEN_FILE COUNT EVERY_S
"""

from __future__ import annotations

import itertools
import random
import ssl
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.programs.synthetic import name_of

NAMESPACE: Final = "bench"
SHARE: Final = 0.05
_AT_ONCE: Final = 8
_NODES: Final = 40
_RUNNERS: Final = 200


class Pods:
    """Pods of one namespace of an apiserver.

    Args:
        url: Of the apiserver.
        authority: Its CA certificate.
        token: Of an administrator.
    """

    def __init__(self, url: str, authority: Path, token: str) -> None:
        context = ssl.create_default_context(cafile=str(authority))
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=url, verify=context, headers=headers, timeout=30.0, trust_env=False)

    def make_namespace(self) -> None:
        """Create the namespace."""
        self._client.post("/api/v1/namespaces", json={"metadata": {"name": NAMESPACE}}).raise_for_status()

    def create(self, names: Iterable[tuple[int, str]]) -> None:
        """Create running pods of those numbers and names."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(self._create, names):
                pass

    def change(self, names: Iterable[tuple[int, str]], restarts: int) -> None:
        """Give pods another count of restarts and another address."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(lambda each: self._report(each[0], each[1], restarts), names):
                pass

    def _create(self, pod: tuple[int, str]) -> None:
        number, name = pod
        self._client.post(f"/api/v1/namespaces/{NAMESPACE}/pods", json=_pod(number, name)).raise_for_status()
        self._report(number, name, 0)

    def _report(self, number: int, name: str, restarts: int) -> None:
        self._client.patch(
            f"/api/v1/namespaces/{NAMESPACE}/pods/{name}/status",
            json={"status": _status(number, restarts)},
            headers={"Content-Type": "application/merge-patch+json"},
        ).raise_for_status()


def _pod(number: int, name: str) -> dict[str, Any]:
    resources = {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"cpu": "2", "memory": "2Gi"}}
    containers = [
        {"name": each, "image": f"registry.example.com/ci/{each}:v18.4.0", "resources": resources}
        for each in ("build", "helper")
    ]
    # What GitLab Runner's executor writes on its job pods: the console lists CI pods only.
    labels = {
        "pod": name,
        "job.runner.gitlab.com/pod": name,
        "manager.runner.gitlab.com/id-short": f"{number % _RUNNERS:09}",
        "manager.runner.gitlab.com/name": f"docker-{number % _RUNNERS}",
        "project.runner.gitlab.com/id": str(number % 500),
        "project.runner.gitlab.com/name": f"project-{number % 500}",
        "project.runner.gitlab.com/namespace": "acme",
    }
    job = 900_000 + number
    annotations = {
        "job.runner.gitlab.com/id": str(job),
        "job.runner.gitlab.com/url": f"https://gitlab.example.com/acme/project-{number % 500}/-/jobs/{job}",
    }
    spec = {"containers": containers, "nodeName": f"node-{number % _NODES:02}", "restartPolicy": "Never"}
    return {"metadata": {"name": name, "labels": labels, "annotations": annotations}, "spec": spec}


def _status(number: int, restarts: int) -> dict[str, Any]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    containers = [
        {
            "name": each,
            "image": f"registry.example.com/ci/{each}:v18.4.0",
            "imageID": f"registry.example.com/ci/{each}@sha256:{number:064x}",
            "containerID": f"containerd://{number:064x}",
            "ready": True,
            "started": True,
            "restartCount": restarts if each == "build" else 0,
            "state": {"running": {"startedAt": now}},
        }
        for each in ("build", "helper")
    ]
    conditions = [
        {"type": each, "status": "True", "lastTransitionTime": now}
        for each in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
    ]
    address = f"10.{restarts % 250}.{number // 250}.{number % 250}"
    return {
        "phase": "Running",
        "conditions": conditions,
        "containerStatuses": containers,
        "podIP": address,
        "podIPs": [{"ip": address}],
        "hostIP": f"10.0.0.{number % _NODES + 1}",
        "startTime": now,
    }


def main() -> None:
    """Change pods until ended."""
    url, authority, token, count, every = sys.argv[1:6]
    pods = Pods(url, Path(authority), Path(token).read_text().strip())
    chance = random.Random(1)
    for restarts in itertools.count(1):
        due = time.monotonic() + float(every)
        picked = chance.sample(range(int(count)), max(1, round(int(count) * SHARE)))
        pods.change(((number, name_of(number)) for number in picked), restarts)
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main()
