"""Prometheus's vectors and matrices to samples and series. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from flywheel_tui.domain.errors import BadAnswerError
from flywheel_tui.domain.metric import Point, Sample, Series
from flywheel_tui.domain.text import clean
from flywheel_tui.sources.prometheus.promql import EVERYTHING, RENAMED, Selection, quoted
from flywheel_tui.sources.prometheus.query import CatalogueQuery
from flywheel_tui.sources.prometheus.windows import Grid
from flywheel_tui.sources.prometheus.wire import MatrixItem, VectorItem

Labels = tuple[tuple[str, str], ...]

_LONGEST_QUOTE: Final = 40
_NO_SAMPLES: Final[Mapping[str, Sample]] = {}


class Texts:
    """Each text and each set of labels once, however many rows have it: a pod's name is in a dozen of them.

    Attributes:
        clean: Cleaned text by the text as it came.
    """

    def __init__(self) -> None:
        self.clean: dict[str, str] = {}
        self._labels: dict[Labels, Labels] = {}
        self._pairs: dict[tuple[str, str], tuple[str, str]] = {}

    def same(self, labels: Labels) -> Labels:
        """Return labels that are equal, made of parts that other rows have, too."""
        known = self._labels.get(labels)
        if known is None:
            known = tuple([self._pairs.setdefault(pair, pair) for pair in labels])
            self._labels[known] = known
        return known


def parse_samples(
    context: str,
    query: CatalogueQuery,
    items: Iterable[VectorItem],
    *,
    selection: Selection = EVERYTHING,
    known: Mapping[str, Sample] = _NO_SAMPLES,
    texts: Texts | None = None,
) -> Mapping[str, Sample]:
    """Return the rows of an instant vector by key.

    Two elements can describe one row, for example when one exporter is scraped twice and only one scrape honours
    labels; the first that has a value counts.

    Args:
        context: The configured context.
        query: What was asked.
        items: The vector.
        selection: Rows outside of it are left out.
        known: Rows of the last reading. One that still holds is returned as it is, another lends its texts.
        texts: Shared by the queries of one reading.

    Raises:
        BadAnswerError: A value is not a number.
    """
    shared = texts or Texts()
    identity = _Identity(query, selection, shared)
    rows: dict[str, Sample] = {}
    prefix = f"{context}/{query.name}"
    for item in items:
        labels = identity.of(item.metric)
        if labels is None:
            continue
        key = f"{prefix}{{{','.join([f'{label}={quoted(value)}' for label, value in labels])}}}"
        earlier = rows.get(key)
        if earlier is not None and earlier.value is not None:
            continue
        value = None if item.value is None else number(item.value[1])
        before = known.get(key)
        if before is None:
            rows[key] = Sample(key=key, context=context, query=query.name, labels=shared.same(labels), value=value)
        elif before.value == value:
            rows[before.key] = before
        else:
            rows[before.key] = Sample(
                key=before.key, context=context, query=query.name, labels=before.labels, value=value
            )
    return rows


def parse_series(
    query: CatalogueQuery, items: Iterable[MatrixItem], grid: Grid, *, selection: Selection = EVERYTHING
) -> tuple[Series, ...]:
    """Return the series of a range query, each on the whole grid, ordered by labels; where there is no value, None.

    Raises:
        BadAnswerError: A value is not a number.
    """
    identity = _Identity(query, selection, Texts())
    lines: dict[Labels, list[float | None]] = {}
    for item in items:
        labels = identity.of(item.metric)
        if labels is None:
            continue
        line = lines.setdefault(labels, [None] * grid.size)
        for at, value in item.values or ():
            place = grid.index(at)
            if place is not None and line[place] is None:
                line[place] = number(value)
    instants = grid.instants()
    return tuple(
        Series(
            query=query.name,
            labels=labels,
            step_s=grid.step,
            points=tuple(Point(at=at, value=value) for at, value in zip(instants, lines[labels], strict=True)),
        )
        for labels in sorted(lines)
    )


def number(value: str | float) -> float | None:
    """Return a sample's value; NaN and the infinities tell of nothing measured and are None.

    Raises:
        BadAnswerError: It is not a number.
    """
    try:
        parsed = float(value)
    except ValueError as error:
        raise BadAnswerError(
            f"Prometheus answered a value that is no number ({clean(str(value))[:_LONGEST_QUOTE]})."
        ) from error
    return parsed if math.isfinite(parsed) else None


class _Identity:
    """Finds the labels that identify a row of one query, and leaves out rows outside the selection."""

    def __init__(self, query: CatalogueQuery, selection: Selection, texts: Texts) -> None:
        self._clean = texts.clean
        self._labels = tuple(
            (label, f"exported_{label}" if label in RENAMED else label) for label in sorted(query.labels)
        )
        self._wanted = dict(selection.labels)
        self._namespaces = frozenset(selection.namespaces) if query.namespaced else frozenset[str]()

    def of(self, metric: Mapping[str, str]) -> Labels | None:
        found: list[tuple[str, str]] = []
        for label, renamed in self._labels:
            value = metric.get(renamed) or metric.get(label, "")
            if label in self._wanted and value != self._wanted[label]:
                return None
            if label == "namespace" and self._namespaces and value not in self._namespaces:
                return None
            if value:
                text = self._clean.get(value)
                if text is None:
                    text = self._clean[value] = clean(value)
                found.append((label, text))
        return tuple(found)
