"""What a kubeconfig context gives: address, authorization, certificates, headers."""

from __future__ import annotations

import base64
import logging
import ssl
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.domain.secret import Secret
from flywheel_tui.sources.kubernetes.access import Access, in_cluster_access, kubeconfig_access
from flywheel_tui.sources.kubernetes.exec_plugin import PluginCredential
from flywheel_tui.sources.kubernetes.kubeconfig import select
from tests.conftest import NOW
from tests.real.servers.certificates import CertificateAuthority, KeyPair

PLUGIN = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "never-started"}}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    return CertificateAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def pair(authority: CertificateAuthority) -> KeyPair:
    return authority.client("dev", ["team"])


def enter(
    folder: Path,
    user: dict[str, Any],
    cluster: dict[str, Any] | None = None,
    plugin: PluginCredential | None = None,
    environment: dict[str, str] | None = None,
) -> Access:
    content = {
        "clusters": [{"name": "bee", "cluster": {"server": "https://a.test:6443/k8s/", **(cluster or {})}}],
        "users": [{"name": "bee", "user": user}],
        "contexts": [{"name": "bee", "context": {"cluster": "bee", "user": "bee"}}],
        "current-context": "bee",
    }
    file = folder / "config"
    file.write_text(yaml.safe_dump(content))
    return kubeconfig_access(select((file,), None), plugin, now=NOW, environment=environment or {})


def test_a_token(tmp_path: Path) -> None:
    access = enter(tmp_path, {"token": "t\n"})
    assert access.server == "https://a.test:6443/k8s"
    assert access.authorization == Secret("Bearer t")
    assert access.expires_at is None
    assert access.verified


def test_a_password(tmp_path: Path) -> None:
    access = enter(tmp_path, {"username": "dev", "password": "s3cret"})
    assert access.authorization == Secret("Basic " + base64.b64encode(b"dev:s3cret").decode())


def test_a_token_file_is_read_without_its_line_break_and_believed_for_a_minute(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    access = enter(tmp_path, {"tokenFile": "token", "token": "beside"})
    assert access.authorization == Secret("Bearer from-file")
    assert access.expires_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff\xfe", "it is not text"),
        (b" \n", "is empty"),
        (b"a\nb", "no HTTP header"),
    ],
)
def test_a_bad_token_file_is_one_sentence(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    with pytest.raises(ConfigError, match=sentence):
        enter(tmp_path, {"tokenFile": "token"})


def test_certificates_come_from_files_beside_the_kubeconfig(
    tmp_path: Path, authority: CertificateAuthority, pair: KeyPair
) -> None:
    for source in (pair.certificate, pair.key, authority.certificate):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    access = enter(
        tmp_path,
        {"client-certificate": pair.certificate.name, "client-key": pair.key.name},
        {"certificate-authority": authority.certificate.name},
    )
    assert access.tls is not None
    assert access.tls.verify_mode is ssl.CERT_REQUIRED
    assert [entry["subject"] for entry in access.tls.get_ca_certs()] == [
        ((("commonName", "real tier test authority"),),)
    ]
    assert access.authorization is None


def test_certificates_come_as_data_and_leave_no_file(
    tmp_path: Path, authority: CertificateAuthority, pair: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    user = {f"client-{name}-data": data(getattr(pair, name)) for name in ("certificate", "key")}
    access = enter(tmp_path, user, {"certificate-authority-data": data(authority.certificate)})
    assert access.tls is not None
    assert len(access.tls.get_ca_certs()) == 1
    assert list(scratch.iterdir()) == []


def test_data_count_before_a_file_that_is_not_there(tmp_path: Path, authority: CertificateAuthority) -> None:
    cluster = {"certificate-authority": "gone", "certificate-authority-data": data(authority.certificate)}
    assert len(enter(tmp_path, {}, cluster).tls.get_ca_certs()) == 1  # type: ignore[union-attr]


def test_data_may_be_broken_into_lines(tmp_path: Path, authority: CertificateAuthority) -> None:
    lines = base64.encodebytes(authority.certificate.read_bytes()).decode()
    assert len(enter(tmp_path, {}, {"certificate-authority-data": lines}).tls.get_ca_certs()) == 1  # type: ignore[union-attr]


def test_a_plain_server_needs_no_certificates_and_misses_none(tmp_path: Path) -> None:
    user = {"client-certificate": "gone.crt", "client-key": "gone.key"}
    assert enter(tmp_path, user, {"server": "http://127.0.0.1:8001"}).tls is None


def test_a_token_counts_before_a_password_and_a_password_may_be_missing(tmp_path: Path) -> None:
    assert enter(tmp_path, {"token": "t", "username": "dev", "password": "p"}).authorization == Secret("Bearer t")
    without = enter(tmp_path, {"username": "dev", "password": None})
    assert without.authorization == Secret("Basic " + base64.b64encode(b"dev:").decode())


def test_a_token_of_a_provider_is_used(tmp_path: Path) -> None:
    provider = {"name": "oidc", "config": {"id-token": "e30.e30.e30", "idp-issuer-url": "x", "client-id": "c"}}
    assert enter(tmp_path, {"auth-provider": provider}).authorization == Secret("Bearer e30.e30.e30")


def test_the_same_data_can_be_had_twice(tmp_path: Path, authority: CertificateAuthority) -> None:
    cluster = {"certificate-authority-data": data(authority.certificate)}
    first, second = (enter(tmp_path, {"token": "t"}, cluster) for _ in range(2))
    assert first.tls_fingerprint == second.tls_fingerprint


def data(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()


def test_other_certificates_have_another_fingerprint(tmp_path: Path, authority: CertificateAuthority) -> None:
    plain = enter(tmp_path, {"token": "t"})
    own = enter(tmp_path, {"token": "t"}, {"certificate-authority-data": data(authority.certificate)})
    assert plain.tls_fingerprint != own.tls_fingerprint


def test_a_plugin_token_is_used_and_nothing_is_started(tmp_path: Path) -> None:
    plugin = PluginCredential(token=Secret("p"), certificate=None, key=None, expires_at=NOW)
    access = enter(tmp_path, PLUGIN, plugin=plugin)
    assert access.authorization == Secret("Bearer p")
    assert access.expires_at == NOW


def test_a_plugin_certificate_is_used(tmp_path: Path, pair: KeyPair) -> None:
    certificate, key = pair.certificate.read_text(), Secret(pair.key.read_text())
    plugin = PluginCredential(token=None, certificate=certificate, key=key, expires_at=None)
    with_plugin = enter(tmp_path, PLUGIN, plugin=plugin)
    assert with_plugin.tls_fingerprint != enter(tmp_path, PLUGIN).tls_fingerprint
    assert with_plugin.authorization is None


def test_a_plugin_certificate_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    plugin = PluginCredential(token=None, certificate="CERT", key=Secret("KEY"), expires_at=None)
    with pytest.raises(ConfigError, match="certificates of the kubeconfig cannot be used"):
        enter(tmp_path, PLUGIN, plugin=plugin)


def test_the_certificate_check_can_be_switched_off_and_that_is_known(tmp_path: Path) -> None:
    access = enter(tmp_path, {"token": "t"}, {"insecure-skip-tls-verify": True})
    assert access.tls is not None
    assert access.tls.verify_mode is ssl.CERT_NONE
    assert not access.verified


def test_a_plain_server_needs_no_tls(tmp_path: Path) -> None:
    access = enter(tmp_path, {"token": "t"}, {"server": "http://127.0.0.1:8001"})
    assert access.tls is None
    assert access.verified


def test_names_and_proxies_come_along(tmp_path: Path) -> None:
    access = enter(tmp_path, {}, {"tls-server-name": "kubernetes", "proxy-url": "http://u:p@proxy.test"})
    assert access.tls_server_name == "kubernetes"
    assert access.proxy == Secret("http://u:p@proxy.test")
    assert access.authorization is None
    assert enter(tmp_path, {}, environment={"HTTPS_PROXY": "http://env.test"}).proxy == Secret("http://env.test")


def test_impersonation_becomes_headers(tmp_path: Path) -> None:
    user = {"token": "t", "as": "ann", "as-uid": "7", "as-groups": ["a", "b"], "as-user-extra": {"Scope/x": ["view"]}}
    assert enter(tmp_path, user).headers == (
        ("Impersonate-User", "ann"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Group", "b"),
        ("Impersonate-Extra-scope%2Fx", "view"),
    )


@pytest.mark.parametrize("user", [{"token": "a\nb"}, {"token": "tok\u00e9n"}, {"token": "t", "as": "a\r\nX: y"}])
def test_what_no_header_can_carry_is_refused(tmp_path: Path, user: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="no HTTP header can carry"):
        enter(tmp_path, user)


@pytest.mark.parametrize(
    ("user", "cluster"),
    [
        ({"token": "s3cret", "client-certificate": "gone.crt", "client-key": "gone.key"}, {}),
        ({"token": "s3cret"}, {"certificate-authority-data": "%%%"}),
        ({"token": "s3cret"}, {"certificate-authority-data": base64.b64encode(b"no certificate").decode()}),
        ({"auth-provider": {"name": "oidc", "config": {"client-secret": "s3cret"}}}, {}),
        ({"auth-provider": {"name": "gcp", "config": {"cmd-path": "", "client-secret": "s3cret"}}}, {}),
    ],
)
def test_what_cannot_be_used_is_one_sentence_without_secrets(
    tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError) as raised:
        enter(tmp_path, user, cluster)
    assert "cannot be used" in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_a_missing_certificate_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"File does not exist: .*gone\.crt"):
        enter(tmp_path, {"client-certificate": "gone.crt", "client-key": "gone.key"})


def test_an_encrypted_key_is_refused_and_not_asked_for(tmp_path: Path, pair: KeyPair) -> None:
    key = load_pem_private_key(pair.key.read_bytes(), None)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pass"))
    (tmp_path / "locked.key").write_bytes(secret)
    with pytest.raises(ConfigError, match="certificates of the kubeconfig cannot be used"):
        enter(tmp_path, {"client-certificate": str(pair.certificate), "client-key": "locked.key"})


def test_nothing_is_logged_to_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers = root.handlers[:]
    root.handlers.clear()
    try:
        provider = {"name": "oidc", "config": {"id-token": "e30.e30.e30", "idp-issuer-url": "x", "client-id": "c"}}
        enter(tmp_path, {"auth-provider": provider})
        assert root.handlers == []
    finally:
        root.handlers[:] = handlers
    assert capfd.readouterr() == ("", "")


def test_an_access_never_prints_its_secrets(tmp_path: Path) -> None:
    access = enter(tmp_path, {"token": "s3cret"}, {"proxy-url": "http://u:s3cret@proxy.test"})
    assert "s3cret" not in repr(access)


def test_inside_a_cluster_the_service_account_is_used(tmp_path: Path, authority: CertificateAuthority) -> None:
    (tmp_path / "token").write_text("pod-token")
    (tmp_path / "ca.crt").write_bytes(authority.certificate.read_bytes())
    environment = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    access = in_cluster_access(now=NOW, environment=environment, folder=tmp_path)
    assert access is not None
    assert access.server == "https://[fd00::1]:443"
    assert access.authorization == Secret("Bearer pod-token")
    assert access.expires_at == NOW + timedelta(seconds=60)
    assert in_cluster_access(now=NOW, environment={}, folder=tmp_path) is None
    assert in_cluster_access(now=NOW, environment=environment, folder=tmp_path / "none") is None
