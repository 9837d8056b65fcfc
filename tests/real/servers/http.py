"""Asking a server on loopback."""

import httpx


def answers_ok(url: str, *, verify: bool = True) -> bool:
    """Whether the URL answers 200 now. A server that is not there, or not ready, is False, not an error.

    Args:
        url: an address on loopback.
        verify: False for a readiness question over TLS, which carries no secret and trusts no answer.
    """
    try:
        return httpx.get(url, timeout=2.0, trust_env=False, verify=verify).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
