"""Who owns what in one context's cluster."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.fleet import Unjoined
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Event, Pod

ObjectName = tuple[str, str]
"""Namespace and name of a cluster object."""

NONE: Final[frozenset[str]] = frozenset()


class Names:
    """Names and the runner that each of them means. A name that means several runners means none."""

    def __init__(self) -> None:
        self._one: dict[str, str] = {}
        self._many: dict[str, set[str]] = {}

    def add(self, name: str, runner: str) -> None:
        """Note that a name means a runner."""
        known = self._one.setdefault(name, runner)
        if known != runner:
            self._many.setdefault(name, {known}).add(runner)

    def get(self, name: str) -> str | None:
        """Return the one runner of that name; None where there is none, or several."""
        return None if name in self._many else self._one.get(name)

    def all(self, name: str) -> frozenset[str]:
        """Return all runners of that name."""
        many = self._many.get(name)
        if many is not None:
            return frozenset(many)
        one = self._one.get(name)
        return NONE if one is None else frozenset((one,))


class Belongings:
    """Who owns what in one context. The parts of the join fill it, then each runner takes its own.

    Attributes:
        runner_of_pod: Runner key by pod key.
        names: Runners by what people or labels call them.
        namespaces: Namespaces by runner key that its workload lives in.
    """

    def __init__(self) -> None:
        self.pods: dict[str, list[Pod]] = {}
        self.runner_of_pod: dict[str, str] = {}
        self.deployments: dict[str, list[Deployment]] = {}
        self.autoscalers: dict[str, Autoscaler] = {}
        self.cron_jobs: dict[str, list[CronJob]] = {}
        self.events: dict[str, list[Event]] = {}
        self.alerts: dict[str, list[Alert]] = {}
        self.names = Names()
        self.namespaces: dict[str, frozenset[str]] = {}
        self.unjoined: list[Unjoined] = []
        self._owners: defaultdict[str, defaultdict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
        self._pod_owners = self._owners["Pod"]
        self._single: dict[str, frozenset[str]] = {}

    def give_pod(self, runner: str, pod: Pod, *, workload: bool = True) -> None:
        """Give a pod to a runner.

        Args:
            runner: Its key.
            pod: A pod that has no owner yet.
            workload: False for a listener, which lives beside the controller and not where jobs run.
        """
        self.runner_of_pod[pod.key] = runner
        self._pod_owners[pod.namespace][pod.name] = runner
        pods = self.pods.get(runner)
        if pods is None:
            self.pods[runner] = [pod]
        else:
            pods.append(pod)
        if workload:
            self.give_namespace(runner, pod.namespace)

    def give_deployment(self, runner: str, deployment: Deployment) -> None:
        """Give a Deployment to a runner."""
        self.deployments.setdefault(runner, []).append(deployment)
        self.own("Deployment", deployment.namespace, deployment.name, runner)
        self.give_namespace(runner, deployment.namespace)

    def give_namespace(self, runner: str, namespace: str) -> None:
        """Note that a runner's workload lives in a namespace."""
        known = self.namespaces.get(runner)
        if known is None:
            # Thousands of runners share a namespace: one set for all that live there alone.
            self.namespaces[runner] = self._single.setdefault(namespace, frozenset((namespace,)))
        elif namespace not in known:
            self.namespaces[runner] = known | {namespace}

    def own(self, kind: str, namespace: str, name: str, runner: str) -> None:
        """Note that a cluster object is a runner's, so that its events and alerts are too."""
        self._owners[kind][namespace][name] = runner

    def owner(self, kind: str, namespace: str, name: str) -> str | None:
        """Return the runner that a cluster object belongs to."""
        kinds = self._owners.get(kind)
        names = None if kinds is None else kinds.get(namespace)
        return None if names is None else names.get(name)
