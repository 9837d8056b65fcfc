"""Credential plugins: real small programs, and every way in which one can be silent."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.domain.secret import Secret
from flywheel_tui.sources.kubernetes.exec_plugin import PluginCredential, run_plugin
from flywheel_tui.sources.kubernetes.kubeconfig import Plugin, PluginVariable

VERSION = "client.authentication.k8s.io/v1"


def credential(version: str = VERSION, kind: str = "ExecCredential", **status: object) -> str:
    return json.dumps({"apiVersion": version, "kind": kind, "status": status})


def program(folder: Path, body: str, name: str = "get-token") -> Path:
    """A plugin whose body is Python, with ``say(text)`` for stdout."""
    path = folder / name
    head = f"#!{sys.executable} -S\nimport json, os, sys, time\nsay = sys.stdout.write\n"
    path.write_text(head + body)
    path.chmod(0o755)
    return path


def run(
    command: Path | str,
    folder: Path,
    timeout_s: float = 20.0,
    cluster: dict[str, str] | None = None,
    entry: dict[str, Any] | None = None,
) -> PluginCredential:
    return run_plugin(
        Plugin(command=str(command), api_version=VERSION, **(entry or {})),
        folder=folder,
        cluster=cluster,
        timeout_s=timeout_s,
        environment={"PATH": os.environ["PATH"], "INHERITED": "yes"},
    )


def printing(folder: Path, text: str, stderr: str = "") -> Path:
    return program(folder, f"sys.stderr.write({stderr!r})\nsay({text!r})\n")


def test_a_token_with_its_expiry(tmp_path: Path) -> None:
    found = run(printing(tmp_path, credential(token="t", expirationTimestamp="2026-11-21T12:30:00Z")), tmp_path)
    assert found.token == Secret("t")
    assert found.expires_at == datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
    assert found.certificate is None


def test_a_certificate_with_its_key(tmp_path: Path) -> None:
    found = run(printing(tmp_path, credential(clientCertificateData="CERT", clientKeyData="KEY")), tmp_path)
    assert (found.certificate, found.key, found.token) == ("CERT", Secret("KEY"), None)


def test_it_gets_its_words_its_variables_and_what_is_asked_of_it(tmp_path: Path) -> None:
    seen = tmp_path / "seen.json"
    path = program(
        tmp_path,
        f"""
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
told = [sys.argv[1:], os.environ["REGION"], os.environ["INHERITED"], info, sys.stdin.read(), sys.stderr.isatty()]
open({str(seen)!r}, "w").write(json.dumps(told))
say({credential(token="t")!r})
""",
    )
    run(
        path,
        tmp_path,
        entry={
            "args": ("get", "--cluster=bee"),
            "env": (PluginVariable(name="REGION", value="eu"),),
            "provide_cluster_info": True,
        },
        cluster={"server": "https://a.test"},
    )
    told = {
        "kind": "ExecCredential",
        "apiVersion": VERSION,
        "spec": {"interactive": False, "cluster": {"server": "https://a.test"}},
    }
    assert json.loads(seen.read_text()) == [["get", "--cluster=bee"], "eu", "yes", told, "", False]


def test_the_cluster_is_told_only_to_who_asks(tmp_path: Path) -> None:
    path = program(
        tmp_path,
        'spec = json.loads(os.environ["KUBERNETES_EXEC_INFO"])["spec"]\n'
        f'say({credential(token="T")!r}.replace("T", "+".join(sorted(spec))))\n',
    )
    assert run(path, tmp_path, cluster={"server": "x"}).token == Secret("interactive")


def test_a_relative_command_starts_at_the_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    printing(tmp_path / "bin", credential(token="t"))
    assert run("./bin/get-token", tmp_path).token == Secret("t")


@pytest.mark.parametrize(
    ("stdout", "sentence"),
    [
        ("", "ended well but printed nothing: please log in"),
        (" \n", "ended well but printed nothing"),
        ("token: s3cret", "printed something that is not JSON: please log in"),
        ('"s3cret"', "printed no ExecCredential"),
        ("[]", "printed no ExecCredential"),
        ('{"status": {"token": 5}}', "printed no ExecCredential: Expected `str`, got `int`"),
        (credential(kind="Secret", token="s3cret"), "printed Secret of client.authentication.k8s.io/v1, not"),
        (credential(version="client.authentication.k8s.io/v1beta1", token="s3cret"), "v1beta1, not ExecCredential of"),
        ('{"status": {"token": "s3cret"}}', "printed no kind of no apiVersion"),
        (credential(), "gave neither a token nor a certificate: please log in"),
        (json.dumps({"apiVersion": VERSION, "kind": "ExecCredential"}), "gave neither a token nor a certificate"),
        (credential(token=""), "gave neither a token nor a certificate"),
        (credential(clientCertificateData="CERT"), "a certificate without its key"),
        (credential(token="s3cret", clientKeyData="KEY"), "a key without its certificate"),
    ],
)
def test_every_silence_is_a_sentence_that_quotes_stderr_and_no_secret(
    tmp_path: Path, stdout: str, sentence: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        run(printing(tmp_path, stdout, stderr="\x1b[31mplease log in\x1b[0m\n"), tmp_path)
    assert "The credential plugin get-token" in str(raised.value)
    assert sentence in str(raised.value)
    assert "s3cret" not in str(raised.value)
    assert "\x1b" not in str(raised.value)


def test_a_failure_quotes_the_end_of_what_it_said(tmp_path: Path) -> None:
    body = 'sys.stderr.write("x" * 5000 + " session has expired")\nsys.exit(3)\n'
    with pytest.raises(ConfigError, match=r"ended with exit code 3: .*session has expired\.") as raised:
        run(program(tmp_path, body), tmp_path)
    assert len(raised.value.message) < 400


def test_a_plugin_that_crashes_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="was ended by signal 6"):
        run(program(tmp_path, "os.abort()\n"), tmp_path)


def test_a_slow_plugin_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    ids = tmp_path / "ids"
    body = f"""
child = os.fork()
if child:
    open({str(ids)!r}, "w").write(f"{{os.getpid()}} {{child}}")
    sys.stderr.write("waiting for the browser")
    sys.stderr.flush()
time.sleep(600)
"""
    began = time.monotonic()
    with pytest.raises(ConfigError, match=r"gave no answer within 2 s: waiting for the browser"):
        run(program(tmp_path, body), tmp_path, timeout_s=2.0)
    assert time.monotonic() - began < 20
    for process in map(int, ids.read_text().split()):
        assert _ends(process)


def _ends(process: int) -> bool:
    """Return whether a process is dead, at the latest soon: a killed one takes a moment on a busy machine."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        # Readable once it has ended, also where nothing reaps it.
        return bool(select.select([handle], [], [], 10.0)[0])
    finally:
        os.close(handle)


def test_a_plugin_that_leaves_a_daemon_behind_does_not_hold_the_console(tmp_path: Path) -> None:
    daemon = tmp_path / "daemon"
    body = f"""
if os.fork() == 0:
    os.setsid()
    open({str(daemon)!r}, "w").write(str(os.getpid()))
    time.sleep(30)
    os._exit(0)
while not os.path.exists({str(daemon)!r}) or not open({str(daemon)!r}).read():
    time.sleep(0.01)
"""
    began = time.monotonic()
    try:
        with pytest.raises(ConfigError, match=r"gave no answer within 3 s\."):
            run(program(tmp_path, body), tmp_path, timeout_s=3.0)
        assert time.monotonic() - began < 20
    finally:
        os.kill(int(daemon.read_text()), signal.SIGKILL)


def test_an_interrupted_start_ends_the_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    communicate = subprocess.Popen.communicate

    def interrupted(process: subprocess.Popen[bytes], *arguments: Any, **more: Any) -> Any:  # noqa: ANN401
        if not started:
            started.append(process)
            raise KeyboardInterrupt
        return communicate(process, *arguments, **more)

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(program(tmp_path, "time.sleep(600)\n"), tmp_path)
    assert started[0].returncode == -signal.SIGKILL


def test_a_missing_plugin_gives_its_install_hint(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="The credential plugin kubelogin does not exist") as raised:
        run("kubelogin", tmp_path, entry={"install_hint": "Install it:\n\x1b[1mbrew install kubelogin\x1b[0m"})
    assert raised.value.next_step == "Install it: brew install kubelogin"


def test_a_plugin_that_is_not_executable_says_so(tmp_path: Path) -> None:
    path = printing(tmp_path, "")
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="cannot be started: Permission denied"):
        run(path, tmp_path)


def test_a_plugin_that_must_ask_questions_is_not_started(tmp_path: Path) -> None:
    path = program(tmp_path, f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(ConfigError, match="wants to ask questions on a terminal"):
        run(path, tmp_path, entry={"interactive_mode": "Always"})
    assert not (tmp_path / "ran").exists()


def test_an_unknown_protocol_is_refused(tmp_path: Path) -> None:
    plugin = Plugin(command="x", api_version="example.com/v1")
    with pytest.raises(ConfigError, match=r"apiVersion that is not of client\.authentication\.k8s\.io"):
        run_plugin(plugin, folder=tmp_path, cluster=None, timeout_s=5, environment={})
