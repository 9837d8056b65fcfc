"""scripts/install-real-servers does nothing twice, and says what it lacks."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.real.servers.programs import cache_folder, require

SCRIPT = Path(__file__).parents[2] / "scripts" / "install-real-servers"


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH with what a shell script needs and without go, apt-get and dpkg-deb."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "cut", "du", "flock", "mkdir", "rm", "touch"):
        program = shutil.which(name)
        assert program is not None
        (folder / name).symlink_to(program)
    return str(folder)


def install(cache: Path, path: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FLYWHEEL_SERVERS_DIR": str(cache), "PATH": path}
    return subprocess.run([SCRIPT], env=environment, text=True, capture_output=True, timeout=60, check=False)


def test_a_full_cache_needs_neither_go_nor_packages(bare_path: str) -> None:
    for name in ("etcd", "kube-apiserver", "kubectl", "alertmanager", "prometheus", "promtool"):
        require(name)
    done = install(cache_folder(), bare_path)
    assert (done.returncode, done.stderr.count(": ready")) == (0, 3), done.stderr


def test_without_go_it_says_so_and_fails(tmp_path: Path, bare_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    cache = tmp_path / "cache"
    done = install(cache, bare_path)
    assert (done.returncode, done.stderr) == (1, "real servers: needs go to build kube-apiserver\n")
    assert not (cache / "kube-apiserver").exists()


def test_assets_that_do_not_run_are_not_taken(tmp_path: Path, bare_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    assert "needs go" in install(tmp_path / "cache", bare_path).stderr
