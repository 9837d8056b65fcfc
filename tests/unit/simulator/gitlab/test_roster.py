from __future__ import annotations

import pytest

from flywheel_tui.simulator.gitlab.liveness import Liveness
from flywheel_tui.simulator.gitlab.roster import Membership, Order, Roster, Selection
from flywheel_tui.simulator.world import World, actions
from flywheel_tui.simulator.world.model_forge import GitLabRunner, RunnerType
from flywheel_tui.simulator.world.views import persisted_contacted_at, runner_contacted_at


def ids(roster: Roster, selection: Selection, at: float) -> set[int]:
    return {row.id for row in roster.newest_first(selection, at)}


def test_orders_are_what_they_say(world: World) -> None:
    roster, at = Roster(world), world.now()

    def listed(order: Order) -> list[GitLabRunner]:
        return roster.ranked(Selection(), order, at).rows

    created = [row.created_at for row in listed(Order.CREATED_ASC)]
    assert created == sorted(created)
    assert listed(Order.CREATED_DESC) == listed(Order.CREATED_ASC)[::-1]
    contacted = [runner_contacted_at(world, row, at, persisted=True) for row in listed(Order.CONTACTED_DESC)]
    assert [each is None for each in contacted] == sorted((each is None for each in contacted), reverse=True)
    known = [each for each in contacted if each is not None]
    assert known == sorted(known, reverse=True)


@pytest.mark.parametrize("order", list(Order))
def test_every_order_lists_every_runner_once(world: World, order: Order) -> None:
    ranked = Roster(world).ranked(Selection(), order, world.now())
    assert sorted(row.id for row in ranked.rows) == sorted(world.gitlab_runners)
    assert ranked.keys == sorted(ranked.keys)


def test_membership_decides_what_a_group_lists(world: World) -> None:
    roster, at = Roster(world), world.now()
    runners = world.gitlab_runners.values()
    team = next(row.group for row in runners if row.group is not None)
    of_projects = {
        row.id
        for row in runners
        if any(world.gitlab_projects[each].full_path.startswith(f"{team}/") for each in row.projects)
    }
    direct = {row.id for row in runners if row.group == team}
    shared = {row.id for row in runners if row.type is RunnerType.INSTANCE}
    assert ids(roster, Selection(group=team, membership=Membership.DIRECT), at) == direct
    assert ids(roster, Selection(group=team), at) == direct | of_projects
    assert ids(roster, Selection(group=team, membership=Membership.ALL_AVAILABLE), at) == direct | shared
    assert ids(roster, Selection(group="acme"), at) == set(world.gitlab_runners) - shared
    assert ids(roster, Selection(group=team[:-1]), at) == set()


def test_a_project_uses_its_own_runners_those_above_and_the_shared_ones(world: World) -> None:
    roster, at = Roster(world), world.now()
    project = next(world.gitlab_projects[row.projects[0]] for row in world.gitlab_runners.values() if row.projects)
    wanted = {
        row.id
        for row in world.gitlab_runners.values()
        if project.id in row.projects
        or row.type is RunnerType.INSTANCE
        or (row.group is not None and project.full_path.startswith(f"{row.group}/"))
    }
    assert ids(roster, Selection(project=project.id), at) == wanted


def test_conditions_narrow_together(world: World) -> None:
    roster, at = Roster(world), world.now()
    some = next(row for row in world.gitlab_runners.values() if row.managers and row.creator is not None)
    assert some.creator is not None
    username = world.users[some.creator].username
    fitting = Selection(
        type=some.type, paused=some.paused, tags=some.tags, search=some.description[2:8].upper(),
        version_prefix=some.managers[0].version[:4], creator=some.creator, creator_name=username,
    )  # fmt: skip
    assert some.id in ids(roster, fitting, at)
    for misfit in (
        Selection(tags=(*some.tags, "no-such-tag")),
        Selection(search="no-such-text"),
        Selection(version_prefix="1.0"),
        Selection(creator=99),
        Selection(creator_name="nobody"),
    ):
        assert ids(roster, misfit, at) == set()
    assert ids(roster, Selection(search=some.token), at) == {some.id}


def test_filters_go_by_the_contact_that_the_database_has(world: World) -> None:
    roster, at = Roster(world), world.now()
    online = ids(roster, Selection(status=Liveness.ONLINE), at)
    assert online == {
        row.id
        for row in world.gitlab_runners.values()
        if any(persisted_contacted_at(world, manager, at) > at - 7200 for manager in row.managers)
    }


def test_a_change_shows_at_once(live_world: World) -> None:
    roster, at = Roster(live_world), live_world.now()
    before = ids(roster, Selection(paused=True), at)
    calm = next(ident for ident in live_world.gitlab_runners if ident not in before)
    actions.pause_gitlab_runner(live_world, calm, paused=True)
    assert ids(roster, Selection(paused=True), at) == before | {calm}
    actions.delete_gitlab_runner(live_world, calm)
    assert ids(roster, Selection(paused=True), at) == before
