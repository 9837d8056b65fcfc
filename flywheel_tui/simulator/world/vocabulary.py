"""The words that the simulated company is made of: teams, workloads, names of jobs, versions, images."""

from __future__ import annotations

import msgspec

TEAMS = (
    "infra",
    "payments",
    "data",
    "mobile",
    "web",
    "ml",
    "security",
    "search",
    "platform",
    "games",
    "billing",
    "edge",
)
PARTS = ("api", "worker", "gateway", "console", "ingest", "models", "docs", "sdk")
GITLAB_ROOT = "acme"
GITHUB_ORGS = ("acme", "acme-labs")
PEOPLE = (
    ("root", "Administrator"),
    ("mira", "Mira Lindqvist"),
    ("tomas", "Tomás Ibáñez"),
    ("jun", "Jun Watanabe"),
    ("adaeze", "Adaeze Okafor"),
    ("bot-provision", "Provisioning Bot"),
)
JOB_NAMES = ("build", "unit", "lint", "integration", "e2e", "package", "image", "deploy-staging", "scan", "docs")
STAGES = ("build", "test", "test", "test", "test", "package", "package", "deploy", "test", "deploy")
WORKFLOWS = ("ci", "release", "nightly", "pull-request")

RUNNERS_NAMESPACE = "gitlab-runners"
ARC_NAMESPACE = "arc-runners"
ARC_SYSTEM = "arc-systems"
NAMESPACES = ("default", "kube-system", "kube-public", RUNNERS_NAMESPACE, ARC_NAMESPACE, ARC_SYSTEM, "monitoring")

GITLAB_VERSION = "19.6.1"
RUNNER_VERSIONS = ("19.6.1", "19.6.0", "19.5.2", "19.5.1")
OLD_RUNNER_VERSIONS = ("19.4.0", "19.2.1", "19.0.3", "18.11.4", "18.8.0", "17.11.3", "17.4.0", "16.11.2")
GITHUB_RUNNER_VERSION = "2.337.0"
OLD_GITHUB_RUNNER_VERSIONS = ("2.336.1", "2.335.1", "2.331.0", "2.328.0", "2.319.1")
ARC_VERSION = "0.14.2"
OLD_ARC_VERSION = "0.13.1"

GIB = 1024**3
MIB = 1024**2


class Workload(msgspec.Struct, frozen=True):
    """A sort of runner: what its jobs need and how long they take.

    Attributes:
        tags: GitLab tags.
        label: Stem of the GitHub label and of release names.
        image: Image of the build container.
        cpu, memory: (request, limit) of the build container: cores and bytes.
        durations, waits: Shortest and longest, in seconds.
        busy: Share of the day that a slot is in use at its densest.
    """

    name: str
    tags: tuple[str, ...]
    label: str
    image: str
    cpu: tuple[float, float]
    memory: tuple[int, int]
    durations: tuple[float, float]
    waits: tuple[float, float]
    busy: float
    privileged: bool = False


WORKLOADS = (
    Workload(
        "docker", ("docker", "linux", "amd64"), "docker", "docker.io/library/alpine:3.22",
        (0.1, 2.0), (256 * MIB, 2 * GIB), (25, 420), (1, 40), 0.5,
    ),
    Workload(
        "dind", ("docker", "dind", "privileged"), "dind", "docker.io/library/docker:28-cli",
        (0.5, 4.0), (1 * GIB, 8 * GIB), (60, 900), (1, 90), 0.45, privileged=True,
    ),
    Workload(
        "nix", ("nix", "flakes", "linux"), "nix", "docker.io/nixos/nix:2.32.1",
        (0.5, 4.0), (1 * GIB, 8 * GIB), (40, 1500), (1, 60), 0.55,
    ),
    Workload(
        "rocky9", ("rocky9", "rhel9", "linux"), "rocky9", "docker.io/rockylinux/rockylinux:9",
        (0.1, 2.0), (256 * MIB, 4 * GIB), (30, 600), (1, 30), 0.35,
    ),
    Workload(
        "rocky8", ("rocky8", "rhel8", "linux"), "rocky8", "docker.io/rockylinux/rockylinux:8",
        (0.1, 2.0), (256 * MIB, 4 * GIB), (30, 600), (1, 30), 0.2,
    ),
    Workload(
        "gpu", ("gpu", "nvidia", "cuda", "linux"), "gpu", "docker.io/nvidia/cuda:13.0.1-base-ubuntu24.04",
        (1.0, 8.0), (8 * GIB, 32 * GIB), (300, 3600), (5, 600), 0.7,
    ),
)  # fmt: skip

GITLAB_FAILURES = (
    ("script_failure", 0.055),
    ("runner_system_failure", 0.006),
    ("job_canceled", 0.008),
    ("job_execution_timeout", 0.003),
    ("image_pull_failure", 0.002),
)
GITHUB_FAILURES = (("failure", 0.06), ("cancelled", 0.015))
HOSTILE_DESCRIPTIONS = ("[/evil]", "\x1b[31mred\x1b[0m", "構築機-東京-🚀")
