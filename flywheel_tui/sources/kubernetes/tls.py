"""TLS to an apiserver: its authority, our client certificate."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path
from typing import Final

from flywheel_tui.domain.errors import ConfigError

_STRICT: Final = getattr(ssl, "VERIFY_X509_STRICT", 0)


def tls_context(*, authority: Path | None, certificate: Path | None, key: Path | None, verify: bool) -> ssl.SSLContext:
    """Return a client context. The files are read now and not needed afterwards.

    Args:
        authority: PEM bundle that alone is trusted; the system's authorities where None.
        certificate: Our client certificate (PEM), if we have one.
        key: Its unencrypted key (PEM).
        verify: False accepts any certificate (``insecure-skip-tls-verify``).

    Raises:
        ConfigError: A file cannot be read or is not what it should be.
    """
    try:
        context = ssl.create_default_context(cafile=None if authority is None else str(authority))
        if authority is not None:
            # Authorities of clusters often lack extensions that RFC 5280 asks for; kubectl takes them, and a bundle
            # that the kubeconfig itself names is trusted as it is.
            context.verify_flags &= ~_STRICT
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if certificate is not None:
            # The empty password keeps OpenSSL from asking for one on the terminal when the key is encrypted.
            context.load_cert_chain(str(certificate), None if key is None else str(key), password=b"")
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise ConfigError(
            f"The certificates of the kubeconfig cannot be used: {reason}.",
            next_step="Check certificate-authority, client-certificate and client-key.",
        ) from error
    return context


def fingerprint(*files: Path | None) -> str:
    """Return a digest of what the files hold now, to see whether certificates were replaced."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(b"\0none" if file is None else b"\0" + file.read_bytes())
    return digest.hexdigest()
