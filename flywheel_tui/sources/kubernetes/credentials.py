"""The credentials of one cluster over the life of the console: had before the screen is taken, had anew when needed."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from flywheel_tui.config.settings import KubernetesSettings
from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.kubernetes.access import Access, in_cluster_access, kubeconfig_access
from flywheel_tui.sources.kubernetes.exec_plugin import ALWAYS, PluginCredential, run_plugin
from flywheel_tui.sources.kubernetes.kubeconfig import Cluster, Selection, select
from flywheel_tui.sources.kubernetes.kubeconfig_files import find_files

MIN_RENEWAL: Final = timedelta(seconds=10)
"""Credentials (or the failure to get them) younger than this are not asked for again: a plugin may be slow or rude."""

EXPIRY_MARGIN: Final = timedelta(seconds=10)

LOG_IN_S: Final = 300.0
"""How long a human may take to answer a plugin's questions."""


class AccessProvider(Protocol):
    """Where the way in comes from. All calls are safe from any thread."""

    def valid(self) -> Access | None:
        """Return the access at hand without waiting, or None when it has to be had (anew)."""
        ...

    def access(self) -> Access:
        """Return an access that has not run out. Blocking.

        Raises:
            ConfigError: It cannot be had.
        """
        ...

    def renew(self, rejected: Access) -> Access:
        """Return another access than the one the server rejected, or the same when there is no newer. Blocking.

        Raises:
            ConfigError: It cannot be had.
        """
        ...


class Credentials:
    """The kubeconfig's way into one cluster.

    The context is settled once: changing the current context elsewhere does not move a running console to another
    cluster. Everything else is read again when it ran out or was rejected: files, tokens, certificates, plugins.

    Args:
        settings: Which context of which kubeconfig.
        clock: Tells expiry.
        environment: ``KUBECONFIG``, proxies, and what a plugin inherits.

    Attributes:
        context: The kubeconfig context, once settled; None inside a cluster.
        failure: Why the last attempt failed; None after a success.
    """

    def __init__(
        self, settings: KubernetesSettings, *, clock: Clock = utc_now, environment: Mapping[str, str] | None = None
    ) -> None:
        self.context = settings.context
        self.failure: ConfigError | None = None
        self._settings = settings
        self._clock = clock
        self._environment = os.environ if environment is None else environment
        self._lock = threading.Lock()
        self._plugin: PluginCredential | None = None
        self._access: Access | None = None
        self._tried_at: datetime | None = None

    def prepare(self) -> None:
        """Settle the context and run its credential plugin, if it has one. Blocking; imports nothing heavy.

        A failure is kept in ``failure``: it belongs on the screen beside the other upstreams, and the next attempt
        may succeed (after a log-in elsewhere).
        """
        with self._lock:
            try:
                selection = self._select()
                if selection is not None and selection.user.exec is not None:
                    self._plugin = self._run_plugin(selection)
            except ConfigError as error:
                self._fail(error)

    def ask(self, announce: Callable[[str], None]) -> None:
        """Run the context's plugin where it asks its questions on the terminal, as long as there is one. Blocking.

        Args:
            announce: Called with one sentence before it is waited for.
        """
        with self._lock:
            try:
                selection = self._select()
                if selection is None or selection.user.exec is None or selection.user.exec.interactive_mode != ALWAYS:
                    return
                program = clean(Path(selection.user.exec.command).name)
                announce(f"Waiting for {program}, the credential plugin of context {clean(selection.context)}.")
                self._plugin = self._run_plugin(selection, terminal=True)
            except ConfigError as error:
                self._fail(error)

    def valid(self) -> Access | None:
        """Return the access at hand, or None when it has to be had (anew)."""
        access = self._access
        return access if access is not None and not self._expired(access.expires_at) else None

    def access(self) -> Access:
        """Return an access that has not run out. Blocking.

        Raises:
            ConfigError: It cannot be had.
        """
        with self._lock:
            access = self.valid()
            if access is not None:
                return access
            if self.failure is not None and self._tried_recently():
                raise self.failure
            return self._obtain()

    def renew(self, rejected: Access) -> Access:
        """Return another access than the one the server rejected, or the same when there is no newer. Blocking.

        Raises:
            ConfigError: It cannot be had.
        """
        with self._lock:
            if self._access is not None and (self._access is not rejected or self._tried_recently()):
                return self._access
            self._plugin = None
            return self._obtain()

    def _obtain(self) -> Access:
        try:
            self._access = self._settled(self._read())
        except ConfigError as error:
            self._fail(error)
            raise
        self.failure = None
        self._tried_at = self._clock()
        return self._access

    def _read(self) -> Access:
        now = self._clock()
        selection = self._select()
        if selection is None:
            inside = in_cluster_access(now=now, environment=self._environment)
            if inside is None:
                raise ConfigError(
                    "There is no kubeconfig.", next_step="Set KUBECONFIG, or kubeconfig = … of the context."
                )
            return inside
        if selection.user.exec is None:
            self._plugin = None
        elif self._plugin is None or self._expired(self._plugin.expires_at):
            self._plugin = self._run_plugin(selection)
        return kubeconfig_access(selection, self._plugin, now=now, environment=self._environment)

    def _settled(self, access: Access) -> Access:
        """Keep the TLS context while its certificates are the same: then the connections stay, too."""
        before = self._access
        if before is None or before.tls_fingerprint != access.tls_fingerprint or before.verified != access.verified:
            return access
        return replace(access, tls=before.tls)

    def _select(self) -> Selection | None:
        files = find_files(self._settings.kubeconfig, self._environment)
        if not files:
            return None
        selection = select(files, self.context)
        self.context = selection.context
        if selection.user.exec is not None and selection.user.auth_provider is not None:
            raise ConfigError(f"The user of context {selection.context} has both exec and auth-provider.")
        return selection

    def _run_plugin(self, selection: Selection, *, terminal: bool = False) -> PluginCredential | None:
        user = selection.user
        if user.exec is None or user.token or user.token_file:
            # As in kubectl, a token beside the plugin counts first.
            return None
        return run_plugin(
            user.exec,
            folder=selection.user_folder,
            cluster=_cluster_info(selection) if user.exec.provide_cluster_info else None,
            timeout_s=LOG_IN_S if terminal else self._settings.exec_timeout_s,
            environment=self._environment,
            terminal=terminal,
        )

    def _expired(self, expires_at: datetime | None) -> bool:
        return expires_at is not None and self._clock() + EXPIRY_MARGIN >= expires_at

    def _tried_recently(self) -> bool:
        return self._tried_at is not None and self._clock() - self._tried_at < MIN_RENEWAL

    def _fail(self, error: ConfigError) -> None:
        self.failure = error
        self._tried_at = self._clock()


def prepare(
    settings: KubernetesSettings, *, clock: Clock = utc_now, environment: Mapping[str, str] | None = None
) -> Credentials:
    """Return a cluster's credentials, its plugin already run. Call it before the screen is taken. Blocking.

    It does not raise for what the kubeconfig or the plugin does: see ``Credentials.failure``.
    """
    credentials = Credentials(settings, clock=clock, environment=environment)
    credentials.prepare()
    return credentials


def _cluster_info(selection: Selection) -> dict[str, Any]:
    """Return what a plugin is told of the cluster (``Cluster`` of ``client.authentication.k8s.io``)."""
    cluster = selection.cluster
    authority = cluster.certificate_authority_data or _authority_file(cluster, selection)
    told: dict[str, Any] = {
        "server": cluster.server,
        "tls-server-name": cluster.tls_server_name,
        "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify,
        "certificate-authority-data": authority,
        "proxy-url": cluster.proxy_url,
        "config": next(
            (e.extension for e in cluster.extensions or () if e.name == "client.authentication.k8s.io/exec"), None
        ),
    }
    return {name: value for name, value in told.items() if value}


def _authority_file(cluster: Cluster, selection: Selection) -> str:
    if not cluster.certificate_authority:
        return ""
    path = selection.cluster_folder / Path(cluster.certificate_authority)
    try:
        return base64.b64encode(path.read_bytes()).decode()
    except OSError as error:
        raise ConfigError(f"The certificate authority {path} cannot be read: {error.strerror}.") from error
