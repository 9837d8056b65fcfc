"""Which context, cluster and user a kubeconfig names, by the rules of kubectl.

Entries are read and merged here, without any package, because it is needed before the screen is taken. What they give
(certificates, headers, proxies) is the work of ``access.py``.

Source of the rules: kubernetes.io, "Organizing Cluster Access Using kubeconfig Files". Values are never quoted in
messages, since any of them may be a secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.decoding import make_ready

T = TypeVar("T")


class PluginVariable(msgspec.Struct, frozen=True):
    """An environment variable for a credential plugin."""

    name: str
    value: str


class Plugin(msgspec.Struct, frozen=True, rename="camel"):
    """A user's ``exec`` entry."""

    command: str
    api_version: str
    args: tuple[str, ...] | None = None
    env: tuple[PluginVariable, ...] | None = None
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = "IfAvailable"


class User(msgspec.Struct, frozen=True, rename="kebab"):
    """A user entry. It holds secrets: never print one."""

    token: str = ""
    token_file: str = msgspec.field(name="tokenFile", default="")
    username: str | None = None
    password: str | None = None
    client_certificate: str | None = None
    client_certificate_data: str | None = None
    client_key: str | None = None
    client_key_data: str | None = None
    exec: Plugin | None = None
    auth_provider: dict[str, Any] | None = None
    as_user: str = msgspec.field(name="as", default="")
    as_uid: str = ""
    as_groups: tuple[str, ...] | None = None
    as_user_extra: dict[str, tuple[str, ...]] | None = None

    def __repr__(self) -> str:
        return "User(…)"


class Extension(msgspec.Struct, frozen=True):
    """A named extension of a cluster entry."""

    name: str
    extension: Any = None


class Cluster(msgspec.Struct, frozen=True, rename="kebab"):
    """A cluster entry."""

    server: str = ""
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    insecure_skip_tls_verify: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""
    extensions: tuple[Extension, ...] | None = None


class _Context(msgspec.Struct, frozen=True):
    cluster: str = ""
    user: str = ""


class _NamedContext(msgspec.Struct, frozen=True):
    name: str
    context: _Context = _Context()


class _NamedCluster(msgspec.Struct, frozen=True):
    name: str
    cluster: Cluster = Cluster()


class _NamedUser(msgspec.Struct, frozen=True):
    name: str
    user: User = User()


class _File(msgspec.Struct, frozen=True, rename="kebab"):
    current_context: str | None = None
    contexts: tuple[_NamedContext, ...] | None = None
    clusters: tuple[_NamedCluster, ...] | None = None
    users: tuple[_NamedUser, ...] | None = None


@dataclass(frozen=True)
class Selection:
    """What a context names.

    Attributes:
        files: All kubeconfig files in force; the first that names a thing wins.
        cluster_folder, user_folder: Folder of the file an entry came from: its relative paths start there.
    """

    context: str
    cluster: Cluster
    user: User
    cluster_folder: Path
    user_folder: Path
    files: tuple[Path, ...]


def select(files: tuple[Path, ...], context: str | None) -> Selection:
    """Return what a context names, merged over the files.

    Args:
        files: At least one, all existing.
        context: The current context where None.

    Raises:
        ConfigError: A file is no kubeconfig, or the context, its cluster or its user is missing.
    """
    read = [(path, _read(path)) for path in files]
    contexts = _merge((entry.name, entry.context, path) for path, file in read for entry in file.contexts or ())
    clusters = _merge((entry.name, entry.cluster, path) for path, file in read for entry in file.clusters or ())
    users = _merge((entry.name, entry.user, path) for path, file in read for entry in file.users or ())
    where = ", ".join(str(path) for path in files)
    known = f"It has {', '.join(clean(name) for name in sorted(contexts))}." if contexts else "It has no contexts."
    name = context or next((file.current_context for _, file in read if file.current_context), None)
    if name is None:
        raise ConfigError(
            f"The kubeconfig {where} has no current context.", next_step=f"Name one as context = …. {known}"
        )
    if name not in contexts:
        raise ConfigError(f"The kubeconfig {where} has no context {clean(name)}.", next_step=known)
    chosen = contexts[name][0]
    if chosen.cluster not in clusters:
        raise ConfigError(f"The context {clean(name)} of {where} names a cluster that is not there.")
    cluster, cluster_file = clusters[chosen.cluster]
    if not cluster.server:
        raise ConfigError(f"The cluster of context {clean(name)} in {cluster_file} has no server.")
    if chosen.user and chosen.user not in users:
        raise ConfigError(f"The context {clean(name)} of {where} names a user that is not there.")
    user, user_file = users[chosen.user] if chosen.user else (User(), cluster_file)
    return Selection(name, cluster, user, cluster_file.parent, user_file.parent, files)


def _merge(entries: Iterable[tuple[str, T, Path]]) -> dict[str, tuple[T, Path]]:
    merged: dict[str, tuple[T, Path]] = {}
    for name, value, path in entries:
        merged.setdefault(name, (value, path))
    return merged


def _read(path: Path) -> _File:
    # YAML is only parsed where there is a cluster to enter.
    import yaml

    try:
        content = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        return msgspec.convert(content if content is not None else {}, _File)
    except OSError as error:
        raise ConfigError(f"The kubeconfig {path} cannot be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        # Not chained: the parser's own message quotes the line, which may hold a token.
        raise ConfigError("This kubeconfig is not YAML.", path=path, line=line) from None
    except msgspec.ValidationError as error:
        raise ConfigError(f"This is not a kubeconfig: {clean(str(error))}.", path=path) from None
    except (ValueError, RecursionError):
        # YAML reads 2026-13-45 as a date, which is none; and nesting may have no end.
        raise ConfigError("This kubeconfig is not YAML.", path=path) from None


make_ready(_File)
