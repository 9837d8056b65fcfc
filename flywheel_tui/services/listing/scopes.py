"""The names that a runner belongs to: what a scope can be."""

from __future__ import annotations

from flywheel_tui.domain.fleet import Runner
from flywheel_tui.domain.runner import RunnerKind


def runner_scopes(runner: Runner) -> tuple[str, ...]:
    """Return a runner's forge, context, group with the groups around it, and for a scale set its namespace."""
    # ARC's scale sets are known by the namespace they are in, which their id begins with.
    namespace = (runner.id.partition("/")[0],) if runner.kind is RunnerKind.SCALE_SET else ()
    return (runner.forge.value, runner.context, *with_parents(runner.scope), *namespace)


def with_parents(path: str) -> tuple[str, ...]:
    """Return a group's full path and those of the groups around it: ``a/b/c``, ``a/b``, ``a``; nothing for no path."""
    parts = path.split("/") if path else []
    return tuple("/".join(parts[:length]) for length in range(len(parts), 0, -1))
