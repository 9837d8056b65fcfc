"""The simulator as a process: it announces itself when it is ready, serves, and ends without a word."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest

from flywheel_tui.domain.errors import FlywheelError
from flywheel_tui.simulator.launch import launched_simulator, running_simulator
from flywheel_tui.simulator.process import Ending, main

_PROBES = {
    "gitlab": "/api/v4/version",
    "github": "/orgs/acme/actions/runners",
    "kubernetes": "/api/v1/pods",
    "prometheus": "/api/v1/query?query=up",
    "alertmanager": "/api/v2/status",
}

_SIMULATOR = (sys.executable, "-m", "flywheel_tui.simulator.process", "--runners", "12")


def _start(config: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*_SIMULATOR, "--config-out", str(config), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_all_five_upstreams_answer_behind_their_tokens(tmp_path: Path) -> None:
    config = tmp_path / "deep" / "config.toml"
    with running_simulator(config, scenario="incident", runners=20) as simulator:
        for name, probe in _PROBES.items():
            token = simulator.tokens.get(name)
            headers = {} if token is None else {"authorization": f"Bearer {token}"}
            answer = httpx.get(simulator.urls[name] + probe, headers=headers)
            assert answer.status_code == 200, name
            # With two of them nobody could tell how far the clocks are apart.
            assert len(answer.headers.get_list("date")) == 1, name
            if token is not None:
                wrong = httpx.get(simulator.urls[name] + probe, headers={"authorization": "Bearer no"})
                assert wrong.status_code == 401, name
        control = {"authorization": f"Bearer {simulator.tokens['control']}"}
        state = httpx.get(simulator.urls["control"] + "/simulator/state", headers=control).json()
        assert (state["scenario"], state["runners"], state["frozen"]) == ("incident", 20, False)
        assert httpx.get(simulator.urls["prometheus"] + "/metrics").status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(simulator.urls["gitlab"])


def test_the_configuration_is_complete_and_private(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    with running_simulator(config, runners=12) as simulator:
        written = tomllib.loads(config.read_text())["contexts"]["demo"]
        assert written["demo"] is True
        assert set(written) >= set(_PROBES)
        assert written["gitlab"]["url"] == simulator.urls["gitlab"]
        assert Path(written["gitlab"]["token"]["file"]).read_text().strip() == simulator.tokens["gitlab"]
        assert Path(written["kubernetes"]["kubeconfig"]).exists()
        for path in tmp_path.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


async def test_it_is_launched_without_blocking_the_loop(tmp_path: Path) -> None:
    async with launched_simulator(tmp_path / "config.toml", runners=3) as simulator, httpx.AsyncClient() as client:
        assert (await client.get(simulator.urls["alertmanager"] + "/api/v2/status")).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with _start(tmp_path / "config.toml") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("gitlab ")
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""
        assert "configuration" in process.stdout.read()


def test_a_signal_before_anything_is_served_ends_it_at_once() -> None:
    with pytest.raises(SystemExit) as ended:
        Ending().heard(signal.SIGTERM, None)
    assert ended.value.code == 0


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    with _start(tmp_path / "config.toml", "--until-eof") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdin.close()
        assert process.wait(20) == 0


def test_ports_follow_the_first_one_and_a_taken_one_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running_simulator(tmp_path / "one.toml", runners=3) as simulator:
        taken = int(simulator.urls["gitlab"].rsplit(":", 1)[1])
        assert main(["--runners", "3", "--port", str(taken)]) == 1
    assert capsys.readouterr().err.startswith("simulator: cannot listen: Address already in use")


def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(FlywheelError, match=r"The simulator did not start: it ended with code 2.*invalid choice"),
        running_simulator(tmp_path / "config.toml", scenario="sunny"),
    ):
        pytest.fail("it started")
