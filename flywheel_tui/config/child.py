"""Small programs that are waited for: token commands and credential plugins."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

_GRACE_S: Final = 1.0
_GONE_S: Final = 0.2
_running: Final[set[subprocess.Popen[bytes]]] = set()
_lock: Final = threading.Lock()


class Done(NamedTuple):
    """How a program ended, and what it wrote; nothing on ``stderr`` where it had the terminal."""

    code: int
    stdout: bytes
    stderr: bytes


def run_child(
    words: Sequence[str],
    *,
    timeout_s: float,
    environment: Mapping[str, str] | None = None,
    terminal: bool = False,
) -> Done:
    """Run a program to its end, without a shell. Blocking, from any thread.

    Args:
        words: The program and its arguments.
        timeout_s: After this it is killed, with all that it started.
        environment: What it gets instead of this process's own.
        terminal: Let it talk to the terminal. Otherwise it has a session of its own, so that it cannot prompt on
            ``/dev/tty`` behind the screen.

    Raises:
        OSError: It cannot be started.
        ValueError: A word holds a zero byte.
        subprocess.TimeoutExpired: It took too long; ``stderr`` is what it had written.
    """
    # The words come from the user's own configuration.
    process = subprocess.Popen(  # noqa: S603
        words,
        env=environment,
        stdin=None if terminal else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if terminal else subprocess.PIPE,
        start_new_session=not terminal,
    )
    with process:
        with _lock:
            _running.add(process)
        try:
            stdout, stderr = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            error.stderr = _end(process, terminal=terminal)
            raise
        except BaseException:
            _end(process, terminal=terminal)
            raise
        finally:
            with _lock:
                _running.discard(process)
    return Done(process.returncode, stdout, stderr or b"")


def end_children() -> None:
    """Kill what still runs without the terminal, with all that it started, and see it gone.

    Whoever leaves waits for nothing but the kernel: what was killed is gone in milliseconds.
    """
    with _lock:
        processes = tuple(process for process in _running if process.stderr is not None)
    for process in processes:
        _kill_group(process)
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GONE_S)


def _end(process: subprocess.Popen[bytes], *, terminal: bool) -> bytes:
    """End a program; return what it had written to stderr."""
    if terminal:
        process.kill()
    else:
        _kill_group(process)
    try:
        return process.communicate(timeout=_GRACE_S)[1] or b""
    except subprocess.TimeoutExpired as error:
        # A grandchild left the group and holds the pipes: let go of them.
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        return error.stderr or b""


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
