"""The process of the simulator: one world, five upstreams and the controls on loopback, until it is told to end."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from flywheel_tui.simulator.control import build_control
from flywheel_tui.simulator.credentials import Credentials, fresh_credentials
from flywheel_tui.simulator.faults import Upstream, Weather, plan_of
from flywheel_tui.simulator.handover import write_handover
from flywheel_tui.simulator.server import Service
from flywheel_tui.simulator.upstreams import behind_gates, build_upstreams
from flywheel_tui.simulator.world import DEFAULT_RUNNERS, DEFAULT_SEED, SCENARIOS, build_world
from flywheel_tui.simulator.world.world import World

PATIENCE = 2.0  # seconds from a signal to the end at the latest
# How many new objects make the collector look for cycles. An answer about 10,000 runners makes a million objects
# without any: to search them at the usual rate takes more time than the answer itself.
_COLLECTING = (1_000_000, 10, 100)
TICK = 0.25  # seconds between two steps of the world while nobody asks: watches live by it


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM, SIGINT or (with --until-eof) the end of standard input; return the exit code."""
    options = _options(argv)
    ending = Ending()
    before = {number: signal.signal(number, ending.heard) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        world = build_world(options.scenario, options.runners, options.seed)
        gc.freeze()  # the collector need not look through millions of records that stay
        gc.set_threshold(*_COLLECTING)
        asyncio.run(serve(world, options, ending))
    except OSError as error:
        sys.stderr.write(f"simulator: cannot listen: {error.strerror or error}\n")
        return 1
    except SystemExit as leaving:
        return int(leaving.code or 0)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


class Ending:
    """The end of the process: at once while there is no event loop yet, in order afterwards, but never late."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self.event = asyncio.Event()

    def attend(self) -> None:
        """From now on the running event loop ends in order."""
        self._loop = asyncio.get_running_loop()

    def heard(self, number: int, frame: FrameType | None) -> None:
        """Take a signal."""
        if self._loop is None:
            raise SystemExit(0)
        self._loop.call_soon_threadsafe(self.event.set)
        # Nothing is kept, so nothing is lost when an answer in the making holds the event loop up.
        late = threading.Timer(PATIENCE, os._exit, (0,))
        late.daemon = True
        late.start()


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="flywheel simulate", description="Serve a simulated fleet on loopback.")
    parser.add_argument("--scenario", choices=SCENARIOS, default="calm")
    parser.add_argument("--runners", type=_amount, default=DEFAULT_RUNNERS, help="rows that a console shows")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--port", type=int, default=0, help="first of six ports; 0: any free ones")
    parser.add_argument("--config-out", type=Path, default=None, metavar="FILE", help="write a ready configuration")
    parser.add_argument(
        "--without", action="append", default=[], metavar="RESOURCE",
        help="a resource that the cluster does not serve (autoscalingrunnersets, metrics.k8s.io, ...)",
    )  # fmt: skip
    parser.add_argument("--until-eof", action="store_true", help="end when standard input does: with the parent")
    return parser.parse_args(argv)


def _amount(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("the number of runners is 0 or more")
    return value


async def serve(world: World, options: argparse.Namespace, ending: Ending) -> None:
    """Serve a world until it is time to end.

    Args:
        world: The world.
        options: See `main`.
        ending: Says when it is time.

    Raises:
        OSError: If a port is taken.
    """
    ending.attend()
    loop = asyncio.get_running_loop()
    if options.until_eof:
        loop.add_reader(sys.stdin.fileno(), _until_eof, loop, ending.event)
    credentials = fresh_credentials()
    weather = Weather(world.seed, plan_of(world.scenario))
    apps = behind_gates(build_upstreams(world, credentials, frozenset(options.without)), weather, world)
    ports = {upstream: options.port + place if options.port else 0 for place, upstream in enumerate(Upstream)}
    services = {upstream: Service(app, ports[upstream]) for upstream, app in apps.items()}
    control_app = build_control(world, weather, services, credentials.control)
    control = Service(control_app, options.port + len(services) if options.port else 0)
    every = [*services.values(), control]
    try:
        for service in every:
            await service.start()
        _announce(world, services, control, credentials, options.config_out)
        while not ending.event.is_set():
            world.now()
            try:
                await asyncio.wait_for(ending.event.wait(), TICK)
            except TimeoutError:
                continue
    finally:
        await asyncio.gather(*(service.stop() for service in every))


def _until_eof(loop: asyncio.AbstractEventLoop, ending: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        loop.remove_reader(sys.stdin.fileno())
        ending.set()


def _announce(
    world: World,
    services: dict[Upstream, Service],
    control: Service,
    credentials: Credentials,
    config: Path | None,
) -> None:
    urls = {upstream: service.url for upstream, service in services.items()}
    if config is not None:
        write_handover(config, world, credentials, urls, control.url)
    lines = [f"{upstream.value:<13} {url}" for upstream, url in urls.items()]
    lines.append(f"{'control':<13} {control.url}/simulator/state")
    lines.append(
        f"{'configuration':<13} {config}" if config is not None else "no configuration written: --config-out FILE"
    )
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Taking a large world apart object by object takes seconds, and nobody is left to need it.
    os._exit(code)
