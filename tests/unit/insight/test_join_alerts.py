from __future__ import annotations

import pytest

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.row import Row
from tests.unit.insight import build

GITLAB = "prod/gitlab/7"
ARC = "prod/scaleset/arc/gh-nix"
GITHUB = "prod/github/acme/1"


def world() -> tuple[Row, ...]:
    return (
        build.gitlab(name="docker"),
        build.gitlab("8", name="twins"),
        build.gitlab("9", name="twins"),
        build.github(),
        build.deployment("docker"),
        build.manager_pod("docker"),
        build.autoscaler("docker-hpa", "docker"),
        build.scale_set(),
        build.runner_set(),
        build.ephemeral(),
        build.runner_pod(),
        build.listener(),
        build.listener_pod(),
    )


@pytest.mark.parametrize(
    ("labels", "owner"),
    [
        ({"runner": "tok000007"}, GITLAB),
        ({"runner": "tok00000"}, None),
        ({"runner": "docker"}, GITLAB),
        ({"runner": "vm-1"}, GITHUB),
        ({"runner_name": "docker"}, GITLAB),
        ({"system_id": "r_7"}, GITLAB),
        ({"release": "docker"}, GITLAB),
        ({"namespace": "runners", "pod": "docker-abc-1"}, GITLAB),
        ({"namespace": "monitoring", "exported_namespace": "runners", "exported_pod": "docker-abc-1"}, GITLAB),
        ({"namespace": "runners", "deployment": "docker"}, GITLAB),
        ({"namespace": "runners", "horizontalpodautoscaler": "docker-hpa"}, GITLAB),
        ({"namespace": "arc", "name": "gh-nix"}, ARC),
        ({"namespace": "arc", "name": "gh-nix-x7k2p"}, ARC),
        ({"namespace": "arc-systems", "pod": "gh-nix-754b578d-listener"}, ARC),
        ({"scale_set": "gh-nix", "namespace": "arc"}, ARC),
        ({"runner_scale_set_name": "acme-gh-nix"}, ARC),
        ({"actions_github_com_scale_set_name": "gh-nix"}, ARC),
        ({"namespace": "arc", "pod": "gh-nix-x7k2p-runner-aaaaa", "runner": "gone00000"}, ARC),
        ({"runner": "twins"}, None),
        ({"namespace": "elsewhere", "pod": "docker-abc-1"}, None),
        ({"pod": "docker-abc-1"}, None),
        ({"namespace": "runners"}, None),
        ({"job": "node"}, None),
        ({}, None),
    ],
)
def test_labels_name_the_runner(labels: dict[str, str], owner: str | None) -> None:
    alert = build.alert(labels=labels)
    fleet = build.fleet(*world(), alert)
    assert {key for key, runner in fleet.runners.items() if alert.key in runner.alerts} == ({owner} if owner else set())
    assert alert.key in fleet.alerts


def test_an_alert_that_names_an_unknown_runner_is_listed() -> None:
    fleet = build.fleet(*world(), build.alert("RunnerDown", labels={"runner": "gone00000", "job": "x"}))
    (thing,) = [thing for thing in fleet.unjoined if thing.kind == "alert"]
    assert (thing.name, thing.reason) == ("RunnerDown", "no runner that is known is meant by runner=gone00000")


def test_alerts_about_other_things_of_the_company_are_not_listed() -> None:
    fleet = build.fleet(*world(), build.alert("DiskFull", labels={"instance": "db-1", "namespace": "shop"}))
    assert [thing for thing in fleet.unjoined if thing.kind == "alert"] == []


def test_a_runner_names_the_alert_source() -> None:
    fleet = build.fleet(*world(), build.alert(labels={"runner": "tok000007"}))
    assert fleet.runners[GITLAB].sources[-1] == "prod/alertmanager"
    assert fleet.runners[GITLAB].why == "alert Bad"
    assert SourceKind.ALERTMANAGER.value in fleet.runners[GITLAB].verdicts[0].evidence[0].source
