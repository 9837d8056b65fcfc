"""Samples of one context by what they are about, so that each runner finds its own figures without a search."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from flywheel_tui.domain.metric import Sample
from flywheel_tui.insight.cluster import ObjectName

K = TypeVar("K", bound=Hashable)


class OwnedSamples(Generic[K]):
    """The samples of one query by their owner; each can be added, replaced and removed alone.

    Args:
        owner: Tells what a sample is about, or None. It must say the same for as long as the sample is held.
    """

    __slots__ = ("_owner", "_rows")

    def __init__(self, owner: Callable[[Sample], K | None]) -> None:
        self._owner = owner
        # Tuples: the garbage collector forgets them once it saw that they hold nothing it looks after.
        self._rows: dict[K, tuple[Sample, ...]] = {}

    def add(self, sample: Sample) -> K | None:
        """Take a sample in; return its owner."""
        owner = self._owner(sample)
        if owner is not None:
            rows = self._rows.get(owner)
            self._rows[owner] = (sample,) if rows is None else (*rows, sample)
        return owner

    def remove(self, sample: Sample) -> K | None:
        """Forget a sample; return its owner."""
        owner = self._owner(sample)
        if owner is not None:
            rows = tuple([row for row in self._rows[owner] if row.key != sample.key])
            if rows:
                self._rows[owner] = rows
            else:
                del self._rows[owner]
        return owner

    def replace(self, before: Sample, after: Sample) -> K | None:
        """Take in the new value of a sample with the same labels; return its owner."""
        owner = self._owner(before)
        if owner is not None:
            rows = self._rows[owner]
            if len(rows) == 1:
                self._rows[owner] = (after,)
            else:
                self._rows[owner] = tuple([after if row.key == before.key else row for row in rows])
        return owner

    def of(self, owner: K) -> Sequence[Sample]:
        """Return the samples of an owner."""
        return self._rows.get(owner, ())

    def __iter__(self) -> Iterator[K]:
        return iter(self._rows)


def pod_of(sample: Sample) -> ObjectName | None:
    """Return namespace and name of the pod that a sample is about."""
    namespace = pod = None
    for label, text in sample.labels:
        if label == "pod":
            pod = text
        elif label == "namespace":
            namespace = text
    return None if namespace is None or pod is None else (namespace, pod)


def sum_of(samples: Sequence[Sample], *, counts: Callable[[Sample], bool] | None = None) -> float | None:
    """Return the sum of the values; None where there is no sample or the value of one is unknown.

    It is the same in whatever order the samples come.

    Args:
        samples: Of one query and one owner.
        counts: Whether a sample adds to the sum. One that does not still makes the sum known, if only as zero.
    """
    if counts is None:
        if len(samples) == 1:
            return samples[0].value
        return _exact_sum([sample.value for sample in samples])
    return _exact_sum([sample.value if counts(sample) else 0.0 for sample in samples])


def largest_of(samples: Sequence[Sample]) -> float | None:
    """Return the largest known value.

    For gauges of one process: while it restarts, the series of the old and the new pod overlap.
    """
    return max([sample.value for sample in samples if sample.value is not None], default=None)


def total(samples: Iterable[Sample] | None) -> float | None:
    """Return the sum of the values, or None where there is no sample or one is unknown."""
    return _exact_sum([sample.value for sample in samples or ()])


def _exact_sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    try:
        return math.fsum(known)
    except OverflowError:
        return None  # No fleet has such a figure; what it should be is unknown.
