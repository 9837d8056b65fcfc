"""Lists: pages to the end, tokens that run out, odd objects among good ones."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.errors import BadAnswerError, SourceError, UnreachableError, UpstreamFailedError
from flywheel_tui.sources.kubernetes import listing as module
from flywheel_tui.sources.kubernetes.client import GoneError
from flywheel_tui.sources.kubernetes.listing import Listing, Reader, list_all, read_page
from flywheel_tui.sources.kubernetes.resources import RESOURCES, Resource
from tests.unit.sources.kubernetes.fake_apiserver import PATHS, FakeApiserver, status
from tests.unit.sources.kubernetes.objects import Json, event, job_pod, manager_pod, pod
from tests.unit.sources.kubernetes.stage import InstantTime, client_of, respond

BY_NOUN = {resource.noun: resource for resource in RESOURCES}
PODS = BY_NOUN["pod"]
READER = Reader("prod", frozenset({"runners"}))
GONE = status(410, "Expired", "The provided continue parameter is too old")


async def read_all(
    server: FakeApiserver, resource: Resource = PODS, namespace: str | None = None, reader: Reader = READER
) -> Listing:
    time = InstantTime()
    return await list_all(client_of(server, time), resource, namespace, reader, sleep=time.sleep)


def names(listing: Listing) -> list[str]:
    return [key.rpartition("/")[2] for key in listing.rows]


def page_of(*items: Json, version: str = "7", token: str = "") -> Json:
    about = {"resourceVersion": version, "continue": token} if token else {"resourceVersion": version}
    return {"kind": "PodList", "metadata": about, "items": list(items)}


async def test_pages_are_read_to_the_end() -> None:
    server = FakeApiserver()
    server.put(*(pod(f"p{number:03}") for number in range(7)))
    server.page_limit = 3
    listing = await read_all(server)
    assert names(listing) == [f"p{number:03}" for number in range(7)]
    assert (listing.pages, listing.version) == (3, str(server.version))
    assert [request.url.params.get("continue") for request in server.requests] == [None, "3", "6"]
    assert {request.url.params["limit"] for request in server.requests} == {"250"}


async def test_nothing_at_all_is_an_empty_list() -> None:
    server = FakeApiserver()
    server.answers[PATHS["Pod"]].append(respond(200, {"metadata": {"resourceVersion": "5"}, "items": None}))
    listing = await read_all(server)
    assert (listing.rows, listing.version) == ({}, "5")


async def test_a_namespace_and_a_selector_go_into_the_question() -> None:
    server = FakeApiserver()
    server.put(event("a", "runners"), event("b", "elsewhere"))
    listing = await read_all(server, BY_NOUN["event"], "runners")
    assert names(listing) == ["a"]
    (request,) = server.requests
    assert request.url.path == "/api/v1/namespaces/runners/events"
    assert request.url.params["fieldSelector"] == "type=Warning"


async def test_of_a_whole_cluster_only_the_fleets_pods_are_kept() -> None:
    server = FakeApiserver()
    server.put(pod("web", "shop"), job_pod("job", "shop"), pod("cache", "runners"), manager_pod("m", "elsewhere"))
    assert sorted(names(await read_all(server))) == ["cache", "job", "m"]


async def test_a_token_that_runs_out_starts_the_list_again() -> None:
    server = FakeApiserver()
    server.put(pod("new"))
    answers = server.answers[PATHS["Pod"]]
    answers.append(respond(200, page_of(pod("old"), token="t")))
    answers.append(respond(410, GONE))
    listing = await read_all(server)
    assert names(listing) == ["new"]
    assert [request.url.params.get("continue") for request in server.requests] == [None, "t", None]


async def test_a_list_that_always_runs_out_is_given_up() -> None:
    server = FakeApiserver()
    for _ in range(9):
        server.answers[PATHS["Pod"]].append(respond(410, GONE))
    with pytest.raises(GoneError):
        await read_all(server)
    assert len(server.requests) == 3


FAILURES: dict[str, tuple[httpx.Response | Exception, type[SourceError]]] = {
    "server error": (respond(500, status(500, "InternalError", "etcdserver: request timed out")), UpstreamFailedError),
    "cut off": (httpx.RemoteProtocolError("peer closed connection"), UnreachableError),
    "half a page": (httpx.Response(200, content=b'{"kind": "PodList", "items": [{"meta'), BadAnswerError),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_page_that_fails_in_passing_is_asked_for_again_by_the_same_token(failure: str) -> None:
    server = FakeApiserver()
    answers = server.answers[PATHS["Pod"]]
    answers.append(respond(200, page_of(pod("a"), token="t")))
    answers.append(FAILURES[failure][0])
    answers.append(respond(200, page_of(pod("b"))))
    listing = await read_all(server)
    assert (names(listing), listing.pages) == (["a", "b"], 2)
    assert [request.url.params.get("continue") for request in server.requests] == [None, "t", "t"]


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_page_that_fails_three_times_ends_the_list(failure: str) -> None:
    server = FakeApiserver()
    answers = server.answers[PATHS["Pod"]]
    answers.append(respond(200, page_of(pod("a"), token="t")))
    answers.extend([FAILURES[failure][0]] * 3)
    with pytest.raises(FAILURES[failure][1]):
        await read_all(server)
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "answer",
    [
        FAILURES["server error"][0],
        respond(429, status(429, "TooManyRequests", "slow down")),
        respond(403, status(403, "Forbidden", "no")),
    ],
)
async def test_a_first_page_that_fails_is_told_at_once(answer: httpx.Response) -> None:
    server = FakeApiserver()
    server.answers[PATHS["Pod"]].append(answer)
    with pytest.raises(SourceError):
        await read_all(server)
    assert len(server.requests) == 1


@pytest.mark.parametrize("endless", [True, False])
async def test_a_list_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch, endless: bool) -> None:
    monkeypatch.setattr(module, "MAX_PAGES", 4)
    server = FakeApiserver()
    for number in range(9):
        server.answers[PATHS["Pod"]].append(respond(200, page_of(token=f"t{number}" if endless else "t")))
    with pytest.raises(BadAnswerError, match="does not end"):
        await read_all(server)
    assert len(server.requests) == (4 if endless else 2)


async def test_one_odd_object_leaves_the_others() -> None:
    server = FakeApiserver()
    odd = pod("odd")
    odd["status"]["containerStatuses"][0]["restartCount"] = "many"
    server.put(pod("a"), odd, pod("z"))
    listing = await read_all(server)
    assert names(listing) == ["a", "z"]
    assert listing.unreadable == {"prod/pod/runners/odd"}
    assert listing.version == str(server.version)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>login</html>",
        b'{"metadata": {"resourceVersion": "1"}, "items": [',
        b'{"items": []}',
        b'{"metadata": {}, "items": []}',
        b'{"metadata": {"resourceVersion": "1"}, "items": {}}',
        b'{"metadata": {"resourceVersion": "1"}, "items": [{}]}',
        b'{"metadata": {"resourceVersion": "1"}, "items": [5]}',
        b'{"metadata": {"resourceVersion": 1}, "items": []}',
        b"[]",
        b"null",
        b'{"metadata": {"resourceVersion": "\xff"}}',
    ],
)
async def test_what_is_no_list_is_a_bad_answer(body: bytes) -> None:
    server = FakeApiserver()
    server.answers[PATHS["Pod"]].append(httpx.Response(200, content=body))
    with pytest.raises(BadAnswerError, match="list of pods"):
        await read_all(server)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists, max_leaves=5))
async def test_any_field_of_any_type_is_a_row_or_a_bad_answer_and_never_a_crash(value: Any) -> None:  # noqa: ANN401
    for field in ("metadata", "spec", "status"):
        item = {**pod("odd"), field: value}
        server = FakeApiserver()
        server.answers[PATHS["Pod"]].append(respond(200, page_of(pod("a"), item)))
        try:
            listing = await read_all(server)
        except BadAnswerError:
            assert field == "metadata"
        else:
            assert "a" in names(listing)
            assert ("prod/pod/runners/odd" in listing.unreadable) is (value is not None)


async def test_pages_are_decoded_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def watched(*arguments: Any) -> Any:  # noqa: ANN401 - passes everything on
        threads.append(threading.current_thread())
        return read_page(*arguments)

    monkeypatch.setattr(module, "read_page", watched)
    server = FakeApiserver()
    server.put(pod("a"))
    assert names(await read_all(server)) == ["a"]
    assert threads
    assert threading.main_thread() not in threads


async def test_endless_nesting_is_a_bad_answer() -> None:
    server = FakeApiserver()
    server.answers[PATHS["Pod"]].append(httpx.Response(200, content=b'{"kind":' + b"[" * 100_000))
    with pytest.raises(BadAnswerError, match="not JSON"):
        await read_all(server)


async def test_a_time_without_a_zone_makes_its_object_unreadable() -> None:
    server = FakeApiserver()
    odd = pod("odd")
    odd["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00"
    server.put(pod("a"), odd)
    listing = await read_all(server)
    assert names(listing) == ["a"]
    assert listing.unreadable == {"prod/pod/runners/odd"}
