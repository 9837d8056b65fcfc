"""Pages, watches, and the errors they end in."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.domain.errors import (
    BadAnswerError,
    ForbiddenError,
    RateLimitedError,
    SourceError,
    UnauthorizedError,
    UnreachableError,
    UpstreamFailedError,
    UpstreamTimeoutError,
)
from flywheel_tui.sources.kubernetes import client as module
from flywheel_tui.sources.kubernetes.client import GoneError
from tests.unit.sources.kubernetes.fake_apiserver import PATHS, End, FakeApiserver, status
from tests.unit.sources.kubernetes.stage import StageTime, client_of, respond

PODS = PATHS["Pod"]
WATCH = {"watch": "1", "resourceVersion": "1"}


async def lines_of(server: FakeApiserver, time: StageTime | None = None) -> list[bytes]:
    client = client_of(server, time or StageTime())
    async with client.watch(PODS, WATCH, silence_s=90.0) as lines:
        return [line async for line in lines]


async def test_a_watch_gives_its_lines_however_they_are_cut() -> None:
    server = FakeApiserver()
    server.scripts[PODS].append([b'{"a"', b":1}\n{", b'"b":"x\xe2\x80\xa8y"}\n\n', b'{"c":1}\n{"half', End])
    assert await lines_of(server) == [b'{"a":1}', b'{"b":"x\xe2\x80\xa8y"}', b'{"c":1}']


@given(st.lists(st.binary(max_size=8).map(lambda part: part.replace(b"\n", b"")), max_size=6), st.data())
async def test_cutting_never_changes_what_is_read(parts: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(part + b"\n" for part in parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    edges = [0, *cuts, len(whole)]
    server = FakeApiserver()
    server.scripts[PODS].append([*(whole[a:b] for a, b in pairwise(edges) if a < b), End])
    assert await lines_of(server) == [part for part in parts if part]


@pytest.mark.parametrize(
    ("broken", "expected", "sentence"),
    [
        (httpx.ReadTimeout("x"), UpstreamTimeoutError, "said nothing on a watch for 90 s"),
        (httpx.RemoteProtocolError("peer closed connection"), UnreachableError, "peer closed connection"),
        (httpx.ReadError(""), UnreachableError, "ReadError"),
    ],
)
async def test_a_watch_that_breaks_gives_what_came_before(
    broken: Exception, expected: type[SourceError], sentence: str
) -> None:
    server = FakeApiserver()
    server.scripts[PODS].append([b'{"a":1}\n{"half', broken])
    client = client_of(server, StageTime())
    read: list[bytes] = []

    async def read_all() -> None:
        async with client.watch(PODS, WATCH, silence_s=90.0) as lines:
            async for line in lines:
                read.append(line)  # noqa: PERF401 - what came before the break counts

    with pytest.raises(expected, match=sentence):
        await read_all()
    assert read == [b'{"a":1}']
    assert server.open_feeds("Pod") == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (respond(401, status(401, "Unauthorized", "Unauthorized")), UnauthorizedError),
        (respond(403, status(403, "Forbidden", "pods is forbidden")), ForbiddenError),
        (respond(410, status(410, "Expired", "too old")), GoneError),
        (respond(429, {}, **{"Retry-After": "7"}), RateLimitedError),
        (respond(503, status(503, "ServiceUnavailable", "etcd")), UpstreamFailedError),
        (httpx.ConnectError("refused"), UnreachableError),
        (httpx.ConnectTimeout("slow"), UpstreamTimeoutError),
    ],
)
async def test_a_watch_that_is_refused_says_why(
    answer: httpx.Response | Exception, expected: type[SourceError]
) -> None:
    server = FakeApiserver()
    server.answers[PODS].append(answer)
    with pytest.raises(expected) as raised:
        await lines_of(server)
    assert isinstance(raised.value, SourceError)
    if expected is RateLimitedError:
        assert raised.value.retry_after == 7


async def test_the_servers_words_are_cleaned() -> None:
    server = FakeApiserver()
    server.answers[PODS].append(respond(403, status(403, "Forbidden", "no \x1b[31mway\x1b[0m")))
    with pytest.raises(ForbiddenError, match=r"refuses access \(no way\)"):
        await client_of(server, StageTime()).page(PODS, {})


async def test_an_endless_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE_BYTES", 10)
    server = FakeApiserver()
    server.scripts[PODS].append([b"x" * 8, b"x" * 8])
    with pytest.raises(BadAnswerError, match="watch event of over"):
        await lines_of(server)


async def test_watches_and_pages_count_against_the_budget() -> None:
    server, time = FakeApiserver(), StageTime()
    server.scripts[PODS].append([End])
    client = client_of(server, time)
    await client.page(PODS, {"limit": "1"})
    async with client.watch(PODS, WATCH, silence_s=1.0) as lines:
        assert [line async for line in lines] == []
    assert client.budget.taken == 2


async def test_the_servers_clock_is_known_from_its_last_answer() -> None:
    time = StageTime()
    server = FakeApiserver(clock=lambda: time.now + timedelta(minutes=3))
    client = client_of(server, time)
    assert client.server_time is None
    await client.page(PODS, {"limit": "1"})
    time.now += timedelta(hours=2)
    assert client.server_time == time.now + timedelta(minutes=3)


async def test_a_question_for_the_version_that_fails_in_passing_is_asked_again() -> None:
    server = FakeApiserver()
    client = client_of(server, StageTime())
    told = (await client.version()).git_version
    server.answers["/version"].extend([respond(500, {}), httpx.Response(200, content=b'{"gitVer')])
    assert (await client.version()).git_version == told
    assert len(server.requests) == 4
