"""What a runner belongs to."""

from __future__ import annotations

from flywheel_tui.domain.runner import Forge, RunnerKind
from flywheel_tui.services.listing.scopes import runner_scopes, with_parents
from tests.tui.scripted import runner


def test_a_group_belongs_to_the_groups_around_it() -> None:
    assert with_parents("acme/infra/build") == ("acme/infra/build", "acme/infra", "acme")
    assert with_parents("acme") == ("acme",)
    assert with_parents("") == ()


def test_a_runner_belongs_to_forge_context_groups_and_a_scale_set_to_its_namespace() -> None:
    assert runner_scopes(runner("x", scope="infra/build")) == ("gitlab", "prod", "infra/build", "infra")
    arc = runner("arc", forge=Forge.GITHUB, kind=RunnerKind.SCALE_SET, id="arc-runners/arc", scope="acme")
    assert runner_scopes(arc) == ("github", "prod", "acme", "arc-runners")
