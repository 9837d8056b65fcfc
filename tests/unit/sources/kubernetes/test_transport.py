"""Signing: fresh credentials after a 401, new connections for new certificates, real TLS on loopback."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from flywheel_tui.domain.errors import ConfigError, UnauthorizedError, UnreachableError
from flywheel_tui.domain.secret import Secret
from flywheel_tui.sources.kubernetes.access import Access
from flywheel_tui.sources.kubernetes.tls import fingerprint, tls_context
from flywheel_tui.sources.kubernetes.transport import SignedTransport, open_transport
from tests.real.servers.certificates import CertificateAuthority
from tests.unit.sources.kubernetes.stage import SERVER, GivenAccess


class Peer(httpx.AsyncBaseTransport):
    """Connections that accept one token and tell whether they were closed."""

    def __init__(self, accepted: str) -> None:
        self.accepted = accepted
        self.seen: list[httpx.Request] = []
        self.closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        good = request.headers.get("authorization") == f"Bearer {self.accepted}"
        return httpx.Response(200 if good else 401)

    async def aclose(self) -> None:
        self.closed = True


async def get(transport: httpx.AsyncBaseTransport, path: str = "/version") -> httpx.Response:
    async with httpx.AsyncClient(transport=transport, base_url=SERVER) as client:
        return await client.get(path)


@pytest.mark.parametrize(("tokens", "code", "renewals"), [(("a",), 200, 0), (("b", "a"), 200, 1), (("b", "c"), 401, 1)])
async def test_a_rejected_token_is_renewed_once(tokens: tuple[str, ...], code: int, renewals: int) -> None:
    peer, credentials = Peer("a"), GivenAccess(*tokens)
    response = await get(SignedTransport(credentials, server=SERVER, connect=lambda _: peer))
    assert (response.status_code, credentials.renewals) == (code, renewals)


async def test_the_same_credential_is_not_sent_twice() -> None:
    peer = Peer("a")
    response = await get(SignedTransport(GivenAccess("b"), server=SERVER, connect=lambda _: peer))
    assert response.status_code == 401
    assert len(peer.seen) == 1


async def test_all_headers_go_along_and_a_name_for_the_certificate() -> None:
    peer = Peer("a")
    groups = (("Impersonate-Group", "a"), ("Impersonate-Group", "b"))
    access = Access(server=SERVER, authorization=Secret("Bearer a"), headers=groups, tls_server_name="kubernetes")
    await get(SignedTransport(Fixed(access), server=SERVER, connect=lambda _: peer))
    (request,) = peer.seen
    assert request.headers.get_list("impersonate-group") == ["a", "b"]
    assert request.headers["accept"] == "*/*"
    assert request.extensions["sni_hostname"] == "kubernetes"


class Fixed(GivenAccess):
    """Credentials that are whatever ``now`` is."""

    def __init__(self, now: Access) -> None:
        super().__init__()
        self.now = now

    def valid(self) -> Access | None:
        return self.now


async def test_new_certificates_close_the_old_connections() -> None:
    peers: list[Peer] = []

    def connect(_: Access) -> Peer:
        peers.append(Peer("a"))
        return peers[-1]

    credentials = Fixed(Access(server=SERVER, authorization=Secret("Bearer a"), tls_fingerprint="one"))
    transport = SignedTransport(credentials, server=SERVER, connect=connect)
    async with httpx.AsyncClient(transport=transport, base_url=SERVER) as client:
        await client.get("/")
        credentials.now = replace(credentials.now, expires_at=None, authorization=Secret("Bearer a"))
        await client.get("/")
        assert len(peers) == 1
        credentials.now = replace(credentials.now, tls_fingerprint="two")
        await client.get("/")
        assert [peer.closed for peer in peers] == [True, False]
    assert [peer.closed for peer in peers] == [True, True]


async def test_credentials_are_never_sent_to_another_server() -> None:
    peer = Peer("a")
    transport = SignedTransport(GivenAccess("a", server="https://other.test"), server=SERVER, connect=lambda _: peer)
    with pytest.raises(UnreachableError, match="names another server"):
        await get(transport)
    assert peer.seen == []


class Broken(GivenAccess):
    """Credentials that cannot be had."""

    def valid(self) -> Access | None:
        return None

    def access(self) -> Access:
        raise ConfigError("The credential plugin kubelogin printed nothing.", next_step="Log in.")


async def test_credentials_that_cannot_be_had_are_an_expected_failure() -> None:
    with pytest.raises(UnauthorizedError, match="kubelogin printed nothing") as raised:
        await get(SignedTransport(Broken(), server=SERVER))
    assert raised.value.next_step == "Log in."


@pytest.mark.parametrize("proxy", ["socks5://u:s3cret@proxy.test", "nonsense://u:s3cret@proxy.test"])
def test_a_proxy_that_cannot_be_used_is_told_without_its_password(proxy: str) -> None:
    with pytest.raises(UnreachableError, match="proxy of the kubeconfig cannot be used") as raised:
        open_transport(Access(server=SERVER, proxy=Secret(proxy)))
    assert "s3cret" not in str(raised.value)


@asynccontextmanager
async def tls_server(context: ssl.SSLContext) -> AsyncIterator[tuple[int, list[str]]]:
    """A server on loopback; gives its port and, for each connection, the common name of the client's certificate."""
    seen: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown = writer.get_extra_info("peercert") or {}
        seen.extend(value for ((name, value),) in shown.get("subject", ()) if name == "commonName")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], seen


Enter = Callable[..., Access]


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority(tmp_path)


def serving(authority: CertificateAuthority, address: str = "127.0.0.1") -> ssl.SSLContext:
    pair = authority.server(f"apiserver-{address}", [address])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    context.load_verify_locations(authority.certificate)
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


async def visit(port: int, tls: ssl.SSLContext, name: str | None = None) -> int:
    server = f"https://127.0.0.1:{port}"
    access = Access(server=server, tls=tls, tls_server_name=name)
    async with httpx.AsyncClient(transport=SignedTransport(Fixed(access), server=server)) as client:
        return (await client.get(f"{server}/version")).status_code


async def test_a_client_certificate_is_shown_to_a_server_of_the_named_authority(
    authority: CertificateAuthority,
) -> None:
    pair = authority.client("dev", ["team"])
    tls = tls_context(authority=authority.certificate, certificate=pair.certificate, key=pair.key, verify=True)
    async with tls_server(serving(authority)) as (port, seen):
        assert await visit(port, tls) == 200
    assert seen == ["dev"]


async def test_a_server_of_another_authority_is_refused_unless_asked_to(authority: CertificateAuthority) -> None:
    async with tls_server(serving(authority)) as (port, _):
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await visit(port, tls_context(authority=None, certificate=None, key=None, verify=True))
        assert await visit(port, tls_context(authority=None, certificate=None, key=None, verify=False)) == 200


async def test_the_certificate_is_checked_against_the_name_of_the_kubeconfig(authority: CertificateAuthority) -> None:
    tls = tls_context(authority=authority.certificate, certificate=None, key=None, verify=True)
    async with tls_server(serving(authority, address="127.0.0.2")) as (port, _):
        with pytest.raises(httpx.ConnectError, match="IP address mismatch"):
            await visit(port, tls)
        assert await visit(port, tls, "localhost") == 200
        with pytest.raises(httpx.ConnectError, match="Hostname mismatch"):
            await visit(port, tls, "elsewhere")


def test_a_fingerprint_is_that_of_the_contents(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a")
    two.write_text("a")
    assert fingerprint(one, None) == fingerprint(two, None)
    assert fingerprint(one, None) != fingerprint(None, one)
    two.write_text("b")
    assert fingerprint(one) != fingerprint(two)
