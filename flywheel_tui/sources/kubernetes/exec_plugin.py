"""Runs the credential plugin of a kubeconfig user (``exec``), with a time limit and mostly without a terminal.

Protocol: kubernetes.io, "client-go credential plugins" (``client.authentication.k8s.io``). The ``kubernetes`` package
hands a plugin the console's own keyboard and screen, waits for ever, and logs a failure instead of raising; here a
plugin gets neither, and every way in which it can be silent is one sentence.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from flywheel_tui.config.child import Done, run_child
from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.domain.secret import Secret
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.decoding import make_ready
from flywheel_tui.sources.kubernetes.kubeconfig import Plugin

API_GROUP: Final = "client.authentication.k8s.io/"
KIND: Final = "ExecCredential"
MAX_STDERR: Final = 300
ALWAYS: Final = "Always"
"""Interactive mode of a plugin that runs only where it has a terminal."""


class _Status(msgspec.Struct, rename="camel"):
    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""
    expiration_timestamp: datetime | None = None


class _Answer(msgspec.Struct, rename="camel"):
    kind: str = ""
    api_version: str = ""
    status: _Status | None = None


@dataclass(frozen=True)
class PluginCredential:
    """What a plugin gave: a token, a client certificate with its key (PEM), or both."""

    token: Secret | None
    certificate: str | None
    key: Secret | None
    expires_at: datetime | None


def run_plugin(
    plugin: Plugin,
    *,
    folder: Path,
    cluster: Mapping[str, Any] | None,
    timeout_s: float,
    environment: Mapping[str, str],
    terminal: bool = False,
) -> PluginCredential:
    """Run a plugin and return its credential. Blocking, at most ``timeout_s``.

    Args:
        plugin: The ``exec`` entry.
        folder: The kubeconfig's folder, where a relative command path starts.
        cluster: What the plugin is told of the cluster, if the entry asks for it.
        timeout_s: After this it is killed, with all that it started.
        environment: What it inherits.
        terminal: Let it ask its questions on the terminal, which nothing else may be using.

    Raises:
        ConfigError: It gave nothing that can be used; the message names it and quotes its stderr.
    """
    name = f"The credential plugin {clean(Path(plugin.command).name)}"
    if not plugin.api_version.startswith(API_GROUP):
        raise ConfigError(f"{name} is configured with an apiVersion that is not of {API_GROUP[:-1]}.")
    if plugin.interactive_mode == ALWAYS and not terminal:
        raise ConfigError(
            f"{name} wants to ask questions on a terminal, which it cannot here.",
            next_step="Start the console anew, or set interactiveMode: IfAvailable and log in before starting.",
        )
    code, stdout, stderr = _run(name, plugin, folder, cluster, timeout_s, environment, terminal=terminal)
    if code != 0:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        raise ConfigError(f"{name} {how}{_said(stderr)}.", next_step=_by_hand(plugin))
    return _credential(name, plugin, stdout, stderr)


def _run(
    name: str,
    plugin: Plugin,
    folder: Path,
    cluster: Mapping[str, Any] | None,
    timeout_s: float,
    environment: Mapping[str, str],
    *,
    terminal: bool,
) -> Done:
    command = plugin.command
    if os.sep in command and not Path(command).is_absolute():
        command = str(folder / command)
    spec: dict[str, Any] = {"interactive": terminal}
    if cluster is not None and plugin.provide_cluster_info:
        spec["cluster"] = cluster
    told = {"kind": KIND, "apiVersion": plugin.api_version, "spec": spec}
    variables = {variable.name: variable.value for variable in plugin.env or ()}
    try:
        return run_child(
            [command, *(plugin.args or ())],
            timeout_s=timeout_s,
            environment={**environment, **variables, "KUBERNETES_EXEC_INFO": msgspec.json.encode(told).decode()},
            terminal=terminal,
        )
    except FileNotFoundError as error:
        raise ConfigError(
            f"{name} does not exist.", next_step=clean(plugin.install_hint).strip()[:MAX_STDERR]
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ConfigError(
            f"{name} gave no answer within {timeout_s:g} s{_said(error.stderr or b'')}.", next_step=_by_hand(plugin)
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its words hold a zero byte"
        raise ConfigError(f"{name} cannot be started: {reason}.") from error


def _credential(name: str, plugin: Plugin, stdout: bytes, stderr: bytes) -> PluginCredential:
    if not stdout.strip():
        raise ConfigError(f"{name} ended well but printed nothing{_said(stderr)}.", next_step=_by_hand(plugin))
    # What it printed is never quoted, and errors are not chained: it may hold a token.
    try:
        answer = msgspec.json.decode(stdout, type=_Answer)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name} printed no {KIND}: {clean(str(error))}{_said(stderr)}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ConfigError(
            f"{name} printed something that is not JSON{_said(stderr)}.", next_step=_by_hand(plugin)
        ) from None
    if answer.kind != KIND or answer.api_version != plugin.api_version:
        raise ConfigError(
            f"{name} printed {clean(answer.kind) or 'no kind'} of {clean(answer.api_version) or 'no apiVersion'}, "
            f"not {KIND} of {clean(plugin.api_version)}."
        )
    status = answer.status
    if status is None or not (status.token or status.client_certificate_data):
        raise ConfigError(f"{name} gave neither a token nor a certificate{_said(stderr)}.", next_step=_by_hand(plugin))
    if bool(status.client_certificate_data) != bool(status.client_key_data):
        raise ConfigError(f"{name} gave a certificate without its key, or a key without its certificate.")
    expires_at = status.expiration_timestamp
    if expires_at is not None and expires_at.tzinfo is None:
        expires_at = expires_at.replace(tzinfo=UTC)
    return PluginCredential(
        token=Secret(status.token) if status.token else None,
        certificate=status.client_certificate_data or None,
        key=Secret(status.client_key_data) if status.client_key_data else None,
        expires_at=expires_at,
    )


def _said(stderr: bytes) -> str:
    text = clean(stderr[-4 * MAX_STDERR :].decode("utf-8", "replace")).strip()
    # The end of what a program says holds its reason.
    return f": {text[-MAX_STDERR:]}".rstrip(".") if text else ""


def _by_hand(plugin: Plugin) -> str:
    return f"Run {clean(plugin.command)} by hand to see why; it is tried again by itself."


make_ready(_Answer)
