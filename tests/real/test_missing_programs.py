"""What a test of this tier does on a machine without the servers."""

from pathlib import Path

import pytest

from tests.real.servers import programs
from tests.real.servers.process import ServerFailedError, ServerProcess


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLYWHEEL_SERVERS_DIR", str(tmp_path))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.delenv("CI", raising=False)
    return tmp_path


def put_program(folder: Path, name: str) -> Path:
    program = folder / name
    program.write_text("#!/bin/sh\necho the end; exit 3\n")
    program.chmod(0o755)
    return program


def test_on_a_laptop_a_missing_program_skips_and_names_the_way_out(empty_cache: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match=f"no etcd in {empty_cache}: run `make test-real`"):
        programs.require("etcd")


def test_in_ci_a_missing_program_fails(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no prometheus in"):
        programs.require("prometheus")


def test_kubebuilder_assets_come_first_and_only_for_kubernetes(
    empty_cache: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = tmp_path_factory.mktemp("assets")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    for folder in (assets, empty_cache):
        put_program(folder, "etcd")
        put_program(folder, "prometheus")
    assert programs.find("etcd") == assets / "etcd"
    assert programs.find("prometheus") == empty_cache / "prometheus"


def test_assets_without_the_program_leave_it_to_the_cache(
    empty_cache: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path_factory.mktemp("assets")))
    program = put_program(empty_cache, "kubectl")
    assert programs.find("kubectl") == program


def test_a_server_that_ends_by_itself_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    program = put_program(tmp_path, "server")
    process = ServerProcess([program], log=tmp_path / "log", answers=lambda: False, folder=tmp_path)
    with pytest.raises(ServerFailedError, match=r"(?s)server ended by itself with status 3.*the end"):
        process.start()
    assert not process.running


def test_a_server_that_does_not_answer_is_ended(tmp_path: Path) -> None:
    process = ServerProcess(["sleep", "60"], log=tmp_path / "log", answers=lambda: False, folder=tmp_path)
    with pytest.raises(ServerFailedError, match=r"not within 0.2 s: sleep answers"):
        process.start(seconds=0.2)
    assert not process.running
