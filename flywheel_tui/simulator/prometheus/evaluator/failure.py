"""What a query can fail with, in the words and HTTP statuses of the Prometheus API."""

from __future__ import annotations


class QueryError(Exception):
    """The query is well formed, but its execution fails.

    Attributes:
        kind: The `errorType` of the answer.
        status: The HTTP status of the answer.
    """

    kind = "execution"
    status = 422


class BadQuery(QueryError):  # noqa: N818 - named for what it is; Prometheus calls it bad_data
    """The text is not PromQL."""

    kind = "bad_data"
    status = 400


class Unsupported(QueryError):  # noqa: N818
    """The text is PromQL that this simulator does not evaluate: an error, never a guess."""


class QueryTimeout(QueryError):  # noqa: N818
    """The query took longer than it was allowed to."""

    kind = "timeout"
    status = 503
