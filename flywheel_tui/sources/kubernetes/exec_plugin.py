"""Runs the credential plugin of a kubeconfig user (``exec``), without a terminal and with a time limit.

Protocol: kubernetes.io, "client-go credential plugins" (``client.authentication.k8s.io``). The ``kubernetes`` package
hands a plugin the console's own keyboard and screen, waits for ever, and logs a failure instead of raising; here a
plugin gets neither, and every way in which it can be silent is one sentence.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.domain.secret import Secret
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.kubernetes.kubeconfig import Plugin

API_GROUP: Final = "client.authentication.k8s.io/"
KIND: Final = "ExecCredential"
MAX_STDERR: Final = 300


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
) -> PluginCredential:
    """Run a plugin and return its credential. Blocking, at most ``timeout_s``.

    Args:
        plugin: The ``exec`` entry.
        folder: The kubeconfig's folder, where a relative command path starts.
        cluster: What the plugin is told of the cluster, if the entry asks for it.
        timeout_s: After this it is killed, with all that it started.
        environment: What it inherits.

    Raises:
        ConfigError: It gave nothing that can be used; the message names it and quotes its stderr.
    """
    name = f"The credential plugin {clean(Path(plugin.command).name)}"
    if not plugin.api_version.startswith(API_GROUP):
        raise ConfigError(f"{name} is configured with an apiVersion that is not of {API_GROUP[:-1]}.")
    if plugin.interactive_mode == "Always":
        raise ConfigError(
            f"{name} wants to ask questions on a terminal, which it cannot here.",
            next_step="Set interactiveMode: IfAvailable and log in before starting.",
        )
    code, stdout, stderr = _run(name, plugin, folder, cluster, timeout_s, environment)
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
) -> tuple[int, bytes, bytes]:
    command = plugin.command
    if os.sep in command and not Path(command).is_absolute():
        command = str(folder / command)
    spec: dict[str, Any] = {"interactive": False}
    if cluster is not None and plugin.provide_cluster_info:
        spec["cluster"] = cluster
    told = {"kind": KIND, "apiVersion": plugin.api_version, "spec": spec}
    variables = {variable.name: variable.value for variable in plugin.env or ()}
    try:
        # The words come from the user's own kubeconfig and run without a shell. A session of its own takes it off the
        # terminal, so that it cannot prompt on /dev/tty, and makes one process group to kill.
        process = subprocess.Popen(  # noqa: S603
            [command, *(plugin.args or ())],
            env={**environment, **variables, "KUBERNETES_EXEC_INFO": msgspec.json.encode(told).decode()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise ConfigError(
            f"{name} does not exist.", next_step=clean(plugin.install_hint).strip()[:MAX_STDERR]
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its words hold a zero byte"
        raise ConfigError(f"{name} cannot be started: {reason}.") from error
    with process:
        try:
            stdout, stderr = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            stderr = _kill(process)
            raise ConfigError(
                f"{name} gave no answer within {timeout_s:g} s{_said(stderr)}.", next_step=_by_hand(plugin)
            ) from error
        except BaseException:
            _kill(process)
            raise
    return process.returncode, stdout, stderr


def _kill(process: subprocess.Popen[bytes]) -> bytes:
    """End the plugin and all that it started; return what it had written to stderr."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    try:
        return process.communicate(timeout=1.0)[1]
    except subprocess.TimeoutExpired as error:
        # A grandchild left the group and holds the pipes: let go of them.
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        return error.stderr or b""


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
