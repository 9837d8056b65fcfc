"""Types that several threads decode for the first time at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PROGRAM = """
import sys, threading
import msgspec
{imports}
sys.setswitchinterval(1e-6)
gate = threading.Barrier(4)
done = []
def work():
    gate.wait()
    {work}
    done.append(True)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(done) == 4
"""


@pytest.mark.parametrize(
    ("imports", "work"),
    [
        (
            "from flywheel_tui.sources.kubernetes.kubeconfig import _File",
            "msgspec.convert({'users': [{'name': 'u', 'user': {'token': 't'}}]}, _File)",
        ),
        (
            "from flywheel_tui.sources.kubernetes.resources import RESOURCES",
            'RESOURCES[0].object_decoder.decode(b\'{"metadata": {"name": "p", "namespace": "n"}}\')',
        ),
    ],
)
def test_threads_that_come_first_together_get_whole_types(imports: str, work: str) -> None:
    code = _PROGRAM.format(imports=imports, work=work)
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
