"""Samples of one context, summed once so that each runner finds its own figures without a search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from flywheel_tui.domain.metric import Sample

Owner = Callable[[Sample], str | None]
"""Returns the key of the runner that a sample is about, or None."""

PodFigures = Mapping[str, Mapping[str, float]]
"""A figure by namespace and name of the pod."""


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


def sum_by_pod(samples: Iterable[Sample]) -> PodFigures:
    """Return the sum of the samples of each pod (a query may tell them by container).

    A pod with a sample of unknown value is unknown as a whole, and so is left out.
    """
    sums: dict[str, dict[str, float]] = {}
    unknown: list[tuple[str, str]] = []
    for sample in samples:
        namespace = pod = None
        for label, text in sample.labels:
            if label == "pod":
                pod = text
            elif label == "namespace":
                namespace = text
        if namespace is None or pod is None:
            continue
        value = sample.value
        pods = sums.get(namespace)
        if pods is None:
            pods = sums[namespace] = {}
        if value is None:
            unknown.append((namespace, pod))
        elif pod in pods:
            pods[pod] += value
        else:
            pods[pod] = value
    for namespace, pod in unknown:
        sums[namespace].pop(pod, None)
    return sums


def sum_by_owner(
    samples: Iterable[Sample], owner: Owner, *, counts: Callable[[Sample], bool] | None = None
) -> dict[str, float]:
    """Return the sum of the values by runner; a runner with a sample of unknown value is left out.

    Args:
        samples: Of one query.
        owner: Tells whose a sample is.
        counts: Whether a sample adds to the sum. One that does not still makes the runner known, if only as zero.
    """
    sums: dict[str, float] = {}
    unknown: set[str] = set()
    for sample in samples:
        key = owner(sample)
        if key is None:
            continue
        value = sample.value
        if counts is not None and not counts(sample):
            value = 0.0
        if value is None:
            unknown.add(key)
        elif key in sums:
            sums[key] += value
        else:
            sums[key] = value
    for key in unknown:
        sums.pop(key, None)
    return sums


def largest_by_owner(samples: Iterable[Sample], owner: Owner) -> dict[str, float]:
    """Return the largest known value by runner.

    For gauges of one process: while it restarts, the series of the old and the new pod overlap.
    """
    found: dict[str, float] = {}
    for sample in samples:
        value = sample.value
        if value is None:
            continue
        key = owner(sample)
        if key is not None and found.get(key, value) <= value:
            found[key] = value
    return found


def total(samples: Iterable[Sample] | None) -> float | None:
    """Return the sum of the values, or None where there is no sample or one is unknown."""
    found = None
    for sample in samples or ():
        if sample.value is None:
            return None
        found = sample.value if found is None else found + sample.value
    return found
