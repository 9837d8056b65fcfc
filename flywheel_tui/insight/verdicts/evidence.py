"""Makes evidence: one observed fact each, with its source, short enough to read.

Texts hold no ages: an age grows with every look and would make every row count as changed. When it happened stands in
``Evidence.at``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.text import clean
from flywheel_tui.domain.verdict import Evidence
from flywheel_tui.domain.workload import Pod
from flywheel_tui.insight.case import Case, runs_all_work

T = TypeVar("T")

SHOWN: Final = 5
LONGEST: Final = 240


def fact(case: Case, kind: SourceKind, text: str, at: datetime | None = None) -> Evidence:
    """Return one fact as the feed of a kind told it; text from outside is cleaned and cut."""
    return Evidence(text=cut(text), source=case.scene.source(kind), at=at)


def cluster_fact(case: Case, text: str, at: datetime | None = None) -> Evidence:
    """Return one fact that Kubernetes told."""
    return fact(case, SourceKind.KUBERNETES, text, at)


def first_facts(case: Case, things: Sequence[T], make: Callable[[T], Evidence]) -> tuple[Evidence, ...]:
    """Return the facts of the first few things and how many more there are."""
    shown = tuple(make(thing) for thing in things[:SHOWN])
    hidden = len(things) - len(shown)
    return (*shown, cluster_fact(case, f"and {hidden} more")) if hidden > 0 else shown


def cut(text: str) -> str:
    """Return text as one clean line of limited length."""
    text = clean(text).strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def counted(number: int, thing: str) -> str:
    """Return ``1 pod`` or ``3 pods``."""
    return f"1 {thing}" if number == 1 else f"{number} {thing}s"


def any_runs_all_work(pods: Iterable[Pod]) -> bool:
    """Return whether one of the pods stops all work when it fails."""
    return any(runs_all_work(pod) for pod in pods)


def kubectl(pod: Pod, command: str, *options: str) -> str:
    """Return a kubectl command on a pod, ready to copy."""
    return " ".join(("kubectl", "-n", pod.namespace, command, pod.name, *options))
