"""How one cluster is entered: address, certificates, authorization, proxy.

Source of the rules: kubernetes.io, "Organizing Cluster Access Using kubeconfig Files", and kubectl where that is
silent. Only tokens that have to be renewed by a protocol (OIDC, gcp) are left to the ``kubernetes`` package, which is
too heavy for everybody else: see ``auth_provider.py``.
"""

from __future__ import annotations

import base64
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.domain.secret import Secret
from flywheel_tui.sources.kubernetes.auth_provider import provided_authorization
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
        secure = cluster.server.startswith("https")
        authority, certificate, key = _certificate_files(selection, Path(folder)) if secure else (None, None, None)
        if plugin is not None and plugin.certificate is not None and plugin.key is not None:
            certificate = _private_file(Path(folder) / "plugin.crt", plugin.certificate.encode("ascii", "replace"))
            key = _private_file(Path(folder) / "plugin.key", plugin.key.reveal().encode("ascii", "replace"))
        verify = not cluster.insecure_skip_tls_verify
        try:
            seal = fingerprint(authority, certificate, key)
        except OSError as error:
            raise ConfigError(f"A certificate of the kubeconfig cannot be read: {error.strerror}.") from error
        tls = None
        if secure:
            tls = tls_context(authority=authority, certificate=certificate, key=key, verify=verify)
        if user.auth_provider is None:
            authorization = _header(_static_authorization(user))
        else:
            authorization = _header(provided_authorization(selection, Path(folder)))
    expires_at = None if plugin is None else plugin.expires_at
    if user.token_file:
        # The file counts before a token beside it, as in kubectl.
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


def _certificate_files(selection: Selection, folder: Path) -> tuple[Path | None, Path | None, Path | None]:
    """Return the files of the authority, our certificate and its key, by the rules of kubectl: data before a file.

    Raises:
        ConfigError: One is missing or is no base64.
    """
    cluster, user = selection.cluster, selection.user
    wanted = (
        ("certificate-authority", cluster.certificate_authority_data, cluster.certificate_authority),
        ("client-certificate", user.client_certificate_data, user.client_certificate),
        ("client-key", user.client_key_data, user.client_key),
    )
    files: list[Path | None] = []
    for name, data, path in wanted:
        try:
            if data:
                files.append(_private_file(folder / name, base64.b64decode("".join(data.split()), validate=True)))
            elif path:
                # A relative path starts where the entry was written down.
                beside = selection.cluster_folder if name == "certificate-authority" else selection.user_folder
                files.append(_existing(beside / path))
            else:
                files.append(None)
        except (ValueError, OSError) as error:
            # Never the data themselves: a key is among them.
            why = str(error) if isinstance(error, FileNotFoundError) else f"{name} is no base64"
            raise ConfigError(
                f"The context {selection.context} of the kubeconfig cannot be used ({why}).",
                next_step=f"Try kubectl --context {selection.context} get pods.",
            ) from None
    authority, certificate, key = files
    return authority, certificate, key


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(f"File does not exist: {path}")
    return path


def _static_authorization(user: User) -> str | None:
    """Return the value of ``Authorization`` for a token or a password that stands in the kubeconfig itself."""
    if user.token:
        return f"Bearer {user.token}"
    if user.username:
        # UTF-8, as kubectl sends it.
        return "Basic " + base64.b64encode(f"{user.username}:{user.password or ''}".encode()).decode()
    return None


def _private_file(path: Path, content: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(content)
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
