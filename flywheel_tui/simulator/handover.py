"""Hands a running simulator over: a ready configuration, its tokens, a kubeconfig, and the address of the controls."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from flywheel_tui.simulator.credentials import Credentials, Handover
from flywheel_tui.simulator.faults import Upstream
from flywheel_tui.simulator.upstreams import RUNNER_NAMESPACES
from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.world import World

CONTEXT = "demo"
_EVERY = {"gitlab": 5, "github": 5, "kubernetes": 30, "prometheus": 10, "alertmanager": 5}
_LARGE = 1_000  # above so many rows the upstreams are asked as often as real ones are


def companion(config: Path, suffix: str) -> Path:
    """Return the path of a file that belongs to a configuration: `config.toml` and `.json` give `config.json`."""
    return config.with_name(config.stem + suffix)


def write_handover(
    config: Path, world: World, credentials: Credentials, urls: Mapping[Upstream, str], control_url: str
) -> None:
    """Write the configuration last and at once, so that whoever sees it finds everything that it names.

    All files are readable by their owner only.

    Args:
        config: Path of the configuration (TOML).
        world: The world that is served.
        credentials: Its tokens.
        urls: Where each upstream listens.
        control_url: Where the controls listen.
    """
    config = config.absolute()
    config.parent.mkdir(parents=True, exist_ok=True)
    for name in ("gitlab", "github"):
        _write(companion(config, f".{name}-token"), getattr(credentials, name) + "\n")
    _write(companion(config, ".kubeconfig"), _kubeconfig(urls[Upstream.KUBERNETES], credentials))
    addresses = {upstream.value: url for upstream, url in urls.items()} | {"control": control_url}
    handover = Handover(addresses, msgspec.structs.asdict(credentials), os.getpid())
    _write(companion(config, ".json"), msgspec.json.encode(handover).decode() + "\n")
    _write(config, configuration(config, world, urls))


def configuration(config: Path, world: World, urls: Mapping[Upstream, str]) -> str:
    """Return the configuration, as TOML, that shows the whole world to a console."""
    owned = [runner.repository for runner in world.github_runners.values()]
    owned += [scale_set.repository for scale_set in world.scale_sets]
    repositories = sorted({each for each in owned if each is not None})
    sections: dict[str, dict[str, object]] = {
        "gitlab": {
            "url": urls[Upstream.GITLAB],
            "groups": [words.GITLAB_ROOT],
            "instance": True,
            "token": {"file": str(companion(config, ".gitlab-token"))},
        },
        "github": {
            "url": urls[Upstream.GITHUB],
            "orgs": list(world.orgs),
            "repos": repositories,
            "token": {"file": str(companion(config, ".github-token"))},
        },
        "kubernetes": {
            "context": CONTEXT,
            "kubeconfig": str(companion(config, ".kubeconfig")),
            "namespaces": [words.RUNNERS_NAMESPACE, words.ARC_NAMESPACE],
            "controller_namespace": words.ARC_SYSTEM,
        },
        "prometheus": {"url": urls[Upstream.PROMETHEUS]},
        "alertmanager": {"url": urls[Upstream.ALERTMANAGER]},
    }
    lines = [
        "# Written by `flywheel simulate`: everything behind these addresses is simulated.",
        f"[contexts.{CONTEXT}]",
        "demo = true",
        'role = "admin"',
    ]
    for name, values in sections.items():
        lines += ["", f"[contexts.{CONTEXT}.{name}]"]
        values = values | {"requests_per_minute": 3_000}
        if world.size <= _LARGE:
            values = values | {"interval_s": _EVERY[name]}
        lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    # A JSON string in plain ASCII is a TOML basic string as well.
    return json.dumps(value)


def _kubeconfig(url: str, credentials: Credentials) -> str:
    """Return a kubeconfig with one context for each of the three accounts."""
    accounts = {
        CONTEXT: credentials.kubernetes,
        f"{CONTEXT}-viewer": credentials.kubernetes_viewer,
        f"{CONTEXT}-namespaced": credentials.kubernetes_namespaced,
    }
    made = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "simulator", "cluster": {"server": url}}],
        "users": [{"name": name, "user": {"token": token}} for name, token in accounts.items()],
        "contexts": [
            {"name": name, "context": {"cluster": "simulator", "user": name, "namespace": RUNNER_NAMESPACES[0]}}
            for name in accounts
        ],
        "current-context": CONTEXT,
    }
    # JSON is YAML: no writer of YAML is needed.
    return json.dumps(made, indent=2) + "\n"


def _write(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
