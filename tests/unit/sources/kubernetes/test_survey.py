"""The first look: the whole cluster, or what the rights leave of it."""

from __future__ import annotations

import pytest

from flywheel_tui.config.settings import KubernetesSettings
from flywheel_tui.domain.errors import MissingError, SourceError, UpstreamFailedError
from flywheel_tui.sources.kubernetes.findings import findings_of
from flywheel_tui.sources.kubernetes.listing import Reader
from flywheel_tui.sources.kubernetes.resources import RESOURCES
from flywheel_tui.sources.kubernetes.shelf import Shelf, Standing
from flywheel_tui.sources.kubernetes.survey import homes, survey, together
from tests.unit.sources.kubernetes.fake_apiserver import ARC_KINDS, PATHS, FakeApiserver, status
from tests.unit.sources.kubernetes.objects import listener, pod, scale_set
from tests.unit.sources.kubernetes.stage import InstantTime, client_of, respond

SETTINGS = KubernetesSettings(namespaces=("runners", "arc-runners"), controller_namespace="arc-systems")
NOWHERE = KubernetesSettings(namespaces=(), controller_namespace="")


async def look(server: FakeApiserver, settings: KubernetesSettings = SETTINGS) -> tuple[Shelf, ...]:
    time = InstantTime()
    reader = Reader("prod", frozenset(settings.namespaces))
    return await survey(client_of(server, time), settings, reader, sleep=time.sleep)


def texts(shelves: tuple[Shelf, ...], settings: KubernetesSettings = SETTINGS) -> list[tuple[str, str, bool]]:
    return [(finding.code, finding.text, finding.limits) for finding in findings_of(shelves, settings)]


async def test_a_whole_cluster_takes_one_list_a_resource_and_finds_nothing_amiss() -> None:
    server = FakeApiserver()
    server.put(scale_set(), listener())
    shelves = await look(server)
    assert [(shelf.resource.noun, shelf.namespace) for shelf in shelves] == [(r.noun, None) for r in RESOURCES]
    assert sorted(server.paths()) == sorted(PATHS.values())
    assert texts(shelves) == []


async def test_without_the_right_to_the_whole_cluster_the_namespaces_are_listed_and_it_says_so() -> None:
    server = FakeApiserver()
    server.denied |= {PATHS["Pod"], PATHS["AutoscalingListener"], PATHS["ResourceQuota"]}
    server.put(pod("a", "runners"), pod("b", "elsewhere"), listener())
    shelves = await look(server)
    seen = {(shelf.resource.noun, shelf.namespace): sorted(shelf.rows) for shelf in shelves}
    assert seen["pod", "runners"] == ["prod/pod/runners/a"]
    assert ("pod", None) not in seen
    assert seen["listener", "arc-systems"] == ["prod/listener/arc-systems/linux-1-listener"]
    assert {namespace for noun, namespace in seen if noun == "pod"} == {"runners", "arc-runners", "arc-systems"}
    assert {namespace for noun, namespace in seen if noun == "quota"} == {"runners", "arc-runners"}
    assert texts(shelves) == [
        (
            "fallback",
            "May not list pods, resourcequotas, autoscalinglisteners in the whole cluster: "
            "shown for runners, arc-runners, arc-systems only.",
            False,
        )
    ]


async def test_a_namespace_without_rights_is_named_and_the_others_go_on() -> None:
    server = FakeApiserver()
    server.denied |= {PATHS["Pod"], "/api/v1/namespaces/runners/pods"}
    server.put(pod("a", "runners"), pod("b", "arc-runners"))
    shelves = await look(server)
    assert [key for shelf in shelves for key in shelf.rows] == ["prod/pod/arc-runners/b"]
    assert ("missing_right", "May not list pods in namespace runners.", True) in texts(shelves)


async def test_with_no_namespaces_to_fall_back_to_the_right_is_missing() -> None:
    server = FakeApiserver()
    server.denied |= {PATHS["Pod"], PATHS["CronJob"]}
    shelves = await look(server, NOWHERE)
    assert texts(shelves, NOWHERE) == [("missing_right", "May not list pods, cronjobs in the whole cluster.", True)]
    (finding,) = findings_of(shelves, NOWHERE)
    assert "namespaces = […]" in finding.next_step


async def test_with_the_controllers_namespace_alone_the_fallback_limits_the_picture() -> None:
    server = FakeApiserver()
    server.denied.add(PATHS["Pod"])
    settings = KubernetesSettings()
    assert texts(await look(server, settings), settings) == [
        ("fallback", "May not list pods in the whole cluster: shown for arc-systems only.", True)
    ]


async def test_a_cluster_without_arc_says_so_once_and_is_whole() -> None:
    server = FakeApiserver()
    server.absent |= set(ARC_KINDS)
    shelves = await look(server)
    assert {shelf.resource.noun for shelf in shelves if shelf.standing is Standing.ABSENT} == {
        "scaleset",
        "ephemeralrunnerset",
        "ephemeralrunner",
        "listener",
    }
    assert texts(shelves) == [
        ("not_installed", "The Actions Runner Controller is not installed in this cluster.", False)
    ]


async def test_single_kinds_that_are_not_served_are_named() -> None:
    server = FakeApiserver()
    server.absent |= {"HorizontalPodAutoscaler", "EphemeralRunner"}
    assert texts(await look(server)) == [
        ("not_installed", "This cluster does not serve ephemeralrunners, horizontalpodautoscalers.", False)
    ]


async def test_a_server_without_pods_is_no_cluster() -> None:
    server = FakeApiserver()
    server.absent.add("Pod")
    with pytest.raises(MissingError):
        await look(server)


async def test_a_server_that_fails_fails_the_look() -> None:
    server = FakeApiserver()
    server.answers[PATHS["Event"]].append(respond(503, status(503, "ServiceUnavailable", "etcd is down")))
    with pytest.raises(UpstreamFailedError, match="etcd is down"):
        await look(server)


async def test_objects_that_cannot_be_read_are_counted() -> None:
    server = FakeApiserver()
    odd = pod("odd")
    odd["spec"] = 5
    server.put(odd, pod("good"))
    assert texts(await look(server)) == [("unreadable", "1 of pods cannot be understood and is left out.", True)]


def test_watching_without_the_right_is_told() -> None:
    shelf = Shelf(RESOURCES[0])
    assert shelf.allow_watching(False)
    assert not shelf.allow_watching(False)
    assert texts((shelf,)) == [("missing_right", "May list pods but not watch: read anew now and then instead.", False)]


def test_homes_are_named_once() -> None:
    settings = KubernetesSettings(namespaces=("a", "a", "sys"), controller_namespace="sys")
    by_noun = {resource.noun: homes(resource, settings) for resource in RESOURCES}
    assert by_noun["pod"] == ("a", "sys")
    assert by_noun["scaleset"] == ("a", "sys")
    assert by_noun["listener"] == ("sys",)


async def test_a_bug_is_not_taken_for_a_failure_of_the_cluster() -> None:
    async def fail(error: Exception) -> None:
        raise error

    with pytest.raises(ExceptionGroup) as raised:
        await together([fail(SourceError("expected")), fail(ValueError("a bug"))])
    assert raised.group_contains(ValueError, match="a bug")


def test_a_namespace_in_a_path_is_quoted() -> None:
    assert RESOURCES[0].path("../secrets") == "/api/v1/namespaces/..%2Fsecrets/pods"
