"""The tokens that open the simulated upstreams, and how they are handed over."""

from __future__ import annotations

import secrets

import msgspec


class Credentials(msgspec.Struct, frozen=True):
    """One token for each upstream that asks for one; three for Kubernetes, by rights.

    Attributes:
        kubernetes: May do everything.
        kubernetes_viewer: May look at everything.
        kubernetes_namespaced: May look in the namespaces of the runners only.
        control: Opens the simulator's own controls.
    """

    gitlab: str
    github: str
    kubernetes: str
    kubernetes_viewer: str
    kubernetes_namespaced: str
    control: str


class Handover(msgspec.Struct, frozen=True):
    """What a driver of a simulator needs beside the configuration: kept in a file next to it.

    Attributes:
        urls: Address of each upstream, and of the controls under `control`.
        tokens: The credentials, by name.
        pid: The process that serves.
    """

    urls: dict[str, str]
    tokens: dict[str, str]
    pid: int


def fresh_credentials() -> Credentials:
    """Return new random tokens, in the forms that the forges give them."""
    return Credentials(
        gitlab="glpat-" + secrets.token_urlsafe(15),
        github="ghp_" + secrets.token_hex(18),
        kubernetes=secrets.token_urlsafe(24),
        kubernetes_viewer=secrets.token_urlsafe(24),
        kubernetes_namespaced=secrets.token_urlsafe(24),
        control=secrets.token_urlsafe(24),
    )
