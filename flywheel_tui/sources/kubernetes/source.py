"""The cluster as a source: listed whole for the command line, followed for the console."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

import httpx

from flywheel_tui.config.settings import KubernetesSettings
from flywheel_tui.domain.clock import Clock, utc_now
from flywheel_tui.domain.errors import ForbiddenError, MissingError, UpstreamTimeoutError
from flywheel_tui.domain.feed import Budget, Finding, Observation, SourceKind
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.kubernetes.access import Access
from flywheel_tui.sources.kubernetes.client import KubernetesClient
from flywheel_tui.sources.kubernetes.credentials import AccessProvider
from flywheel_tui.sources.kubernetes.findings import findings_of
from flywheel_tui.sources.kubernetes.first_look import FirstLook
from flywheel_tui.sources.kubernetes.listing import Reader
from flywheel_tui.sources.kubernetes.picture import Picture
from flywheel_tui.sources.kubernetes.shelf import Shelf
from flywheel_tui.sources.kubernetes.survey import survey, together
from flywheel_tui.sources.kubernetes.transport import SignedTransport, current_access
from flywheel_tui.sources.kubernetes.watching import Watcher

MIN_GAP_S: Final = 1.0
PROOF_S: Final = 10.0
"""How long a server whose watches are quiet may take to answer something small."""
"""At most one observation in this time, however much changes."""


class KubernetesSource:
    """Fulfils :class:`flywheel_tui.domain.ports.FollowedSource` for one cluster.

    What is shown of a whole cluster: pods and Deployments with the marks of GitLab Runner or ARC, everything else in
    the namespaces where those live, and everything in the configured namespaces. Where the cluster may not be listed
    as a whole, only the configured namespaces are looked at, and a finding says so.

    Args:
        context: The configured context.
        settings: Where to look, how often, how long.
        credentials: The way in; see ``credentials.prepare``.
        clock: The current time.
        transport: For tests: what the signed requests go out by.
        sleep: Waits; for tests.
        random_share: A number from 0 to 1, for jitter; for tests.
    """

    def __init__(
        self,
        context: str,
        settings: KubernetesSettings,
        credentials: AccessProvider,
        *,
        clock: Clock = utc_now,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random_share: Callable[[], float] = random.random,
    ) -> None:
        self._context = context
        self._settings = settings
        self._credentials = credentials
        self._clock = clock
        self._transport = transport
        self._sleep = sleep
        self._random_share = random_share
        self._client: KubernetesClient | None = None
        self._facts: tuple[Finding, ...] = ()
        self._namespaces = frozenset(name for name in (*settings.namespaces, settings.controller_namespace) if name)

    @property
    def name(self) -> str:
        """``<context>/kubernetes``."""
        return f"{self._context}/{self.kind}"

    @property
    def context(self) -> str:
        """The configured context."""
        return self._context

    @property
    def kind(self) -> SourceKind:
        """Which upstream."""
        return SourceKind.KUBERNETES

    @property
    def interval_s(self) -> float:
        """Seconds between two confirmations when all is well."""
        return self._settings.interval_s

    async def fetch(self) -> Observation:
        """List everything once, to the last page.

        Raises:
            SourceError: The cluster did not give it.
        """
        client, access = await self._connect()
        before = client.budget.taken
        first = FirstLook()
        await self._look(client, access, first)
        shelves = first.shelves
        return self._observation(client, shelves, Picture(shelves, self._namespaces), before)

    async def follow(self) -> AsyncIterator[Observation]:
        """List everything, then watch.

        Where the pods take several pages, those that are there come first, marked as a part.

        Yields again when something changed, at most once a second, and once an interval when nothing did, every watch
        is open and the server answers. While a watch is being resumed (seconds, until that is given up) changes of the
        others go on.

        Raises:
            SourceError: The cluster did not give it, or a watch could not be resumed.
        """
        client, access = await self._connect()
        before = client.budget.taken
        first = FirstLook()
        looking = asyncio.create_task(self._look(client, access, first), name="list everything")
        try:
            while not looking.done():
                await self._pause([looking], self.interval_s, first.news)
                if not looking.done() and (part := first.part()) is not None:
                    yield part
                    await self._pause([looking], MIN_GAP_S)
            await looking
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        shelves = first.shelves
        picture = Picture(shelves, self._namespaces)
        changed = asyncio.Event()
        watchers = [self._watcher(client, shelf, changed) for shelf in shelves]
        tasks = [
            asyncio.create_task(watcher.run(), name=f"watch {watcher.shelf.resource.plural}") for watcher in watchers
        ]
        try:
            while True:
                changed.clear()
                observation = self._observation(client, shelves, picture, before)
                before = client.budget.taken
                yield observation
                await self._pause(tasks, MIN_GAP_S)
                await self._pause(tasks, self.interval_s - MIN_GAP_S, changed)
                while not changed.is_set() and not all(watcher.healthy for watcher in watchers):
                    await self._pause(tasks, MIN_GAP_S, changed)
                if not changed.is_set():
                    await self._prove_alive(client)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _prove_alive(self, client: KubernetesClient) -> None:
        """Ask something small: a server that hangs keeps its quiet watches open, which then confirm nothing.

        Raises:
            SourceError: It did not answer.
        """
        try:
            async with asyncio.timeout(PROOF_S):
                await client.version()
        except (ForbiddenError, MissingError):
            return
        except TimeoutError as error:
            raise UpstreamTimeoutError(
                f"{client.label} holds its watches open but answers nothing for {PROOF_S:g} s.",
                next_step="Look at the load of the apiserver and at the way to it.",
            ) from error

    async def aclose(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _connect(self) -> tuple[KubernetesClient, Access]:
        """Return the client for the server that the kubeconfig names now, and the way in.

        Raises:
            UnauthorizedError: The credentials cannot be had.
        """
        access = await current_access(self._credentials)
        if self._client is not None and self._client.server != access.server:
            await self._client.aclose()
            self._client = None
        if self._client is None:
            self._client = self._open(access)
        return self._client, access

    def _open(self, access: Access) -> KubernetesClient:
        given = self._transport
        if given is None:
            signed = SignedTransport(self._credentials, server=access.server)
        else:
            signed = SignedTransport(self._credentials, server=access.server, connect=lambda _: given)
        return KubernetesClient(
            server=access.server,
            transport=signed,
            requests_per_minute=self._settings.requests_per_minute,
            timeout_s=self._settings.timeout_s,
            clock=self._clock,
        )

    async def _look(self, client: KubernetesClient, access: Access, first: FirstLook) -> None:
        """List everything, and ask meanwhile what cluster this is.

        Raises:
            SourceError: The cluster did not give it.
        """

        async def probe() -> None:
            self._facts = await self._probe(client, access)

        async def look() -> None:
            first.shelves = await survey(client, self._settings, self._reader(), sleep=self._sleep, begun=first.begun)

        await together((probe(), look()))

    async def _probe(self, client: KubernetesClient, access: Access) -> tuple[Finding, ...]:
        facts: list[Finding] = []
        try:
            version = await client.version()
        except (ForbiddenError, MissingError):
            facts.append(Finding(code="version", text="Kubernetes does not tell its version."))
        else:
            facts.append(Finding(code="version", text=f"Kubernetes {clean(version.git_version) or 'of no version'}."))
        if not access.verified:
            facts.append(
                Finding(
                    code="insecure",
                    text="The apiserver's certificate is not checked (insecure-skip-tls-verify).",
                    next_step="Name its certificate-authority in the kubeconfig.",
                )
            )
        return tuple(facts)

    def _reader(self) -> Reader:
        return Reader(self._context, self._namespaces)

    def _watcher(self, client: KubernetesClient, shelf: Shelf, changed: asyncio.Event) -> Watcher:
        return Watcher(
            client,
            shelf,
            self._reader(),
            poll_s=self.interval_s,
            changed=changed.set,
            clock=self._clock,
            sleep=self._sleep,
            random_share=self._random_share,
        )

    async def _pause(
        self, tasks: Sequence[asyncio.Task[None]], seconds: float, until: asyncio.Event | None = None
    ) -> None:
        """Wait for a time, or until something happens.

        Raises:
            SourceError: A watch could not be resumed.
        """
        timer = asyncio.ensure_future(self._sleep(max(0.0, seconds)))
        alarm = asyncio.ensure_future((until or asyncio.Event()).wait())
        try:
            await asyncio.wait([timer, alarm, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            alarm.cancel()
        for task in tasks:
            if task.done():
                task.result()

    def _observation(
        self, client: KubernetesClient, shelves: Sequence[Shelf], picture: Picture, taken_before: int
    ) -> Observation:
        findings = (*self._facts, *findings_of(shelves, self._settings))
        return Observation(
            tables=picture.tables(),
            complete=not any(finding.limits for finding in findings),
            findings=findings,
            budget=Budget(
                limit=client.budget.per_minute,
                remaining=client.budget.remaining,
                last_cycle=client.budget.taken - taken_before,
            ),
            server_time=client.server_time,
        )
