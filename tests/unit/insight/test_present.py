from __future__ import annotations

from typing import Any

import pytest

from flywheel_tui.domain.runner import RunnerKind
from tests.unit.insight import build


@pytest.mark.parametrize(
    ("fields", "owner"),
    [
        ({"kind": RunnerKind.GROUP, "groups": ("acme/web",), "scope": "acme"}, "acme/web"),
        ({"kind": RunnerKind.GROUP, "scope": "acme"}, "acme"),
        ({"kind": RunnerKind.PROJECT, "projects": ("acme/api", "acme/ui"), "scope": "acme/api"}, "acme/api"),
        ({"kind": RunnerKind.PROJECT, "scope": "acme/api"}, "acme/api"),
        ({"kind": RunnerKind.INSTANCE, "scope": "instance"}, None),
    ],
)
def test_the_owner_of_a_gitlab_runner(fields: dict[str, Any], owner: str | None) -> None:
    assert build.only_runner(build.fleet(build.gitlab(**fields))).owner == owner


def test_a_github_runner_belongs_to_its_scope_and_runner_group() -> None:
    runner = build.only_runner(build.fleet(build.github(scope="acme/api", runner_group="gpu")))
    assert (runner.owner, runner.groups, runner.versions) == ("acme/api", ("gpu",), ("2.337.0",))


def test_a_scale_set_without_a_registered_name_has_that_of_its_resource() -> None:
    runner = build.only_runner(build.fleet(build.scale_set(runner_scale_set_name="", labels=("nix", "linux", "nix"))))
    assert (runner.name, runner.tags) == ("gh-nix", ("gh-nix", "nix", "linux"))


def test_the_sources_of_a_runner_start_with_the_one_that_lists_it() -> None:
    fleet = build.fleet(
        build.gitlab(),
        build.job_pod("job", "tok000007"),
        build.sample("gitlab_jobs_running", 0, runner="tok000007"),
        build.alert(labels={"runner": "tok000007"}),
        build.github(),
    )
    assert fleet.runners["prod/gitlab/7"].sources == (
        "prod/gitlab",
        "prod/kubernetes",
        "prod/prometheus",
        "prod/alertmanager",
    )
    assert fleet.runners["prod/github/acme/1"].sources == ("prod/github",)
