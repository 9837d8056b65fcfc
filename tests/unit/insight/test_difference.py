from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.fleet import FleetChange, KeyChange
from flywheel_tui.domain.row import Row
from flywheel_tui.insight.difference import diff_fleet
from tests.unit.insight import build


def test_nothing_changes_between_equal_pictures() -> None:
    rows = (build.gitlab(), build.scale_set(), build.job_pod("job", "tok000007"), build.alert())
    change = diff_fleet(build.fleet(*rows), build.fleet(*rows))
    assert change == FleetChange()
    assert not change


def test_what_changed_is_told_by_key() -> None:
    before = build.fleet(build.gitlab("1"), build.gitlab("2"), build.scale_set("a"), build.alert("A", "1"))
    after = build.fleet(
        build.gitlab("2", running_jobs=5),
        build.gitlab("3"),
        build.scale_set("a", max_runners=9),
        build.job_pod("job", "tok000003"),
    )
    change = diff_fleet(before, after)
    assert change.runners == KeyChange(
        added=frozenset({"prod/gitlab/3"}),
        changed=frozenset({"prod/gitlab/2", "prod/scaleset/arc/a"}),
        removed=frozenset({"prod/gitlab/1"}),
    )
    assert change.scale_sets.changed == {"prod/scaleset/arc/a"}
    assert change.pods.added == {"prod/pod/runners/job"}
    assert change.alerts.removed == {"prod/alert/1"}
    assert change.totals
    assert change


def test_a_pod_that_changes_changes_only_its_runner() -> None:
    rows: tuple[Row, ...] = (build.gitlab("1"), build.gitlab("2"))
    before = build.fleet(*rows, build.job_pod("job", "tok000001"))
    after = build.fleet(*rows, build.job_pod("job", "tok000001", containers=(build.container(cpu_limit=1.0),)))
    change = diff_fleet(before, after)
    assert change.pods.changed == {"prod/pod/runners/job"}
    assert change.runners.changed == {"prod/gitlab/1"}
    assert not change.totals


def test_the_first_picture_adds_everything() -> None:
    after = build.fleet(build.gitlab())
    change = diff_fleet(type(after)(), after)
    assert change.runners.added == {"prod/gitlab/7"}


def test_unjoined_things_are_noticed() -> None:
    assert diff_fleet(build.fleet(), build.fleet(build.listener("gone"))).unjoined


runners = st.dictionaries(st.integers(1, 8), st.integers(0, 2))


@given(before=runners, after=runners)
def test_the_change_leads_from_one_picture_to_the_other(before: dict[int, int], after: dict[int, int]) -> None:
    old, new = (
        build.fleet(*(build.gitlab(str(ident), running_jobs=jobs) for ident, jobs in each.items()))
        for each in (before, after)
    )
    change = diff_fleet(old, new).runners
    made = {key: runner for key, runner in old.runners.items() if key not in change.removed}
    made |= {key: new.runners[key] for key in change.added | change.changed}
    assert made == new.runners
    assert not change.added & old.runners.keys()
    assert all(old.runners[key] != new.runners[key] for key in change.changed)


def test_a_table_that_is_the_same_object_is_not_looked_at() -> None:
    fleet = build.fleet(build.gitlab(), build.alert())
    assert diff_fleet(fleet, fleet) == FleetChange()
