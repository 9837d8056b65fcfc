"""How the console starts and ends: with the rows of the last session, and without waiting for what hangs."""

from __future__ import annotations

import re
import signal
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from flywheel_tui.simulator.launch import RunningSimulator, running_simulator
from tests.tui.pty_console import LEFT_ALTERNATE_SCREEN, Terminal, started

LANDED = "K8S live"
SIZE = (160, 40)
LEAVES_WITHIN_S = 5.0
"""Far below the 20 and 30 seconds that a token command and a plugin may take; leaving itself takes a tenth of it."""


@contextmanager
def hung(urls: Iterator[str]) -> Iterator[None]:
    """Accept connections in the place of upstreams, and never answer."""
    with ExitStack() as stack:
        for url in urls:
            listener = stack.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", urlsplit(url).port))
            listener.listen(64)
        yield


def as_real(simulator: RunningSimulator, folder: Path, more: str = "") -> Path:
    """Write a configuration that does not say that its upstreams are simulated."""
    text, changes = re.subn(r"^demo = true\n", "", simulator.config.read_text(), flags=re.MULTILINE)
    assert changes == 1
    path = folder / "real.toml"
    path.write_text(text + more)
    return path


def states(folder: Path) -> list[Path]:
    return sorted(folder.glob("flywheel/last-session-*"))


def leave(terminal: Terminal, ending: signal.Signals = signal.SIGTERM) -> float:
    """End a console by a signal and return the seconds until it is gone."""
    began = time.monotonic()
    terminal.process.send_signal(ending)
    assert terminal.ended() == 0
    return time.monotonic() - began


def row_of(terminal: Terminal) -> str:
    """Return the name of a runner on the screen."""
    found = re.search(r"acme-dind-\w+", terminal.text)
    assert found is not None, terminal.text
    return found.group()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_the_first_frame_of_a_second_start_has_the_rows_of_the_first(tmp_path: Path, ending: signal.Signals) -> None:
    with running_simulator(tmp_path / "config.toml", runners=40) as simulator:
        config = as_real(simulator, tmp_path)
        words = ("--config", str(config))
        with started("", SIZE, words=words, XDG_STATE_HOME=str(tmp_path)) as terminal:
            assert terminal.shows(LANDED), terminal.text
            assert "last session" not in terminal.text
            # The first rows come before the cluster's, among which these are.
            assert terminal.shows("acme-dind-"), terminal.text
            name = row_of(terminal)
            leave(terminal, ending)
        urls = [url for kind, url in simulator.urls.items() if kind != "control"]
    (state,) = states(tmp_path)
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    for token in simulator.tokens.values():
        assert token.encode() not in state.read_bytes()
    with hung(iter(urls)), started("", SIZE, words=words, XDG_STATE_HOME=str(tmp_path)) as terminal:
        terminal.read(lambda output: b"NAME" in output)
        assert terminal.shows(name, patience_s=1.0), terminal.text
        assert terminal.shows("from the last session, ", patience_s=1.0), terminal.text
        assert leave(terminal) < LEAVES_WITHIN_S
    assert states(tmp_path) == [state], "a session that read nothing leaves the one before"


def test_simulated_data_are_never_kept(tmp_path: Path) -> None:
    with running_simulator(tmp_path / "config.toml", runners=40) as simulator:
        words = ("--config", str(simulator.config))
        with started("", SIZE, words=words, XDG_STATE_HOME=str(tmp_path)) as terminal:
            assert terminal.shows(LANDED), terminal.text
            leave(terminal)
    assert states(tmp_path) == []


def test_what_hangs_holds_up_neither_the_rows_of_others_nor_the_end(tmp_path: Path) -> None:
    noted = tmp_path / "pids"
    sleeper = tmp_path / "sleeper"
    sleeper.write_text(f"#!/bin/sh\necho $$ >> {noted}\nexec sleep 60\n")
    sleeper.chmod(0o755)
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(f"""
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:9"}}}}]
users: [{{name: u, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: {sleeper}}}}}}}]
contexts: [{{name: x, context: {{cluster: c, user: u}}}}]
current-context: x
""")
    with socket.socket() as deaf, running_simulator(tmp_path / "config.toml", runners=40) as simulator:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(64)
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        dead = f"""
[contexts.dead.gitlab]
url = "{address}"
token = {{ command = ["{sleeper}"] }}
[contexts.dead.kubernetes]
kubeconfig = "{kubeconfig}"
[contexts.dead.prometheus]
url = "{address}"
"""
        words = ("--config", str(as_real(simulator, tmp_path, dead)))
        with started("", (200, 50), words=words, XDG_STATE_HOME=str(tmp_path)) as terminal:
            terminal.read(lambda output: b"NAME" in output)
            assert terminal.shows("acme-dind-", patience_s=10.0), terminal.text
            terminal.read(lambda _: noted.exists() and len(noted.read_text().split()) == 2, 10.0)
            assert len(noted.read_text().split()) == 2, "both programs hang"
            assert leave(terminal) < LEAVES_WITHIN_S
            assert LEFT_ALTERNATE_SCREEN in terminal.output
    for pid in noted.read_text().split():
        assert not Path(f"/proc/{pid}").exists(), "what hung is gone as well"
