"""Credentials over the life of a console: settled once, had anew when they ran out or were rejected."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from flywheel_tui.config.settings import KubernetesSettings
from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.domain.secret import Secret
from flywheel_tui.sources.kubernetes.credentials import Credentials, prepare
from flywheel_tui.sources.kubernetes.kubeconfig_files import may_ask
from tests.unit.sources.kubernetes.stage import StageTime

COUNTING = """#!/bin/sh
count=$(cat "{0}/count" 2>/dev/null || echo 0); count=$((count + 1)); echo $count > "{0}/count"
if [ -e "{0}/broken" ]; then echo "please log in" >&2; exit 1; fi
echo '{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",'
echo '"status":{{"token":"t'$count'"'$(cat "{0}/expiry" 2>/dev/null)'}}}}'
"""


class Home:
    """A kubeconfig with a plugin that counts its runs, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.time = StageTime()
        self.plugin = folder / "plugin"
        self.plugin.write_text(COUNTING.format(folder))
        self.plugin.chmod(0o755)
        self.write(self.by_plugin)

    @property
    def by_plugin(self) -> dict[str, Any]:
        return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(self.plugin)}}

    def write(self, user: dict[str, Any], server: str = "https://a.test", current: str = "bee") -> None:
        names = ("bee", "ant")
        content = {
            "clusters": [{"name": name, "cluster": {"server": server}} for name in names],
            "users": [{"name": name, "user": user} for name in names],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in names],
            "current-context": current,
        }
        (self.folder / "config").write_text(yaml.safe_dump(content))

    @property
    def runs(self) -> int:
        count = self.folder / "count"
        return int(count.read_text()) if count.exists() else 0

    def prepare(self, **settings: Any) -> Credentials:  # noqa: ANN401 - any setting
        whole = KubernetesSettings(kubeconfig=self.folder / "config", **settings)
        return prepare(whole, clock=self.time.clock, environment=os.environ)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def pass_time(home: Home, seconds: float) -> None:
    home.time.now += timedelta(seconds=seconds)


def test_the_plugin_runs_once_and_before_the_screen(home: Home) -> None:
    credentials = home.prepare()
    assert home.runs == 1
    assert credentials.valid() is None
    assert credentials.access().authorization == Secret("Bearer t1")
    assert credentials.valid() is credentials.access()
    assert home.runs == 1


def test_an_expired_credential_is_had_anew(home: Home) -> None:
    expiry = (home.time.now + timedelta(minutes=15)).isoformat()
    (home.folder / "expiry").write_text(f',"expirationTimestamp":"{expiry}"')
    credentials = home.prepare()
    first = credentials.access()
    pass_time(home, 14 * 60)
    assert credentials.valid() is first
    pass_time(home, 55)
    assert credentials.valid() is None
    (home.folder / "expiry").unlink()
    assert credentials.access().authorization == Secret("Bearer t2")


def test_a_rejected_credential_is_had_anew_once(home: Home) -> None:
    credentials = home.prepare()
    rejected = credentials.access()
    pass_time(home, 60)
    fresh = credentials.renew(rejected)
    assert fresh.authorization == Secret("Bearer t2")
    assert credentials.renew(rejected) is fresh
    assert home.runs == 2


def test_a_fresh_credential_that_is_rejected_is_final_for_a_while(home: Home) -> None:
    credentials = home.prepare()
    access = credentials.access()
    assert credentials.renew(access) is access
    assert home.runs == 1


def test_a_plugin_that_fails_is_told_and_tried_again_later(home: Home) -> None:
    (home.folder / "broken").touch()
    credentials = home.prepare()
    assert credentials.failure is not None
    assert "plugin ended with exit code 1: please log in" in credentials.failure.message
    with pytest.raises(ConfigError, match="please log in"):
        credentials.access()
    assert home.runs == 1
    (home.folder / "broken").unlink()
    pass_time(home, 11)
    assert credentials.access().authorization == Secret("Bearer t2")
    assert credentials.failure is None


def test_a_slow_plugin_has_the_configured_time(home: Home) -> None:
    home.plugin.write_text("#!/bin/sh\nsleep 600\n")
    credentials = home.prepare(exec_timeout_s=0.5)
    assert credentials.failure is not None
    assert "gave no answer within 0.5 s" in credentials.failure.message


def test_the_current_context_is_settled_once(home: Home) -> None:
    credentials = home.prepare()
    home.write({"token": "rotated"}, current="ant")
    assert credentials.context == "bee"
    assert credentials.access().authorization == Secret("Bearer rotated")
    assert credentials.context == "bee"


def test_a_token_in_the_kubeconfig_is_read_again_when_it_is_rejected(home: Home) -> None:
    home.write({"token": "old"})
    credentials = home.prepare()
    rejected = credentials.access()
    home.write({"token": "new"})
    pass_time(home, 60)
    assert credentials.renew(rejected).authorization == Secret("Bearer new")


def test_a_token_file_is_read_again_every_minute(home: Home) -> None:
    token = home.folder / "token"
    token.write_text("one")
    home.write({"tokenFile": "token"})
    credentials = home.prepare()
    assert credentials.access().authorization == Secret("Bearer one")
    token.write_text("two")
    assert credentials.access().authorization == Secret("Bearer one")
    pass_time(home, 61)
    assert credentials.access().authorization == Secret("Bearer two")


def test_the_tls_context_stays_while_its_certificates_do(home: Home) -> None:
    home.write({"token": "old"})
    credentials = home.prepare()
    first = credentials.access()
    home.write({"token": "new"})
    pass_time(home, 60)
    second = credentials.renew(first)
    assert second is not first
    assert second.tls is first.tls


def test_a_token_beside_a_plugin_counts_first(home: Home) -> None:
    home.write({**home.by_plugin, "token": "static"})
    credentials = home.prepare()
    assert credentials.access().authorization == Secret("Bearer static")
    assert home.runs == 0


def test_a_plugin_beside_an_auth_provider_is_refused(home: Home) -> None:
    home.write({**home.by_plugin, "auth-provider": {"name": "oidc"}})
    failure = home.prepare().failure
    assert failure is not None
    assert "both exec and auth-provider" in failure.message


def test_a_plugin_may_be_told_of_the_cluster(home: Home) -> None:
    told = home.folder / "told"
    home.plugin.write_text(f'#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" > {told}\n')
    (home.folder / "ca.crt").write_text("AUTHORITY")
    content = yaml.safe_load((home.folder / "config").read_text())
    content["users"][0]["user"]["exec"]["provideClusterInfo"] = True
    content["clusters"][0]["cluster"] |= {
        "certificate-authority": "ca.crt",
        "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}],
    }
    (home.folder / "config").write_text(yaml.safe_dump(content))
    home.prepare()
    assert yaml.safe_load(told.read_text())["spec"]["cluster"] == {
        "server": "https://a.test",
        "certificate-authority-data": "QVVUSE9SSVRZ",
        "config": {"audience": "x"},
    }


def test_no_kubeconfig_at_all_is_one_sentence(tmp_path: Path) -> None:
    credentials = prepare(KubernetesSettings(), environment={})
    with pytest.raises(ConfigError, match="There is no kubeconfig"):
        credentials.access()


def test_a_missing_kubeconfig_is_told_before_the_screen(tmp_path: Path) -> None:
    failure = prepare(KubernetesSettings(kubeconfig=tmp_path / "gone")).failure
    assert failure is not None
    assert "gone does not exist" in failure.message


def test_entering_by_a_plugin_imports_nothing_heavy(home: Home) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from flywheel_tui.config.settings import KubernetesSettings\n"
        "from flywheel_tui.sources.kubernetes.credentials import prepare\n"
        "import flywheel_tui.sources.kubernetes.source\n"
        f"credentials = prepare(KubernetesSettings(kubeconfig=Path({str(home.folder / 'config')!r})))\n"
        "assert credentials.failure is None, credentials.failure\n"
        "credentials.access()\n"
        "assert 'kubernetes' not in sys.modules, 'only an auth-provider needs it'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert home.runs == 1


def test_a_plugin_that_must_ask_is_run_on_the_terminal_before_the_screen_is_taken(home: Home) -> None:
    home.write({"exec": {**home.by_plugin["exec"], "interactiveMode": "Always"}})
    assert may_ask(home.folder / "config", {})
    credentials = Credentials(KubernetesSettings(kubeconfig=home.folder / "config"), clock=home.time.clock)
    said: list[str] = []
    credentials.ask(said.append)
    assert said == ["Waiting for plugin, the credential plugin of context bee."]
    assert home.runs == 1
    assert credentials.access().server == "https://a.test"
    assert home.runs == 1


def test_any_other_plugin_waits_until_its_cluster_is_read(home: Home) -> None:
    assert not may_ask(home.folder / "config", {})
    credentials = Credentials(KubernetesSettings(kubeconfig=home.folder / "config"), clock=home.time.clock)
    credentials.ask(pytest.fail)
    assert home.runs == 0
    credentials.access()
    assert home.runs == 1


def test_a_kubeconfig_that_is_not_there_asks_nothing(tmp_path: Path) -> None:
    assert not may_ask(tmp_path / "gone", {})
