"""Which scopes a row belongs to."""

from __future__ import annotations

from typing import Any

import pytest

from flywheel_tui.config.secrets import TokenSource
from flywheel_tui.config.settings import ContextSettings, GitHubSettings, GitLabSettings, KubernetesSettings
from flywheel_tui.domain.fleet import Fleet, Unjoined
from flywheel_tui.domain.runner import Forge
from flywheel_tui.tui.finding.belonging import Belonging, configured_names
from flywheel_tui.tui.finding.scope import parse_scope
from flywheel_tui.tui.screens.alerts.columns import VIEW as ALERTS
from flywheel_tui.tui.screens.pods.columns import VIEW as PODS
from flywheel_tui.tui.screens.runners.columns import VIEW as RUNNERS
from flywheel_tui.tui.screens.scalesets.columns import VIEW as SCALE_SETS
from flywheel_tui.tui.screens.unjoined.columns import VIEW as UNJOINED
from flywheel_tui.tui.widgets.grid.column import GridView
from tests.tui.scripted import alert, picture, pod, runner, scale_set

ARC = runner(
    "arc",
    forge=Forge.GITHUB,
    scope="Acme/kernel",
    scale_set="prod/scaleset/arc-runners/arc",
    alerts=("prod/alert/Hot",),
)
FLEET = picture(
    [ARC],
    pods=[pod("arc-1"), pod("stray")],
    scale_sets=[scale_set("arc")],
    alerts=[alert("Hot"), alert("Lost")],
    runner_of_pod={"prod/pod/arc-runners/arc-1": ARC.key},
).fleet


def belonging(view: GridView[Any], fleet: Fleet = FLEET) -> Belonging:
    return Belonging(view, RUNNERS.scopes, lambda: fleet)


@pytest.mark.parametrize(
    ("view", "key", "names"),
    [
        (RUNNERS, ARC.key, {"github", "prod", "acme", "acme/kernel"}),
        (PODS, "prod/pod/arc-runners/arc-1", {"prod", "arc-runners", "github", "acme", "acme/kernel"}),
        (PODS, "prod/pod/arc-runners/stray", {"prod", "arc-runners"}),
        (ALERTS, "prod/alert/Hot", {"prod", "github", "acme", "acme/kernel"}),
        (ALERTS, "prod/alert/Lost", {"prod"}),
        (SCALE_SETS, "prod/scaleset/arc-runners/arc", {"prod", "arc-runners", "github", "acme", "acme/kernel"}),
    ],
)
def test_own_names_and_those_of_the_runner(view: GridView[Any], key: str, names: set[str]) -> None:
    assert belonging(view).names(view.kind.rows(FLEET)[key]) == names


def test_what_belongs_to_no_runner_belongs_to_its_context() -> None:
    row = Unjoined(key="prod/pod/x", context="prod", kind="pod", name="x", reason="?")
    assert belonging(UNJOINED).names(row) == {"prod"}


def test_a_scope_follows_the_fleet() -> None:
    fleets = [FLEET]
    within = Belonging(PODS, RUNNERS.scopes, lambda: fleets[-1]).within(parse_scope("acme"))
    row = FLEET.pods["prod/pod/arc-runners/arc-1"]
    assert within(row)
    moved = runner("arc", forge=Forge.GITHUB, scope="other", scale_set=ARC.scale_set)
    fleets.append(picture([moved], pods=[row], runner_of_pod={row.key: moved.key}).fleet)
    assert not within(row)
    fleets.append(picture([], pods=[row]).fleet)
    assert not within(row)


def test_the_configuration_names_scopes_before_any_row_does() -> None:
    contexts = [
        ContextSettings(
            name="prod",
            gitlab=GitLabSettings(url="https://gitlab", token=TokenSource(env="X"), groups=("infra",)),
            github=GitHubSettings(token=TokenSource(env="Y"), orgs=("acme",), repos=("x/y",)),
            kubernetes=KubernetesSettings(namespaces=("arc",)),
        ),
        ContextSettings(name="lab"),
    ]
    assert configured_names(contexts) == {"gitlab", "github", "prod", "lab", "infra", "acme", "x/y", "arc"}
