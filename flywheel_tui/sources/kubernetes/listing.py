"""Lists a collection page by page, each page decoded off the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from flywheel_tui.domain.errors import BadAnswerError
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.decoding import make_ready
from flywheel_tui.sources.kubernetes import wire
from flywheel_tui.sources.kubernetes.client import GoneError, KubernetesClient
from flywheel_tui.sources.kubernetes.parse import row_key
from flywheel_tui.sources.kubernetes.resources import Keep, Resource
from flywheel_tui.sources.repeating import NotJsonError

PAGE_SIZE: Final = 250
MAX_PAGES: Final = 4000
MAX_STARTS: Final = 3
"""How often a list is begun because its continue token ran out between two pages."""

_BREATH_EVERY: Final = 16
_BREATH_S: Final = 0.001


@dataclass(frozen=True)
class Reader:
    """Turns objects into rows for one context.

    Attributes:
        context: The configured context.
        namespaces: Where everything counts as the fleet's.
    """

    context: str
    namespaces: frozenset[str]

    def key(self, resource: Resource, metadata: wire.Metadata) -> str:
        """Return the key of the object's row."""
        return row_key(self.context, resource.noun, metadata.namespace, metadata.name)

    def row(self, resource: Resource, item: wire.Object) -> Row | None:
        """Return the object's row, or None where it is not the fleet's."""
        if resource.keep is Keep.OWN and item.metadata.namespace not in self.namespaces and not resource.belongs(item):
            return None
        return resource.parse(item, self.context)


@dataclass
class Listing:
    """A whole list.

    Attributes:
        version: The resourceVersion to watch from.
        unreadable: Keys of objects that are not of the agreed form.
        pages: Requests it took.
    """

    version: str = ""
    rows: dict[str, Row] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    pages: int = 0


async def list_all(
    client: KubernetesClient,
    resource: Resource,
    namespace: str | None,
    reader: Reader,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    begun: Callable[[Listing], None] = lambda _: None,
) -> Listing:
    """Return a whole collection.

    Args:
        client: Of the cluster.
        resource: What to list.
        namespace: Where; None for the whole cluster.
        reader: Makes the rows.
        sleep: Waits; for tests.
        begun: Called with the listing so far after each page that is not the last.

    Raises:
        SourceError: It was not given. ``GoneError`` when it changes faster than it can be read.
    """
    for _ in range(MAX_STARTS - 1):
        try:
            return await _list_once(client, resource, namespace, reader, sleep, begun)
        except GoneError:
            # The next page would be of a newer state than the first ones: begin again rather than mix two.
            await sleep(_BREATH_S)
    return await _list_once(client, resource, namespace, reader, sleep, begun)


async def _list_once(
    client: KubernetesClient,
    resource: Resource,
    namespace: str | None,
    reader: Reader,
    sleep: Callable[[float], Awaitable[None]],
    begun: Callable[[Listing], None],
) -> Listing:
    listing = Listing()
    params = {"limit": str(PAGE_SIZE)}
    if resource.field_selector is not None:
        params["fieldSelector"] = resource.field_selector

    async def read() -> wire.ListMetadata:
        # A page that is not JSON is given up before any of it is added: it can be read again.
        content = await client.page(resource.path(namespace), params)
        return await asyncio.to_thread(read_page, content, resource, reader, listing)

    while True:
        metadata = await client.again(read)
        listing.pages += 1
        if not metadata.continue_:
            listing.version = metadata.resource_version
            if not listing.version:
                raise BadAnswerError(f"Kubernetes gave a list of {resource.plural} without a resourceVersion.")
            return listing
        if listing.pages >= MAX_PAGES or metadata.continue_ == params.get("continue"):
            raise BadAnswerError(f"Kubernetes gave a list of {resource.plural} that does not end.")
        params["continue"] = metadata.continue_
        begun(listing)
        await sleep(_BREATH_S)


def read_page(content: bytes, resource: Resource, reader: Reader, listing: Listing) -> wire.ListMetadata:
    """Add a page to a listing; return its metadata. Runs in a thread.

    Raises:
        BadAnswerError: It is no page of a list.
    """
    try:
        page = resource.page_decoder.decode(content)
    except msgspec.ValidationError:
        return _read_item_by_item(content, resource, reader, listing)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJsonError(f"Kubernetes gave a list of {resource.plural} that is not JSON.") from error
    for number, item in enumerate(page.items or ()):
        _breathe(number)
        _add(item, resource, reader, listing)
    return page.metadata


def _read_item_by_item(content: bytes, resource: Resource, reader: Reader, listing: Listing) -> wire.ListMetadata:
    """Read a page in which some object is odd: the others still count."""
    try:
        page = msgspec.json.decode(content, type=wire.Page[msgspec.Raw])
        for number, raw in enumerate(page.items or ()):
            _breathe(number)
            item = read_object(raw, resource)
            if isinstance(item, wire.Metadata):
                listing.unreadable.add(reader.key(resource, item))
            else:
                _add(item, resource, reader, listing)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswerError(
            f"Kubernetes gave a list of {resource.plural} in an unexpected form: {clean(str(error))}."
        ) from error
    return page.metadata


def read_object(raw: Any, resource: Resource) -> wire.Object | wire.Metadata:  # noqa: ANN401 - bytes or msgspec.Raw
    """Return an object, or its metadata alone where the rest is not of the agreed form.

    Raises:
        msgspec.DecodeError: Not even the metadata can be read.
    """
    try:
        item: wire.Object = resource.object_decoder.decode(raw)
    except msgspec.ValidationError:
        return msgspec.json.decode(raw, type=_Named).metadata.as_metadata()
    return item


class _NamedMetadata(msgspec.Struct, rename="camel"):
    name: str
    namespace: str = ""
    resource_version: str = ""

    def as_metadata(self) -> wire.Metadata:
        return wire.Metadata(name=self.name, namespace=self.namespace, resource_version=self.resource_version)


class _Named(msgspec.Struct):
    metadata: _NamedMetadata


def _add(item: wire.Object, resource: Resource, reader: Reader, listing: Listing) -> None:
    row = reader.row(resource, item)
    if row is not None:
        listing.rows[row.key] = row


def _breathe(number: int) -> None:
    """Let go of the interpreter now and then: the screen's thread waits for it."""
    if number % _BREATH_EVERY == _BREATH_EVERY - 1:
        time.sleep(0)


make_ready(wire.Page[msgspec.Raw], _Named)
