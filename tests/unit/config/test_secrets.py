from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flywheel_tui.config import secrets
from flywheel_tui.config.paths import config_path, state_folder
from flywheel_tui.config.secrets import TokenSource
from flywheel_tui.domain.errors import ConfigError


def python(code: str) -> TokenSource:
    return TokenSource(command=(sys.executable, "-c", code))


def test_each_place_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", " one \n")
    assert TokenSource(env="MY_TOKEN").read().reveal() == "one"
    monkeypatch.setenv("MY_TOKEN", "two")
    assert TokenSource(env="MY_TOKEN").read().reveal() == "two"
    file = tmp_path / "token"
    file.write_text("three\n")
    assert TokenSource(file=file).read().reveal() == "three"
    assert python("print('four')").read().reveal() == "four"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (TokenSource(env="NOT_SET"), "NOT_SET is not set"),
        (TokenSource(file=Path("/nowhere/token")), "cannot be read: No such file"),
        (TokenSource(command=("no-such-program",)), "no-such-program does not exist"),
        (python("raise SystemExit(3)"), "ended with exit code 3"),
        (python("pass"), "is empty"),
        (python(r"print('a\x1bb')"), "no HTTP header can carry"),
        (python(r"import sys; sys.stdout.buffer.write(b'\xff')"), "cannot run"),
        (TokenSource(), "needs env, command or file"),
    ],
)
def test_a_token_that_cannot_be_had_says_why(source: TokenSource, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        source.read()


def test_a_command_has_a_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "COMMAND_TIMEOUT_S", 0.2)
    with pytest.raises(ConfigError, match=r"took over 0\.2 s"):
        python("import time; time.sleep(60)").read()


def test_a_command_gets_no_terminal_to_prompt_on() -> None:
    assert python("import sys; print('tty' if sys.stdin.isatty() else 'none')").read().reveal() == "none"


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"HOME": "/h"}, "/h/.config/flywheel/config.toml"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, "/x/flywheel/config.toml"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": "relative"}, "/h/.config/flywheel/config.toml"),
        ({"HOME": "/h", "FLYWHEEL_CONFIG": "/f.toml"}, "/f.toml"),
    ],
)
def test_where_the_configuration_lies(environ: dict[str, str], path: str) -> None:
    assert config_path(environ) == Path(path)


def test_where_the_state_lies() -> None:
    assert state_folder({"HOME": "/h"}) == Path("/h/.local/state/flywheel")
