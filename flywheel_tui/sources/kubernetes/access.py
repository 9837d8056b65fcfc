"""How one cluster is entered: address, certificates, authorization, proxy.

The kubeconfig's certificates, keys, relative paths, passwords and OIDC tokens are resolved by the ``kubernetes``
package. It is imported here and nowhere else, and only when this code runs: never before the first frame.
"""

from __future__ import annotations

import binascii
import importlib
import logging
import os
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.domain.secret import Secret
from flywheel_tui.sources.kubernetes.exec_plugin import PluginCredential
from flywheel_tui.sources.kubernetes.kubeconfig import Selection, User
from flywheel_tui.sources.kubernetes.proxy import proxy_for
from flywheel_tui.sources.kubernetes.tls import fingerprint, tls_context

TOKEN_FILE_LIFE: Final = timedelta(seconds=60)
"""How long the content of a token file is believed: the kubelet and token helpers replace it in place."""

SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True, kw_only=True)
class Access:
    """All that a request to a cluster needs.

    Attributes:
        server: Address with any path prefix.
        authorization: The whole value of the ``Authorization`` header.
        tls: None for a plain ``http`` server.
        tls_fingerprint: Of the files in ``tls``: the same certificates need no new connections.
        tls_server_name: The name the server's certificate is checked against, where it is not that of the address.
        proxy: Address of the proxy; it may hold a password.
        headers: Sent besides: impersonation, one entry a value.
        expires_at: When it has to be had anew.
        verified: False where the server's certificate is not checked.
    """

    server: str
    authorization: Secret | None = None
    tls: ssl.SSLContext | None = None
    tls_fingerprint: str = ""
    tls_server_name: str | None = None
    proxy: Secret | None = None
    headers: tuple[tuple[str, str], ...] = ()
    expires_at: datetime | None = None
    verified: bool = True


def kubeconfig_access(
    selection: Selection, plugin: PluginCredential | None, *, now: datetime, environment: Mapping[str, str]
) -> Access:
    """Return the access that a kubeconfig context gives. Blocking.

    Args:
        selection: The context.
        plugin: What its credential plugin gave, where it has one.
        now: For the life of a token file.
        environment: For proxies (``HTTPS_PROXY``, ``NO_PROXY``).

    Raises:
        ConfigError: The kubeconfig cannot be used.
    """
    user, cluster = selection.user, selection.cluster
    with tempfile.TemporaryDirectory(prefix="flywheel-") as folder:
        loaded = _load(selection, Path(folder))
        authority, certificate, key = (_path(loaded, name) for name in ("ssl_ca_cert", "cert_file", "key_file"))
        if plugin is not None and plugin.certificate is not None and plugin.key is not None:
            certificate = _private_file(Path(folder) / "plugin.crt", plugin.certificate)
            key = _private_file(Path(folder) / "plugin.key", plugin.key.reveal())
        secure = cluster.server.startswith("https")
        verify = not cluster.insecure_skip_tls_verify
        try:
            seal = fingerprint(authority, certificate, key)
        except OSError as error:
            raise ConfigError(f"A certificate of the kubeconfig cannot be read: {error.strerror}.") from error
        tls = None
        if secure:
            tls = tls_context(authority=authority, certificate=certificate, key=key, verify=verify)
    expires_at = None if plugin is None else plugin.expires_at
    authorization = _header(loaded.api_key.get("BearerToken"))
    if user.token_file:
        # The file counts before a token beside it, as in kubectl, and the package keeps the line break at its end.
        authorization = read_token(selection.user_folder / Path(user.token_file).expanduser())
        expires_at = now + TOKEN_FILE_LIFE
    if authorization is None and plugin is not None and plugin.token is not None:
        authorization = _header(f"Bearer {plugin.token.reveal()}")
    return Access(
        server=cluster.server.rstrip("/"),
        authorization=authorization,
        tls=tls,
        tls_fingerprint=seal,
        tls_server_name=cluster.tls_server_name or None,
        proxy=proxy_for(cluster.server, cluster.proxy_url, environment),
        headers=tuple(_impersonation(user)),
        expires_at=expires_at,
        verified=verify or not secure,
    )


def in_cluster_access(
    *, now: datetime, environment: Mapping[str, str], folder: Path = SERVICE_ACCOUNT
) -> Access | None:
    """Return the access of the pod this runs in, or None outside a cluster.

    Raises:
        ConfigError: It is a pod, but its service account cannot be read.
    """
    host, port = environment.get("KUBERNETES_SERVICE_HOST"), environment.get("KUBERNETES_SERVICE_PORT")
    if not host or not port or not (folder / "token").exists():
        return None
    authority = folder / "ca.crt"
    return Access(
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        authorization=read_token(folder / "token"),
        tls=tls_context(authority=authority, certificate=None, key=None, verify=True),
        tls_fingerprint=fingerprint(authority),
        expires_at=now + TOKEN_FILE_LIFE,
    )


def read_token(path: Path) -> Secret:
    """Return the ``Authorization`` value for the token in a file.

    Raises:
        ConfigError: It cannot be read or is no token.
    """
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"The token file {path} cannot be read: {reason}.") from error
    header = _header(f"Bearer {token}") if token else None
    if header is None:
        raise ConfigError(f"The token file {path} is empty.")
    return header


def _load(selection: Selection, folder: Path) -> Any:  # noqa: ANN401 - the package has no types
    """Let the ``kubernetes`` package resolve everything but a plugin and a token file."""
    kube_config: Any = importlib.import_module("kubernetes.config.kube_config")
    configuration: Any = importlib.import_module("kubernetes.client.configuration").Configuration()
    refused: tuple[type[Exception], ...] = (
        importlib.import_module("kubernetes.config.config_exception").ConfigException,
        OSError,
        ValueError,  # includes binascii.Error, UnicodeDecodeError
        KeyError,
        TypeError,
        AttributeError,
        binascii.Error,
    )
    with _quiet_root_logger():
        try:
            merger = kube_config.KubeConfigMerger(os.pathsep.join(str(file) for file in selection.files))
            entries, persist = merger.config, merger.save_changes
            if selection.user.exec is not None or selection.user.token_file:
                entries, persist = deepcopy(entries), None
                name = entries["contexts"].get_with_name(selection.context)["context"]["user"]
                user = entries["users"].get_with_name(name)["user"].value
                user.pop("exec", None)
                user.pop("tokenFile", None)
            kube_config.KubeConfigLoader(
                config_dict=entries,
                active_context=selection.context,
                config_base_path=None,
                config_persister=persist,
                temp_file_path=str(folder),
            ).load_and_set(configuration)
        except refused as error:
            # Its messages name entries by their whole content, tokens included: only a missing file is quoted.
            text = str(error)
            missing = text if text.startswith("File does not exist: ") else f"{type(error).__name__}"
            raise ConfigError(
                f"The context {selection.context} of the kubeconfig cannot be used ({missing}).",
                next_step=f"Try kubectl --context {selection.context} get pods.",
            ) from None
    return configuration


@contextmanager
def _quiet_root_logger() -> Iterator[None]:
    """Keep what the package logs away from the terminal.

    It logs by the root logger's functions, which print to stderr, over the screen, while the root has no handler.
    """
    handler = logging.NullHandler()
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


def _path(configuration: Any, name: str) -> Path | None:  # noqa: ANN401 - the package has no types
    value = getattr(configuration, name, None)
    return Path(value) if value else None


def _private_file(path: Path, content: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(content, encoding="ascii", errors="replace")
    return path


def _header(value: str | None) -> Secret | None:
    if not value:
        return None
    value = value.strip()
    if not value.isascii() or not value.isprintable():
        raise ConfigError("The credentials of the kubeconfig hold characters that no HTTP header can carry.")
    return Secret(value)


def _impersonation(user: User) -> Iterator[tuple[str, str]]:
    for name, value in _impersonated(user):
        if not value.isascii() or not value.isprintable():
            raise ConfigError("The kubeconfig impersonates a name that no HTTP header can carry.")
        yield name, value


def _impersonated(user: User) -> Iterator[tuple[str, str]]:
    if user.as_user:
        yield "Impersonate-User", user.as_user
    if user.as_uid:
        yield "Impersonate-Uid", user.as_uid
    for group in user.as_groups or ():
        yield "Impersonate-Group", group
    for key, values in (user.as_user_extra or {}).items():
        for value in values:
            yield f"Impersonate-Extra-{quote(key.lower(), safe='')}", value
