"""Which proxy a server is reached by."""

from __future__ import annotations

import pytest

from flywheel_tui.domain.secret import Secret
from flywheel_tui.sources.kubernetes.proxy import proxy_for

PROXY = "http://proxy.test:3128"


@pytest.mark.parametrize(
    ("server", "environment", "expected"),
    [
        ("https://a.test", {}, None),
        ("https://a.test", {"HTTPS_PROXY": PROXY}, PROXY),
        ("https://a.test", {"https_proxy": PROXY}, PROXY),
        ("https://a.test", {"HTTP_PROXY": PROXY}, None),
        ("https://a.test", {"HTTPS_PROXY": "proxy.test:3128"}, PROXY),
        ("http://a.test", {"HTTP_PROXY": PROXY}, PROXY),
        ("https://a.test", {"ALL_PROXY": PROXY}, PROXY),
        ("https://localhost:6443", {"HTTPS_PROXY": PROXY}, None),
        ("https://127.0.0.1:6443", {"HTTPS_PROXY": PROXY}, None),
        ("https://[::1]:6443", {"HTTPS_PROXY": PROXY}, None),
        ("https://api.a.test", {"HTTPS_PROXY": PROXY, "NO_PROXY": "b.test, a.test"}, None),
        ("https://api.a.test", {"HTTPS_PROXY": PROXY, "NO_PROXY": ".a.test"}, None),
        ("https://nota.test", {"HTTPS_PROXY": PROXY, "NO_PROXY": "a.test"}, PROXY),
        ("https://10.1.2.3", {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}, None),
        ("https://11.1.2.3", {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8,nonsense"}, PROXY),
        ("https://a.test", {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, None),
    ],
)
def test_the_environment_names_the_proxy(server: str, environment: dict[str, str], expected: str | None) -> None:
    assert proxy_for(server, "", environment) == (None if expected is None else Secret(expected))


def test_the_kubeconfig_names_it_first() -> None:
    environment = {"HTTPS_PROXY": "http://other.test", "NO_PROXY": "*"}
    assert proxy_for("https://a.test", PROXY, environment) == Secret(PROXY)
