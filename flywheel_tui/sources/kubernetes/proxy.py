"""Which proxy a server is reached by: the rules of Go's ``http.ProxyFromEnvironment``, which kubectl follows."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from flywheel_tui.domain.secret import Secret


def proxy_for(server: str, configured: str, environment: Mapping[str, str]) -> Secret | None:
    """Return the proxy to a server, or None. It is a secret because it may hold a password.

    Args:
        server: The address of the server.
        configured: ``proxy-url`` of the kubeconfig; it counts before the environment.
        environment: ``HTTPS_PROXY``, ``HTTP_PROXY`` and ``NO_PROXY``, in capitals or not. A server on this machine is
            never asked through a proxy of the environment.
    """
    if configured:
        return Secret(configured)
    parts = urlsplit(server)
    variables = {name.lower(): value for name, value in environment.items() if name.lower().endswith("_proxy")}
    proxy = variables.get(f"{parts.scheme}_proxy") or variables.get("all_proxy")
    host = parts.hostname or ""
    if not proxy or _on_this_machine(host):
        return None
    entries = (entry.strip().lower() for entry in variables.get("no_proxy", "").split(","))
    if any(_passed_by(host, entry) for entry in entries if entry):
        return None
    return Secret(proxy if "://" in proxy else f"http://{proxy}")


def _on_this_machine(host: str) -> bool:
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _passed_by(host: str, entry: str) -> bool:
    """Return whether an entry of ``NO_PROXY`` (a domain, an address, a network, ``*``) covers a host."""
    if entry == "*":
        return True
    address = _address(host)
    if address is not None:
        try:
            return address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    domain = entry.removeprefix("*").removeprefix(".").partition(":")[0]
    return host == domain or host.endswith(f".{domain}")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
