"""PromQL: from a query text and stored series to the value that a Prometheus gives."""

from flywheel_tui.simulator.prometheus.evaluator.dialect import Dialect
from flywheel_tui.simulator.prometheus.evaluator.engine import Limits, instant_query, range_query
from flywheel_tui.simulator.prometheus.evaluator.failure import BadQuery, QueryError, QueryTimeout, Unsupported
from flywheel_tui.simulator.prometheus.evaluator.matching import Matcher
from flywheel_tui.simulator.prometheus.evaluator.model import Ends, Matrix, Row, Sample, Storage, StoredSeries
from flywheel_tui.simulator.prometheus.evaluator.syntax import parse, parse_selector

__all__ = [
    "BadQuery",
    "Dialect",
    "Ends",
    "Limits",
    "Matcher",
    "Matrix",
    "QueryError",
    "QueryTimeout",
    "Row",
    "Sample",
    "Storage",
    "StoredSeries",
    "Unsupported",
    "instant_query",
    "parse",
    "parse_selector",
    "range_query",
]
