"""Kubeconfig files as a cluster's administrator would hand them out."""

from collections.abc import Mapping
from pathlib import Path

import yaml


def write_kubeconfig(
    path: Path, *, url: str, authority: Path, user: Mapping[str, object], namespace: str = "default"
) -> Path:
    """Writes a file with one cluster, one user and one current context, all named like the file, and returns its path.

    Args:
        path: where to.
        url: the apiserver.
        authority: its CA certificate, a PEM file.
        user: the `user` entry: `client-certificate` and `client-key`, or `token`, `tokenFile`, `exec`.
        namespace: the context's namespace.
    """
    name = path.stem
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": url, "certificate-authority": str(authority)}}],
        "users": [{"name": name, "user": dict(user)}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": namespace}}],
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(content))
    return path
