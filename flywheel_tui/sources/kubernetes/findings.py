"""What the shelves tell of rights, fallbacks and missing kinds: one sentence each for the operator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flywheel_tui.config.settings import KubernetesSettings
from flywheel_tui.domain.feed import Finding
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.kubernetes.resources import ARC
from flywheel_tui.sources.kubernetes.shelf import Shelf, Standing


def findings_of(shelves: Sequence[Shelf], settings: KubernetesSettings) -> tuple[Finding, ...]:
    """Return the findings in a fixed order, each kind of finding at most a few times."""
    return (
        *_fallback(shelves, settings),
        *_denied(shelves),
        *_unwatched(shelves),
        *_absent(shelves),
        *_unreadable(shelves),
    )


def _fallback(shelves: Sequence[Shelf], settings: KubernetesSettings) -> Iterable[Finding]:
    narrowed = [shelf for shelf in shelves if shelf.namespace is not None]
    if not narrowed:
        return
    # With no namespaces configured only the controller's is looked at: then runners elsewhere are missing.
    alone = not settings.namespaces
    yield Finding(
        code="fallback",
        text=f"May not list {_plurals(narrowed)} in the whole cluster: shown for {_namespaces(narrowed)} only.",
        limits=alone,
        next_step="Name the runners' namespaces as namespaces = […] of the context." if alone else "",
    )


def _denied(shelves: Sequence[Shelf]) -> Iterable[Finding]:
    denied = [shelf for shelf in shelves if shelf.standing is Standing.DENIED]
    for namespace in dict.fromkeys(shelf.namespace for shelf in denied):
        here = [shelf for shelf in denied if shelf.namespace == namespace]
        where = "in the whole cluster" if namespace is None else f"in namespace {clean(namespace)}"
        step = "Grant list and watch"
        if namespace is None:
            step += ", or name the runners' namespaces as namespaces = […] of the context"
        yield Finding(
            code="missing_right",
            text=f"May not list {_plurals(here)} {where}.",
            limits=True,
            next_step=f"{step}; it is asked again by itself.",
        )


def _unwatched(shelves: Sequence[Shelf]) -> Iterable[Finding]:
    unwatched = [shelf for shelf in shelves if not shelf.watchable]
    if unwatched:
        yield Finding(
            code="missing_right",
            text=f"May list {_plurals(unwatched)} but not watch: read anew now and then instead.",
            next_step="Grant watch; it is asked again by itself.",
        )


def _absent(shelves: Sequence[Shelf]) -> Iterable[Finding]:
    absent = {shelf.resource for shelf in shelves if shelf.standing is Standing.ABSENT}
    arc = {shelf.resource for shelf in shelves if shelf.resource.api == ARC}
    if arc and arc <= absent:
        yield Finding(code="not_installed", text="The Actions Runner Controller is not installed in this cluster.")
        absent -= arc
    if absent:
        names = ", ".join(sorted(resource.plural for resource in absent))
        yield Finding(code="not_installed", text=f"This cluster does not serve {names}.")


def _unreadable(shelves: Sequence[Shelf]) -> Iterable[Finding]:
    odd = [shelf for shelf in shelves if shelf.unreadable]
    if odd:
        count = sum(len(shelf.unreadable) for shelf in odd)
        yield Finding(
            code="unreadable",
            text=f"{count} of {_plurals(odd)} cannot be understood and {'is' if count == 1 else 'are'} left out.",
            limits=True,
            next_step="Check that the versions of the controller and of its resources match.",
        )


def _plurals(shelves: Iterable[Shelf]) -> str:
    return ", ".join(dict.fromkeys(shelf.resource.plural for shelf in shelves))


def _namespaces(shelves: Iterable[Shelf]) -> str:
    return ", ".join(dict.fromkeys(clean(shelf.namespace or "") for shelf in shelves))
