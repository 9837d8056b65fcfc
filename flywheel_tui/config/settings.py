"""The configuration as frozen dataclasses. Every field says what it means; the file format is docs/configuration.md."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec

from flywheel_tui.config.secrets import TokenSource
from flywheel_tui.domain.record import Record
from flywheel_tui.domain.secret import Secret


class Role(StrEnum):
    """What a console may do at most."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class GitLabSettings(Record, frozen=True, kw_only=True):
    """A GitLab instance."""

    url: str
    """Its address, for example ``https://gitlab.example.com``."""
    token: TokenSource
    """``read_api`` is enough to look; changes need ``api``."""
    groups: tuple[str, ...] = ()
    """Full paths of groups whose runners are shown, with those of their subgroups and projects. Empty: the whole
    instance, for administrators, or else all runners the token's owner may manage."""
    instance: bool = False
    """Show the instance's shared runners as well."""
    interval_s: float = 20.0
    requests_per_minute: int = 300
    timeout_s: float = 15.0


class GitHubSettings(Record, frozen=True, kw_only=True):
    """GitHub or a GitHub Enterprise server."""

    token: TokenSource
    url: str = "https://api.github.com"
    """Address of the REST API; of an Enterprise server ``https://HOST/api/v3``."""
    orgs: tuple[str, ...] = ()
    repos: tuple[str, ...] = ()
    """``owner/name`` each."""
    interval_s: float = 30.0
    requests_per_minute: int = 120
    timeout_s: float = 15.0


class KubernetesSettings(Record, frozen=True, kw_only=True):
    """A cluster, by its kubeconfig context."""

    context: str | None = None
    """Context of the kubeconfig; its current one where absent, read once at the start."""
    kubeconfig: Path | None = None
    """The file; ``KUBECONFIG`` or ``~/.kube/config`` where absent."""
    namespaces: tuple[str, ...] = ()
    """Where to look when the credentials may not list the whole cluster. Empty: the whole cluster only."""
    controller_namespace: str = "arc-systems"
    """Where ARC's controller and its listeners live."""
    exec_timeout_s: float = 30.0
    """How long a credential plugin of the kubeconfig may take."""
    interval_s: float = 30.0
    """How often a quiet watch has to prove that it lives."""
    requests_per_minute: int = 600
    timeout_s: float = 30.0


class PrometheusSettings(Record, frozen=True, kw_only=True):
    """Prometheus, or what speaks its API (Mimir, Thanos, VictoriaMetrics)."""

    url: str
    token: TokenSource | None = None
    headers: tuple[tuple[str, Secret], ...] = ()
    """Sent with every request; a value may be a password."""
    interval_s: float = 30.0
    requests_per_minute: int = 120
    timeout_s: float = 15.0


class AlertmanagerSettings(Record, frozen=True, kw_only=True):
    """Alertmanager; without it the alerts come from Prometheus rules."""

    url: str
    token: TokenSource | None = None
    headers: tuple[tuple[str, Secret], ...] = ()
    """Sent with every request; a value may be a password."""
    interval_s: float = 15.0
    requests_per_minute: int = 60
    timeout_s: float = 10.0


class StackSettings(Record, frozen=True, kw_only=True):
    """One OpenTofu stack that declares a part of the fleet."""

    path: str
    var_files: tuple[str, ...] = ()


class GitOpsSettings(Record, frozen=True, kw_only=True):
    """Where the fleet's configuration lives in Git."""

    forge: str
    project: str
    branch: str = "main"
    stacks: tuple[StackSettings, ...] = ()


class ContextSettings(Record, frozen=True, kw_only=True):
    """One fleet: up to five upstreams that belong together."""

    name: str
    protected: bool = False
    """Draws the PROD bar; changes ask for the typed name."""
    role: Role = Role.VIEWER
    """The most this console may do here."""
    demo: bool = False
    """Simulated upstreams: draws the DEMO bar. Written by ``flywheel simulate`` only."""
    gitlab: GitLabSettings | None = None
    github: GitHubSettings | None = None
    kubernetes: KubernetesSettings | None = None
    prometheus: PrometheusSettings | None = None
    alertmanager: AlertmanagerSettings | None = None
    gitops: GitOpsSettings | None = None


class StalePolicy(Record, frozen=True, kw_only=True):
    """When a verdict calls things old or full."""

    pending_pod_s: float = 300.0
    """A pod that is Pending for longer is a problem."""
    saturation: float = 0.95
    """Busy share of the capacity from which a runner counts as saturated."""
    usage_warning: float = 0.70
    usage_critical: float = 0.90
    """CPU and memory as a share of the limit."""
    quota_warning: float = 0.90


class InterfaceSettings(Record, frozen=True, kw_only=True):
    """How the console looks."""

    theme: str | None = None
    ascii: bool = False
    mouse: bool = False
    frame_diff: bool = True
    """Send the terminal the cells that changed; without, whole regions."""


class Settings(Record, frozen=True, kw_only=True):
    """The whole configuration."""

    path: Path | None = None
    """The file it was read from."""
    contexts: tuple[ContextSettings, ...] = ()
    stale: StalePolicy = msgspec.field(default_factory=StalePolicy)
    ui: InterfaceSettings = msgspec.field(default_factory=InterfaceSettings)
    keys: tuple[tuple[str, str], ...] = ()
    """Binding id to keys."""
