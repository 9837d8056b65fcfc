from __future__ import annotations

from collections.abc import Callable

import httpx
import msgspec
import pytest

from flywheel_tui.domain.errors import (
    BadAnswerError,
    ForbiddenError,
    MissingError,
    RateLimitedError,
    RefusedError,
    SourceError,
    UnauthorizedError,
    UnreachableError,
    UpstreamFailedError,
    UpstreamTimeoutError,
)
from flywheel_tui.sources import repeating
from flywheel_tui.sources.http import UpstreamClient
from flywheel_tui.sources.repeating import BrokenOffError, NotJsonError

PAUSES_S = (0.3, 1.0)
GOOD = httpx.Response(200, json=[1])

Answer = httpx.Response | Exception


@pytest.fixture(autouse=True)
def real_pauses(no_pauses: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses as they are: nobody waits here, the client is given a sleep that only notes them."""
    monkeypatch.setattr(repeating, "PAUSES_S", PAUSES_S)


class Upstream:
    """Gives the next answer of a script to each request."""

    def __init__(self, *answers: Answer, share: Callable[[], float] = lambda: 0.5) -> None:
        self.answers = list(answers)
        self.methods: list[str] = []
        self.slept: list[float] = []
        self.client = UpstreamClient(
            label="GitLab",
            base_url="https://gitlab.test",
            transport=httpx.MockTransport(self._answer),
            sleep=self._sleep,
            random_share=share,
        )

    async def read(self, method: str = "GET") -> list[int]:
        async def once() -> list[int]:
            response = await self.client.request(method, "/x")
            return self.client.decode(response.content, list[int])

        return await self.client.again(once)

    async def failure(self) -> SourceError:
        with pytest.raises(SourceError) as caught:
            await self.read()
        return caught.value

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.methods.append(request.method)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


PASSING: list[tuple[Answer, type[SourceError]]] = [
    (httpx.Response(500), UpstreamFailedError),
    (httpx.Response(502, html="<html>bad gateway</html>"), UpstreamFailedError),
    (httpx.Response(503), UpstreamFailedError),
    (httpx.Response(504), UpstreamFailedError),
    (httpx.Response(200, content=b"[1, 2"), NotJsonError),
    (httpx.Response(200, html="<!DOCTYPE html>"), NotJsonError),
    (httpx.RemoteProtocolError("peer closed connection"), BrokenOffError),
    (httpx.ReadError("connection reset by peer"), BrokenOffError),
]
FINAL: list[tuple[Answer, type[SourceError]]] = [
    (httpx.Response(400), RefusedError),
    (httpx.Response(401), UnauthorizedError),
    (httpx.Response(403), ForbiddenError),
    (httpx.Response(404), MissingError),
    (httpx.Response(429, headers={"Retry-After": "0"}), RateLimitedError),
    (httpx.Response(501), UpstreamFailedError),
    (httpx.Response(503, headers={"Retry-After": "30"}), UpstreamFailedError),
    (httpx.Response(200, json={"no": "list"}), BadAnswerError),
    (httpx.ReadTimeout("slow"), UpstreamTimeoutError),
    (httpx.ConnectError("refused"), UnreachableError),
]


@pytest.mark.parametrize(("answer", "kind"), PASSING)
async def test_what_fails_in_passing_is_asked_for_again_after_a_pause(answer: Answer, kind: type[SourceError]) -> None:
    upstream = Upstream(GOOD, answer, answer, GOOD)
    await upstream.read()
    assert await upstream.read() == [1]
    assert upstream.slept == list(PAUSES_S)
    assert (len(upstream.methods), upstream.client.budget.taken) == (4, 4), "repeating is within the budget"


@pytest.mark.parametrize(("answer", "kind"), PASSING)
async def test_the_third_failure_is_told_and_then_the_first_until_it_answers(
    answer: Answer, kind: type[SourceError]
) -> None:
    upstream = Upstream(GOOD, *[answer] * 4, GOOD, answer, GOOD)
    await upstream.read()
    assert type(await upstream.failure()) is kind
    assert len(upstream.methods) == 4
    assert type(await upstream.failure()) is kind
    assert len(upstream.methods) == 5, "it is down: polling decides when to try again"
    assert await upstream.read() == await upstream.read() == [1]
    assert len(upstream.methods) == 8


@pytest.mark.parametrize(("answer", "kind"), PASSING)
async def test_an_upstream_that_never_answered_is_asked_once(answer: Answer, kind: type[SourceError]) -> None:
    upstream = Upstream(answer)
    assert type(await upstream.failure()) is kind
    assert (len(upstream.methods), upstream.slept) == (1, [])


@pytest.mark.parametrize(("answer", "kind"), FINAL)
async def test_what_fails_for_good_is_told_at_once(answer: Answer, kind: type[SourceError]) -> None:
    upstream = Upstream(GOOD, answer)
    await upstream.read()
    assert type(await upstream.failure()) is kind
    assert (len(upstream.methods), upstream.slept) == (2, [])


@pytest.mark.parametrize(("share", "slept"), [(0.0, [0.15, 0.5]), (1.0, pytest.approx([0.45, 1.5]))])
async def test_pauses_differ_from_client_to_client(share: float, slept: list[float]) -> None:
    upstream = Upstream(GOOD, httpx.Response(502), httpx.Response(502), GOOD, share=lambda: share)
    await upstream.read()
    await upstream.read()
    assert upstream.slept == slept


async def test_a_wait_that_is_asked_for_is_kept_where_it_is_short() -> None:
    brief = httpx.Response(503, headers={"Retry-After": "1"})
    upstream = Upstream(GOOD, httpx.Response(502), brief, GOOD, share=lambda: 0.0)
    await upstream.read()
    assert await upstream.read() == [1]
    assert upstream.slept == [0.15, 1.0]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_a_request_of_its_own_is_never_repeated(method: str) -> None:
    upstream = Upstream(GOOD, httpx.Response(502))
    await upstream.read()
    with pytest.raises(UpstreamFailedError):
        await upstream.client.request(method, "/x")
    assert upstream.methods == ["GET", method]


async def test_a_bug_is_not_repeated() -> None:
    upstream = Upstream(GOOD, GOOD)
    await upstream.read()

    async def wrong() -> None:
        await upstream.client.request("GET", "/x")
        raise msgspec.ValidationError("ours")

    with pytest.raises(msgspec.ValidationError):
        await upstream.client.again(wrong)
    assert len(upstream.methods) == 2
