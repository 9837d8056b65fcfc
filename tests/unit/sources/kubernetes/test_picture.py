"""Which rows make the picture, and that unchanged tables stay the same objects."""

from __future__ import annotations

import json

import msgspec

from flywheel_tui.domain.workload import Event, Pod, Quota
from flywheel_tui.sources.kubernetes.listing import Reader
from flywheel_tui.sources.kubernetes.picture import Picture
from flywheel_tui.sources.kubernetes.resources import RESOURCES
from flywheel_tui.sources.kubernetes.shelf import Shelf, Standing
from tests.unit.sources.kubernetes.objects import Json, event, job_pod, pod, quota

BY_NOUN = {resource.noun: resource for resource in RESOURCES}


def shelf_of(noun: str, *items: Json, namespace: str | None = None, named: frozenset[str] = frozenset()) -> Shelf:
    resource, reader = BY_NOUN[noun], Reader("prod", named)
    shelf = Shelf(resource, namespace)
    for item in items:
        put(shelf, item, reader)
    return shelf


def put(shelf: Shelf, item: Json, reader: Reader | None = None) -> None:
    reader = reader or Reader("prod", frozenset())
    found = msgspec.json.decode(json.dumps(item), type=shelf.resource.form)
    shelf.put(reader.key(shelf.resource, found.metadata), reader.row(shelf.resource, found))


def test_events_and_quotas_are_kept_where_the_fleet_lives() -> None:
    pods = shelf_of("pod", job_pod("a", "builds"), pod("web", "shop"))
    events = shelf_of("event", event("e", "builds"), event("f", "shop"), event("g", "systems"))
    tables = Picture((pods, events), frozenset({"systems"})).tables()
    assert list(tables[Pod]) == ["prod/pod/builds/a"]
    assert sorted(tables[Event]) == ["prod/event/builds/e", "prod/event/systems/g"]


def test_a_namespace_that_is_empty_between_two_jobs_stays_the_fleets() -> None:
    pods, quotas = shelf_of("pod", job_pod("a", "builds")), shelf_of("quota", quota("q", "builds"))
    picture = Picture((pods, quotas), frozenset())
    assert list(picture.tables()[Quota]) == ["prod/quota/builds/q"]
    pods.put("prod/pod/builds/a", None)
    tables = picture.tables()
    assert tables[Pod] == {}
    assert list(tables[Quota]) == ["prod/quota/builds/q"]


def test_shelves_of_several_namespaces_make_one_table() -> None:
    named = frozenset({"a", "b"})
    shelves = [shelf_of("pod", pod("p", name), namespace=name, named=named) for name in ("a", "b")]
    assert sorted(Picture(shelves, named).tables()[Pod]) == ["prod/pod/a/p", "prod/pod/b/p"]


def test_an_unchanged_table_is_the_same_object_and_a_changed_one_leaves_the_old_alone() -> None:
    pods, events = shelf_of("pod", job_pod("a", "builds")), shelf_of("event", event("e", "builds"))
    picture = Picture((pods, events), frozenset())
    first = picture.tables()
    put(pods, job_pod("b", "builds"))
    second = picture.tables()
    assert second[Event] is first[Event]
    assert list(first[Pod]) == ["prod/pod/builds/a"]
    assert list(second[Pod]) == ["prod/pod/builds/a", "prod/pod/builds/b"]
    pods.put("prod/pod/builds/b", second[Pod]["prod/pod/builds/b"])
    assert picture.tables()[Pod] is second[Pod]


def test_a_shelf_that_closes_empties_its_table() -> None:
    pods = shelf_of("pod", job_pod("a", "builds"))
    picture = Picture((pods,), frozenset())
    assert len(picture.tables()[Pod]) == 1
    assert pods.close(Standing.DENIED)
    assert picture.tables() == {Pod: {}}
