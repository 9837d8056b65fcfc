"""The envelope of the Prometheus API, and its errors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from starlette.responses import Response

from flywheel_tui.simulator.prometheus.evaluator import Matrix, QueryError, Row, Sample
from flywheel_tui.simulator.prometheus.evaluator.model import METRIC_NAME, Labels, Value
from flywheel_tui.simulator.prometheus.evaluator.number import written_number

TRUNCATED = "results truncated due to limit"


class ApiError(Exception):
    """A request is refused.

    Args:
        message: What the answer says.
        kind: Its `errorType`.
        status: Its HTTP status.
    """

    def __init__(self, message: str, kind: str = "bad_data", status: int = 400) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status

    @classmethod
    def parameter(cls, name: str, reason: str) -> ApiError:
        """Return the refusal of a parameter."""
        return cls(f'invalid parameter "{name}": {reason}')

    @classmethod
    def of(cls, error: QueryError) -> ApiError:
        """Return the refusal of a query: what is wrong with its text is a bad parameter."""
        if error.status == 400:
            return cls.parameter("query", str(error))
        return cls(str(error), error.kind, error.status)


def success(data: object, warnings: Sequence[str] = ()) -> Response:
    """Return an answer."""
    body: dict[str, object] = {"status": "success", "data": data}
    if warnings:
        body["warnings"] = list(warnings)
    return _json(body, 200)


def failure(error: ApiError) -> Response:
    """Return a refusal."""
    return _json({"status": "error", "errorType": error.kind, "error": str(error)}, error.status)


def _json(body: object, status: int) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def written_time(at: int) -> int | float:
    """Return a time in milliseconds as seconds, whole where they are."""
    return at // 1000 if at % 1000 == 0 else at / 1000


def rfc3339(seconds: float) -> str:
    """Return a time in seconds as text in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def all_labels(name: str, labels: Labels) -> dict[str, str]:
    """Return labels with the metric name among them."""
    return {METRIC_NAME: name, **labels} if name else dict(labels)


def query_data(value: Value, at: int, limit: int) -> tuple[dict[str, object], list[str]]:
    """Return the data of a query's answer, and its warnings.

    Args:
        value: What the query gave.
        at: The time of an instant query, in milliseconds.
        limit: The most series; 0 means all.
    """
    if isinstance(value, float):
        return {"resultType": "scalar", "result": [written_time(at), written_number(value)]}, []
    if isinstance(value, str):
        return {"resultType": "string", "result": [written_time(at), value]}, []
    found: list[dict[str, object]]
    if isinstance(value, Matrix):
        kind, found = "matrix", [_row(row) for row in value.rows[: limit or None]]
        truncated = 0 < limit < len(value.rows)
    else:
        moment = written_time(at)
        kind, found = "vector", [_sample(sample, moment) for sample in value[: limit or None]]
        truncated = 0 < limit < len(value)
    return {"resultType": kind, "result": found}, [TRUNCATED] if truncated else []


def _row(row: Row) -> dict[str, object]:
    values = [[written_time(at), written_number(value)] for at, value in row.points]
    return {"metric": all_labels(row.name, row.labels), "values": values}


def _sample(sample: Sample, moment: float) -> dict[str, object]:
    return {"metric": all_labels(sample.name, sample.labels), "value": [moment, written_number(sample.value)]}
