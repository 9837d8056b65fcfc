"""Lists everything once: the whole cluster where the rights allow it, else the configured namespaces."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, Final, TypeVar

from flywheel_tui.config.settings import KubernetesSettings
from flywheel_tui.domain.errors import ForbiddenError, MissingError, SourceError
from flywheel_tui.sources.kubernetes.client import KubernetesClient
from flywheel_tui.sources.kubernetes.listing import Listing, Reader, list_all
from flywheel_tui.sources.kubernetes.resources import RESOURCES, Home, Resource
from flywheel_tui.sources.kubernetes.shelf import Shelf, Standing

T = TypeVar("T")

AT_ONCE: Final = 4
"""Lists under way at the same time: gentle to the apiserver, which queues what is more anyway."""


async def survey(
    client: KubernetesClient,
    settings: KubernetesSettings,
    reader: Reader,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    resources: tuple[Resource, ...] = RESOURCES,
    begun: Callable[[Shelf], None] = lambda _: None,
) -> tuple[Shelf, ...]:
    """Return a filled shelf for each resource, or one for each namespace of those that the whole cluster denies.

    A resource that is denied everywhere has a shelf in standing ``denied``; one that is not installed, ``absent``.

    Args:
        client: Of the cluster.
        settings: Where to look.
        reader: Makes the rows.
        sleep: Waits; for tests.
        resources: What to look for.
        begun: Called with a shelf of the rows so far, which is not kept current, after each page that is not the last.

    Raises:
        SourceError: The apiserver did not give a list, for another reason than rights.
    """
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(resource: Resource, namespace: str | None) -> Shelf:
        shelf = Shelf(resource, namespace)

        def so_far(listing: Listing) -> None:
            # The rows are copied: a thread adds the next page to these.
            begun(Shelf(resource, namespace, rows=dict(listing.rows)))

        async with gate:
            try:
                listing = await list_all(client, resource, namespace, reader, sleep=sleep, begun=so_far)
            except ForbiddenError:
                shelf.close(Standing.DENIED)
            except MissingError:
                if not resource.optional:
                    raise
                shelf.close(Standing.ABSENT)
            else:
                shelf.fill(listing.rows, listing.unreadable, listing.version)
        return shelf

    async def anywhere(resource: Resource) -> tuple[Shelf, ...]:
        whole = await one(resource, None)
        namespaces = homes(resource, settings)
        if whole.standing is not Standing.DENIED or not namespaces:
            return (whole,)
        return await together(one(resource, namespace) for namespace in namespaces)

    shelves = await together(anywhere(resource) for resource in resources)
    return tuple(shelf for group in shelves for shelf in group)


def homes(resource: Resource, settings: KubernetesSettings) -> tuple[str, ...]:
    """Return the namespaces where a resource is looked for when the whole cluster is closed to us, each once."""
    runners = () if resource.home is Home.CONTROLLER else settings.namespaces
    controller = () if resource.home is Home.RUNNERS else (settings.controller_namespace,)
    return tuple(dict.fromkeys(name for name in (*runners, *controller) if name))


async def together(work: Iterable[Coroutine[Any, Any, T]]) -> tuple[T, ...]:
    """Return all results in order; the first failure ends the rest.

    Raises:
        SourceError: What failed first.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(coroutine) for coroutine in work]
    except ExceptionGroup as failures:
        expected, bugs = failures.split(SourceError)
        if bugs is not None or expected is None:
            raise
        raise _first(expected) from None
    return tuple(task.result() for task in tasks)


def _first(failures: ExceptionGroup[SourceError]) -> SourceError:
    failure = failures.exceptions[0]
    return _first(failure) if isinstance(failure, ExceptionGroup) else failure
