from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flywheel_tui.cli import compose
from flywheel_tui.cli.main import cli
from flywheel_tui.cli.options import Options
from flywheel_tui.config.settings import ContextSettings, Settings
from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.errors import SourceError, UnreachableError
from flywheel_tui.domain.feed import Finding, Observation, SourceKind, Tables, tables_of
from flywheel_tui.domain.ports import Source
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.runner import Forge, ForgeRunner, RunnerKind, RunnerState
from flywheel_tui.simulator.world import SCENARIOS

CONFIG = """\
[contexts.prod.gitlab]
url = "https://gitlab.example.com"
token = { env = "GITLAB_TOKEN" }
[contexts.prod.prometheus]
url = "https://prometheus.example.com"
headers = { Authorization = "Basic secret" }
[contexts.lab.github]
orgs = ["acme"]
token = { file = "token" }
"""


def runner(name: str, forge: Forge = Forge.GITLAB) -> ForgeRunner:
    return ForgeRunner(
        key=f"prod/{forge}/{name}",
        context="prod",
        forge=forge,
        kind=RunnerKind.GROUP,
        id=name,
        scope="infra",
        name=name,
        state=RunnerState.ONLINE,
        tags=("nix",),
    )


class Upstream:
    """A source that answers what a test says."""

    interval_s = 20.0

    def __init__(
        self,
        name: str,
        *rows: Row,
        failure: SourceError | None = None,
        findings: tuple[Finding, ...] = (),
        tables: Tables | None = None,
    ) -> None:
        self.name = name
        self.context, _, kind = name.partition("/")
        self.kind = SourceKind(kind)
        self._failure = failure
        self._observation = Observation(
            tables=tables or tables_of(*rows),
            findings=findings,
            complete=not any(finding.limits for finding in findings),
        )

    async def fetch(self) -> Observation:
        if self._failure is not None:
            raise self._failure
        return self._observation

    async def aclose(self) -> None:
        return


class Shell:
    """The command line over upstreams that a test sets."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG)
        self.sources: list[Source] = []
        monkeypatch.setattr(compose, "connect", self._connect)

    def _connect(self, settings: Settings, prepared: object) -> Sequence[Source]:
        names = {context.name for context in settings.contexts}
        return [source for source in self.sources if source.context in names]

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(cli, ["--config", str(self.config), *words])


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    found = Shell(tmp_path, monkeypatch)
    found.sources = [
        Upstream("prod/gitlab", runner("b"), runner("a")),
        Upstream("prod/prometheus"),
        Upstream("lab/github", runner("c", Forge.GITHUB)),
    ]
    return found


def test_a_list_goes_to_stdout_sorted_and_filtered(shell: Shell) -> None:
    done = shell.run("get", "runners", "-o", "name")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "runner/a\nrunner/b\nrunner/c\n", "")
    done = shell.run("get", "ru", "-o", "name", "--filter", "forge:gitlab", "--sort", "-name")
    assert done.stdout == "runner/b\nrunner/a\n"


def test_json_is_the_envelope_with_every_source(shell: Shell) -> None:
    document = json.loads(shell.run("get", "runners", "-o", "json").stdout)
    assert [row["name"] for row in document["data"]] == ["a", "b", "c"]
    assert document["data"][0]["busy"] is None
    assert document["meta"]["complete"] is True
    assert set(document["meta"]["sources"]) == {"prod/gitlab", "prod/prometheus", "lab/github"}


def test_one_dead_source_is_told_and_the_rest_is_printed(shell: Shell) -> None:
    shell.sources[2] = Upstream("lab/github", failure=UnreachableError("GitHub cannot be reached.", next_step="Wait."))
    done = shell.run("get", "runners", "-o", "json")
    assert done.exit_code == 0
    assert done.stderr == "lab/github: GitHub cannot be reached. Wait.\n"
    document = json.loads(done.stdout)
    assert len(document["data"]) == 2
    assert document["meta"]["complete"] is False


def test_when_no_source_answers_the_exit_code_is_1_and_nothing_is_printed(shell: Shell) -> None:
    shell.sources = [
        Upstream(name, failure=UnreachableError("\x1b[31mgone\x1b[0m"))
        for name in ("prod/gitlab", "prod/prometheus", "lab/github")
    ]
    done = shell.run("get", "runners")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == "flywheel: No source answers. Their errors stand above."
    assert "\x1b" not in done.stderr


def test_what_is_known_to_be_missing_is_told(shell: Shell) -> None:
    finding = Finding(code="missing_right", text="The group is hidden.", limits=True, next_step="Ask its owner.")
    shell.sources[0] = Upstream("prod/gitlab", runner("a"), findings=(finding,))
    assert shell.run("get", "runners").stderr == "prod/gitlab: The group is hidden. Ask its owner.\n"


def test_only_the_named_contexts_are_read(shell: Shell) -> None:
    assert CliRunner().invoke(cli, ["--config", str(shell.config), "--context", "lab", "get", "runners", "-o", "name"])
    done = CliRunner().invoke(
        cli, ["--config", str(shell.config), "--context", "lab,prod", "get", "runners", "-o", "name"]
    )
    assert done.stdout == "runner/a\nrunner/b\nrunner/c\n"
    done = CliRunner().invoke(cli, ["--config", str(shell.config), "--context", "lap", "get", "runners"])
    assert done.exit_code == 2
    assert "Did you mean lab?" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("get", "runer"), 2, "Did you mean runners?"),
        (("get", "runners", "--filter", "cpu>x"), 2, "not a number"),
        (("get", "runners", "--sort", "colour"), 2, "have no field colour"),
        (("get", "runners", "-o", "xml"), 2, "Invalid value"),
        (("describe", "runner", "nobody"), 1, "No runner is called nobody"),
        (("simulate", "--runners", "-1"), 2, "Invalid value"),
        (("simulate", "--scenario", "strom"), 2, "There is no scenario strom. Did you mean storm?"),
        (("demo", "--scenario", "zzz"), 2, "There are calm, incident,"),
        (("demo", "--ascii"), 2, "--ascii is an option of flywheel itself: write it before the command."),
        (("get", "--colour", "runners"), 2, "No such option"),
        (("nonsense",), 2, "No such command"),
        ((), 2, "The console needs a terminal."),
    ],
)
def test_wrong_words_are_one_sentence_and_an_exit_code(
    shell: Shell, words: tuple[str, ...], code: int, says: str
) -> None:
    done = shell.run(*words)
    assert done.exit_code == code
    assert says in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_an_empty_list_says_so_on_stderr(shell: Shell) -> None:
    shell.sources[1] = Upstream("prod/prometheus", tables={Alert: {}})
    done = shell.run("get", "alerts")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "There are no alerts.\n")
    assert shell.run("get", "runners", "--filter", "zzz").stderr == "No runners match the filter.\n"


def test_a_list_that_no_source_told_is_not_called_empty(shell: Shell) -> None:
    done = shell.run("get", "pods")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "No source tells whether there are pods." in done.stderr
    shell.sources[1] = Upstream("prod/prometheus", failure=UnreachableError("Prometheus cannot be reached."))
    done = shell.run("get", "alerts", "-o", "json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Prometheus cannot be reached." in done.stderr


def test_describe_tells_the_facts_with_their_source(shell: Shell) -> None:
    done = shell.run("describe", "runner", "a")
    assert done.exit_code == 0
    assert "Verdict" in done.stdout
    assert any(line.split() == ["tags", "nix", "[prod/gitlab", "0s", "ago]"] for line in done.stdout.splitlines())
    document = json.loads(shell.run("describe", "runner", "a", "-o", "json").stdout)
    assert document["data"]["runner"]["tags"] == ["nix"]
    assert document["data"]["sections"][0]["title"] == "Verdict"


def test_without_a_configuration_the_way_on_is_told() -> None:
    done = CliRunner().invoke(cli, [])
    assert done.exit_code == 2
    assert "flywheel demo" in done.stderr


def test_a_wrong_configuration_names_its_line(shell: Shell) -> None:
    shell.config.write_text(CONFIG.replace("url", "ulr", 1))
    done = shell.run("get", "runners")
    assert done.exit_code == 2
    assert f"{shell.config}:2: [contexts.prod.gitlab] There is no key ulr. Did you mean url?" in done.stderr


def test_config_path_and_show(shell: Shell) -> None:
    assert shell.run("config", "path").stdout == f"{shell.config}\n"
    shown = shell.run("config", "show").stdout
    assert "secret" not in shown
    tree = tomllib.loads(shown)
    assert tree["contexts"]["prod"]["gitlab"]["token"] == {"env": "GITLAB_TOKEN"}
    assert tree["contexts"]["prod"]["gitlab"]["interval_s"] == 20.0
    assert tree["contexts"]["lab"]["github"]["token"] == {"file": str(shell.config.parent / "token")}
    assert tree["contexts"]["prod"]["prometheus"]["headers"] == {"Authorization": "********"}


def test_what_config_show_prints_can_be_read_again(shell: Shell, tmp_path: Path) -> None:
    again = tmp_path / "again.toml"
    again.write_text(shell.run("config", "show").stdout)
    done = CliRunner().invoke(cli, ["--config", str(again), "config", "show"])
    assert done.exit_code == 0
    assert tomllib.loads(done.stdout) == tomllib.loads(again.read_text())


def test_readonly_lowers_every_role(shell: Shell) -> None:
    shell.config.write_text(CONFIG + '[contexts.lab]\nrole = "admin"\n')
    assert tomllib.loads(shell.run("config", "show").stdout)["contexts"]["lab"]["role"] == "admin"
    done = CliRunner().invoke(cli, ["--readonly", "--config", str(shell.config), "config", "show"])
    assert tomllib.loads(done.stdout)["contexts"]["lab"]["role"] == "viewer"


def test_a_context_that_is_named_twice_counts_once() -> None:
    settings = Settings(contexts=(ContextSettings(name="prod"), ContextSettings(name="lab")))
    chosen = Options(contexts=("lab", "prod", "lab")).apply(settings).contexts
    assert [context.name for context in chosen] == ["lab", "prod"]


def test_a_log_file_is_private(shell: Shell, tmp_path: Path) -> None:
    log = tmp_path / "flywheel.log"
    done = CliRunner().invoke(cli, ["--log-file", str(log), "--config", str(shell.config), "get", "runners"])
    assert done.exit_code == 0
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    done = CliRunner().invoke(cli, ["--log-file", str(tmp_path / "no" / "log"), "config", "path"])
    assert done.exit_code == 2


def flywheel(shell: Shell, *words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the real program on a configuration whose upstream is not there."""
    shell.config.write_text('[contexts."ärger 日本".prometheus]\nurl = "http://127.0.0.1:9"\n')
    return subprocess.run(
        [sys.executable, "-m", "flywheel_tui", "--config", str(shell.config), *words],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
def test_an_old_charset_is_no_reason_to_fail(shell: Shell, encoding: str) -> None:
    done = flywheel(shell, "config", "show", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"prometheus" in done.stdout
    done = flywheel(shell, "get", "runners", PYTHONIOENCODING=encoding)
    assert done.returncode == 1
    assert b"No source answers" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_sentence(shell: Shell) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "flywheel_tui", "--config", str(shell.config), "config", "show"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"flywheel: The output cannot be written: No space left on device." in done.stderr


def test_the_help_names_every_scenario(shell: Shell) -> None:
    for command in ("demo", "simulate"):
        said = " ".join(shell.run(command, "--help").stdout.split())
        assert all(scenario in said for scenario in SCENARIOS)
