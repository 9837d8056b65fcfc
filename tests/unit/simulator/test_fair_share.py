"""One upstream whose answers take long leaves the others their share of the loop."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from flywheel_tui.simulator.fair_share import Counted, FairShare, Traffic


class Loop:
    """A clock that goes on where somebody works or waits."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waited = 0.0

    def timer(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waited += seconds
        await asyncio.sleep(0)


async def _receive() -> dict[str, object]:
    return {}


async def _send(message: object) -> None:
    del message


async def _quick(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive, send


class Long:
    """An app that works for some seconds, or fails."""

    def __init__(self, loop: Loop, seconds: float) -> None:
        self.loop = loop
        self.seconds = seconds
        self.inside = 0
        self.most = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.loop.now += self.seconds
        await asyncio.sleep(0)
        self.inside -= 1
        if scope.get("fails"):
            raise RuntimeError("broken")


@pytest.mark.parametrize(("took", "waits"), [(1.0, 1.0), (30.0, 2.0)])
async def test_while_others_ask_it_waits_as_long_as_it_took_but_not_for_ever(took: float, waits: float) -> None:
    loop = Loop()
    traffic = Traffic(loop.timer)
    others, share = Counted(_quick, traffic), FairShare(Long(loop, took), traffic, sleep=loop.sleep)
    await share({}, _receive, _send)
    assert loop.waited == 0

    async def busy(seconds: float) -> None:
        await others({}, _receive, _send)
        await loop.sleep(seconds)

    share._sleep = busy
    await others({}, _receive, _send)
    await share({}, _receive, _send)
    assert loop.waited == pytest.approx(waits, abs=0.02)


async def test_it_waits_no_longer_once_the_others_are_quiet() -> None:
    loop = Loop()
    traffic = Traffic(loop.timer)
    others, share = Counted(_quick, traffic), FairShare(Long(loop, 2.0), traffic, sleep=loop.sleep)
    await share({}, _receive, _send)
    await others({}, _receive, _send)
    await share({}, _receive, _send)
    assert 0 < loop.waited < 0.5
    before = loop.waited
    await share({}, _receive, _send)
    assert loop.waited == before


async def test_it_answers_one_after_another_even_after_a_failure() -> None:
    loop = Loop()
    app = Long(loop, 1.0)
    share = FairShare(app, Traffic(loop.timer), sleep=loop.sleep)
    with pytest.raises(RuntimeError):
        await share({"fails": True}, _receive, _send)
    await asyncio.gather(*(share({}, _receive, _send) for _ in range(5)))
    assert app.most == 1
    assert loop.now == 106.0
