"""Finds a GitLab runner by what Prometheus and pods know of it: the start of its token, or a manager's system id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flywheel_tui.domain.metric import Sample
from flywheel_tui.domain.runner import ForgeRunner
from flywheel_tui.insight.cluster import Names

# GitLab shows nine characters of a token, GitLab Runner labels pods and metrics with eight or nine by its version.
_COMMON_LENGTH: Final = 8


class RunnerTokens:
    """Index of the GitLab runners of a context.

    Args:
        runners: GitLab's list.
    """

    def __init__(self, runners: Iterable[ForgeRunner]) -> None:
        self._exact = Names()
        self._start = Names()
        self._system = Names()
        for runner in runners:
            token = runner.short_token
            if token:
                self._exact.add(token, runner.key)
                self._start.add(token[:_COMMON_LENGTH], runner.key)
            for manager in runner.managers or ():
                if manager.system_id:
                    self._system.add(manager.system_id, runner.key)

    def by_token(self, token: str) -> str | None:
        """Return the key of the one runner whose token starts so, or None."""
        found = self._exact.get(token)
        if found is None:
            # One of the two is cut shorter; two of full length that differ in the ninth character are two runners.
            length = len(token)
            if length == _COMMON_LENGTH:
                found = self._start.get(token)
            elif length > _COMMON_LENGTH:
                found = self._exact.get(token[:_COMMON_LENGTH])
        return found

    def by_system_id(self, system_id: str) -> str | None:
        """Return the key of the one runner with such a manager; several runners of one process share the id: None."""
        return self._system.get(system_id)

    def of_sample(self, sample: Sample) -> str | None:
        """Return the key of the runner that a ``gitlab_runner_*`` sample is about, or None."""
        token = system_id = None
        for label, value in sample.labels:
            if label == "runner":
                token = value
            elif label == "system_id":
                system_id = value
        return self.find(token, system_id)

    def find(self, token: str | None, system_id: str | None) -> str | None:
        """Return the key of the runner by the start of its token, else by a manager's system id."""
        found = None if token is None else self.by_token(token)
        if found is None and system_id is not None:
            found = self._system.get(system_id)
        return found
