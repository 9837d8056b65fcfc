"""Fixtures of the real tier: servers that nobody here wrote, each in a process of its own, on loopback only.

`make test-real` puts the programs into a cache folder (scripts/install-real-servers) and runs this folder. Without the
programs a test here skips and says so; with CI=true it fails. Every test here carries the marker `real`.

Shared by the whole session, started when the first test asks (an apiserver takes some seconds, the others one):

    etcd             Etcd            .url  .compact()
    kube_apiserver   KubeApiserver   .url  .kubeconfig (administrator)  .client()  .create(path, object)  .kubectl(...)
    arc_crds         KubeApiserver   the same server, with the four ARC kinds served
    namespace        str             a new namespace of kube_apiserver for one test

A test that stops its server, or needs one without the ARC kinds, takes its own (same etcd, nothing shared):

    def test_survives_a_restart(start_kube_apiserver):
        server = start_kube_apiserver()
        server.stop()            # or stop(kill=True), as a crash would
        server.start()           # same port, certificates and objects
        install_definitions(server, contracts)   # the ARC kinds on a server of one's own (servers/arc.py)

History that is gone (410 `Expired`, for an old `continue` token and for a watch from an old resource version): list,
change something, `etcd.compact()`, then stop and start the apiserver, which would else answer from its own memory.

Rights, for the 403 path; the account has a `token` and a `kubeconfig`:

    create_service_account(kube_apiserver, namespace=namespace, name="reader", rules=[
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]}])

A kubeconfig of another kind: `kube_apiserver.write_kubeconfig("by-file", {"tokenFile": str(path)})`.

Factories; each call starts a server of its own, ended with the session or by `.process.stop()`:

    manager = alertmanager()                                       .url  .get("/alerts")  .fire({"alertname": "Full"})
    server = prometheus([ScrapeTarget("simulator", url)],          .url  .query("up")  .wait_for("up == 1")
                        rules=[{"name": "fleet", "rules": [...]}], alertmanagers=[manager])

What happens in another process takes its time: `waiting.wait_for("what", look)` polls with a limit; nothing else
sleeps. A server's data, certificates and log are in pytest's temporary folder of the session (kept for the last three
sessions), and the end of each log is part of a failed test's report.
"""

import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from tests.real.servers.alertmanager import Alertmanager
from tests.real.servers.arc import install_definitions
from tests.real.servers.etcd import Etcd
from tests.real.servers.kube_apiserver import KubeApiserver
from tests.real.servers.process import ServerProcess
from tests.real.servers.prometheus import Prometheus, RuleGroup, ScrapeTarget

TIMEOUT_SECONDS = 180  # of one test: the first one starts its servers, on a machine that may be busy


class ServerRoom:
    """The servers of one session: a folder for each, and the order to end them in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self.processes: list[ServerProcess] = []

    def folder(self, name: str) -> Path:
        """A new empty folder for a server."""
        folder = self._folder / f"{name}-{next(self._numbers)}"
        folder.mkdir()
        return folder

    def start(self, process: ServerProcess) -> None:
        """Starts a server that is ended with the session."""
        self.processes.append(process)
        process.start()

    def close(self) -> None:
        """Ends the servers, the last one first: an apiserver before its etcd."""
        for process in reversed(self.processes):
            process.stop()


class StartPrometheus(Protocol):
    """Starts a Prometheus: see the fixture `prometheus`."""

    def __call__(
        self,
        scrape_targets: Sequence[ScrapeTarget],
        *,
        rules: Sequence[RuleGroup] = ...,
        alertmanagers: Sequence[Alertmanager] = ...,
        interval: str = ...,
    ) -> Prometheus: ...


ROOM = pytest.StashKey[ServerRoom]()


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what is in this folder, so that nobody has to remember."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.real)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(TIMEOUT_SECONDS))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds the end of every server's log to the report of a test that failed."""
    report = yield
    room = item.config.stash.get(ROOM, None)
    if report.failed and room is not None:
        report.sections.extend((f"log of {process.name}", process.log_tail()) for process in room.processes)
    return report


@pytest.fixture(scope="session")
def server_room(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[ServerRoom]:
    """Where the session's servers live. Tests take the fixtures below instead."""
    room = ServerRoom(tmp_path_factory.mktemp("real-servers"))
    pytestconfig.stash[ROOM] = room
    yield room
    room.close()


@pytest.fixture(scope="session")
def etcd(server_room: ServerRoom) -> Etcd:
    """The session's etcd."""
    server = Etcd(server_room.folder("etcd"))
    server_room.start(server.process)
    return server


@pytest.fixture(scope="session")
def start_kube_apiserver(server_room: ServerRoom, etcd: Etcd) -> Callable[[], KubeApiserver]:
    """Starts a kube-apiserver whose objects nobody else sees."""

    def start() -> KubeApiserver:
        folder = server_room.folder("kube-apiserver")
        server = KubeApiserver(folder, etcd_url=etcd.url, etcd_prefix=f"/{folder.name}")
        server_room.start(server.process)
        return server

    return start


@pytest.fixture(scope="session")
def kube_apiserver(start_kube_apiserver: Callable[[], KubeApiserver]) -> KubeApiserver:
    """The session's kube-apiserver. Tests share it: work in a `namespace`, do not stop it."""
    return start_kube_apiserver()


@pytest.fixture(scope="session")
def arc_crds(kube_apiserver: KubeApiserver, contracts: Path) -> KubeApiserver:
    """The session's kube-apiserver, serving the four ARC kinds."""
    install_definitions(kube_apiserver, contracts)
    return kube_apiserver


@pytest.fixture
def namespace(kube_apiserver: KubeApiserver) -> str:
    """A new namespace of the session's kube-apiserver."""
    return kube_apiserver.create_namespace()


@pytest.fixture(scope="session")
def alertmanager(server_room: ServerRoom) -> Callable[[], Alertmanager]:
    """Starts an Alertmanager."""

    def start() -> Alertmanager:
        server = Alertmanager(server_room.folder("alertmanager"))
        server_room.start(server.process)
        return server

    return start


@pytest.fixture(scope="session")
def prometheus(server_room: ServerRoom) -> StartPrometheus:
    """Starts a Prometheus that scrapes the given pages; see `Prometheus` for the arguments."""

    def start(
        scrape_targets: Sequence[ScrapeTarget],
        *,
        rules: Sequence[RuleGroup] = (),
        alertmanagers: Sequence[Alertmanager] = (),
        interval: str = "1s",
    ) -> Prometheus:
        folder = server_room.folder("prometheus")
        server = Prometheus(folder, scrape_targets, rules=rules, alertmanagers=alertmanagers, interval=interval)
        server_room.start(server.process)
        return server

    return start
