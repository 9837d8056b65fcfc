"""The documents say what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flywheel_tui.config import settings
from flywheel_tui.domain.record import Record
from flywheel_tui.simulator.world import SCENARIOS
from flywheel_tui.tui.commands import COMMANDS
from flywheel_tui.tui.registry import GROUPS

REPOSITORY = Path(__file__).parents[2]


def document(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [str(binding.id) for group in GROUPS for binding in group.bindings])
def test_every_key_is_documented(name: str) -> None:
    assert f"| `{name}` |" in document("docs/console.md")


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_is_documented(name: str) -> None:
    assert f":{name}" in document("docs/console.md")


@pytest.mark.parametrize(
    "kind",
    [
        settings.ContextSettings,
        settings.GitLabSettings,
        settings.GitHubSettings,
        settings.KubernetesSettings,
        settings.PrometheusSettings,
        settings.AlertmanagerSettings,
        settings.GitOpsSettings,
        settings.StalePolicy,
        settings.InterfaceSettings,
    ],
    ids=lambda kind: kind.__name__,
)
def test_every_setting_is_documented(kind: type[Record]) -> None:
    words = set(re.findall(r"\w+", document("docs/configuration.md")))
    assert set(kind.__struct_fields__) - words - {"name"} == set()


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_every_scenario_is_documented(name: str) -> None:
    assert f"`{name}`" in document("docs/simulator.md")


@pytest.mark.parametrize(
    "path",
    [path.relative_to(REPOSITORY).as_posix() for path in (*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"))],
)
def test_every_link_to_a_file_leads_somewhere(path: str) -> None:
    source = REPOSITORY / path
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", source.read_text(encoding="utf-8"))
    assert [target for target in targets if not (source.parent / target).exists()] == []
