"""Samples of one context, grouped once so that each runner finds its own without a search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from flywheel_tui.domain.metric import Sample

PodName = tuple[str, str]
"""Namespace and name."""

Owned = Mapping[str, Mapping[str, Sequence[Sample]]]
"""Samples by query, then by runner key."""


def by_query(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """Return the samples by the name of their query."""
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        group = groups.get(sample.query)
        if group is None:
            groups[sample.query] = [sample]
        else:
            group.append(sample)
    return groups


def by_pod(samples: Iterable[Sample]) -> dict[PodName, float]:
    """Return the sum of the samples of each pod (a query may tell them by container).

    A pod with a sample of unknown value is unknown as a whole, and so is left out.
    """
    sums: dict[PodName, float] = {}
    unknown: set[PodName] = set()
    for sample in samples:
        pod = pod_of(sample)
        if pod is None:
            continue
        if sample.value is None:
            unknown.add(pod)
        else:
            sums[pod] = sums.get(pod, 0.0) + sample.value
    for pod in unknown:
        sums.pop(pod, None)
    return sums


def pod_of(sample: Sample) -> PodName | None:
    """Return the pod that a sample is of, by its labels ``namespace`` and ``pod``."""
    namespace = name = None
    for label, value in sample.labels:
        if label == "pod":
            name = value
        elif label == "namespace":
            namespace = value
    return None if namespace is None or name is None else (namespace, name)


def by_owner(samples: Iterable[Sample], owner: Callable[[Sample], str | None]) -> dict[str, list[Sample]]:
    """Return the samples by the runner they belong to; those of no known runner are left out."""
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        key = owner(sample)
        if key is not None:
            groups.setdefault(key, []).append(sample)
    return groups


def largest(samples: Iterable[Sample] | None) -> float | None:
    """Return the largest known value, or None where there is none.

    For gauges of one process: while it restarts, the series of the old and the new pod overlap.
    """
    return max((sample.value for sample in samples or () if sample.value is not None), default=None)


def total(samples: Iterable[Sample] | None) -> float | None:
    """Return the sum of the values, or None where there is no sample or one is unknown."""
    found = None
    for sample in samples or ():
        if sample.value is None:
            return None
        found = sample.value if found is None else found + sample.value
    return found
