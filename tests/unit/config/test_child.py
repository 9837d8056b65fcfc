"""Programs that are waited for, and killed with all that they started."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from flywheel_tui.config.child import Done, end_children, run_child


def test_what_it_writes_and_how_it_ends_comes_back() -> None:
    assert run_child(["sh", "-c", "echo out; echo err >&2; exit 3"], timeout_s=10) == Done(3, b"out\n", b"err\n")


def test_it_has_no_terminal_and_the_given_environment() -> None:
    done = run_child(
        ["sh", "-c", "cat; (: < /dev/tty) 2>/dev/null; echo $? $NAME"], timeout_s=10, environment={"NAME": "x"}
    )
    code, name = done.stdout.split()
    assert (code != b"0", name) == (True, b"x")


def test_one_that_takes_too_long_is_killed_and_what_it_said_is_known() -> None:
    with pytest.raises(subprocess.TimeoutExpired) as caught:
        run_child(["sh", "-c", "echo why >&2; sleep 60"], timeout_s=0.3)
    assert caught.value.stderr == b"why\n"


def test_whoever_leaves_ends_what_still_runs(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready_pipe = threading.Event()
    ended: list[Done] = []

    def wait_for_it() -> None:
        ready_pipe.set()
        ended.append(run_child(["sh", "-c", f"echo $$ > {ready}; sleep 60"], timeout_s=60))

    thread = threading.Thread(target=wait_for_it)
    thread.start()
    assert ready_pipe.wait(10)
    while thread.is_alive() and not (ready.exists() and ready.read_text()):
        thread.join(0.01)
    end_children()
    thread.join(10)
    assert [done.code for done in ended] == [-9]
    assert not Path(f"/proc/{ready.read_text().strip()}").exists()
