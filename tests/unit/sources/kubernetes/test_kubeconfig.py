"""Which context, cluster and user a kubeconfig names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.sources.kubernetes.kubeconfig import select
from flywheel_tui.sources.kubernetes.kubeconfig_files import find_files


def write(path: Path, **content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", **content}))
    return path


def entries(name: str, server: str = "https://a.test", user: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "clusters": [{"name": name, "cluster": {"server": server}}],
        "users": [{"name": name, "user": user or {"token": "s3cret"}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": "default"}}],
    }


def test_the_current_context_counts_where_none_is_named(tmp_path: Path) -> None:
    file = write(tmp_path / "config", **entries("bee"), **{"current-context": "bee"})
    selection = select((file,), None)
    assert (selection.context, selection.cluster.server, selection.user.token) == ("bee", "https://a.test", "s3cret")
    assert selection.cluster_folder == tmp_path


def test_the_first_file_that_names_a_thing_wins(tmp_path: Path) -> None:
    first = write(tmp_path / "one", **entries("bee", "https://first.test"))
    second = write(tmp_path / "two", **entries("bee", "https://second.test"), **{"current-context": "bee"})
    third = write(tmp_path / "three", **entries("ant", "https://third.test"), **{"current-context": "ant"})
    assert select((first, second, third), None).cluster.server == "https://first.test"
    assert select((first, second, third), "ant").cluster.server == "https://third.test"


def test_a_context_may_take_its_parts_from_several_files(tmp_path: Path) -> None:
    parts = entries("bee")
    clusters = write(tmp_path / "a" / "clusters", clusters=parts["clusters"])
    users = write(tmp_path / "b" / "users", users=parts["users"], contexts=parts["contexts"])
    selection = select((clusters, users), "bee")
    assert (selection.cluster_folder, selection.user_folder) == (tmp_path / "a", tmp_path / "b")


def test_an_unknown_context_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    file = write(tmp_path / "config", **entries("bee"))
    with pytest.raises(ConfigError, match=r"has no context wasp") as raised:
        select((file,), "wasp")
    assert raised.value.next_step == "It has bee."


def test_no_current_context_asks_for_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no current context"):
        select((write(tmp_path / "config", **entries("bee")),), None)


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ({"clusters": []}, "names a cluster that is not there"),
        ({"users": None}, "names a user that is not there"),
        ({"clusters": [{"name": "bee", "cluster": {}}]}, "has no server"),
        ({"clusters": [{"name": "bee", "cluster": {"server": 5}}]}, r"This is not a kubeconfig: Expected `str`"),
        ({"contexts": None}, "has no context bee"),
    ],
)
def test_a_context_with_missing_parts_is_one_sentence(tmp_path: Path, broken: dict[str, Any], sentence: str) -> None:
    file = write(tmp_path / "config", **{**entries("bee"), **broken})
    with pytest.raises(ConfigError, match=sentence):
        select((file,), "bee")


def test_a_user_may_be_absent(tmp_path: Path) -> None:
    content = entries("bee")
    content["contexts"][0]["context"].pop("user")
    assert select((write(tmp_path / "config", **content),), "bee").user.token == ""


@pytest.mark.parametrize("text", ["[", "token: s3cret\n\t- x", "- a\n- b", "just text", "users: {a: [}", "a: &x [*x]"])
def test_what_is_no_kubeconfig_is_named_without_quoting_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(ConfigError) as raised:
        select((file,), "bee")
    assert str(file) in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        select((tmp_path / "config",), None)


def test_several_files_come_from_the_environment_and_missing_ones_are_passed_over(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one"), write(tmp_path / "two")
    named = os.pathsep.join([str(one), str(tmp_path / "gone"), "", str(two)])
    assert find_files(None, {"KUBECONFIG": named}) == (one, two)


def test_the_default_file_is_in_the_home() -> None:
    assert find_files(None, {}) == ()
    file = write(Path.home() / ".kube" / "config")
    assert find_files(None, {}) == (file,)


def test_a_configured_file_has_to_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        find_files(tmp_path / "gone", {"KUBECONFIG": str(write(tmp_path / "one"))})


def test_a_user_never_prints_its_secrets(tmp_path: Path) -> None:
    selection = select((write(tmp_path / "config", **entries("bee")),), "bee")
    assert "s3cret" not in repr(selection)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_kubeconfig_or_one_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "config"
    file.write_bytes(content)
    with pytest.raises(ConfigError):
        select((file,), "bee")


@pytest.mark.parametrize("text", ["current-context: 2026-13-45\n", "[" * 5000])
def test_what_yaml_cannot_make_sense_of_is_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(ConfigError, match="is not YAML"):
        select((path,), None)
