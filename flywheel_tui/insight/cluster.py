"""The rows of one context's cluster, and what was found to belong to which runner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.fleet import Unjoined
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Event, Pod

ObjectName = tuple[str, str]
"""Namespace and name of a cluster object."""


class Belongings:
    """Who owns what in one context. The parts of the join fill it, then each runner takes its own.

    Attributes:
        runner_of_pod: Runner key by pod key.
        owners: Runner key by kind of cluster object, then by namespace and name.
        names: Runner keys by a name that people or labels call them; more than one where the name is ambiguous.
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
        self.owners: defaultdict[str, dict[ObjectName, str]] = defaultdict(dict)
        self.names: dict[str, set[str]] = {}
        self.namespaces: dict[str, set[str]] = {}
        self.unjoined: list[Unjoined] = []
        self._pod_owners = self.owners["Pod"]

    def give_pod(self, runner: str, pod: Pod, *, workload: bool = True) -> None:
        """Give a pod to a runner.

        Args:
            runner: Its key.
            pod: A pod that has no owner yet.
            workload: False for a listener, which lives beside the controller and not where jobs run.
        """
        self.runner_of_pod[pod.key] = runner
        self._pod_owners[pod.namespace, pod.name] = runner
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
        namespaces = self.namespaces.get(runner)
        if namespaces is None:
            self.namespaces[runner] = {namespace}
        else:
            namespaces.add(namespace)

    def own(self, kind: str, namespace: str, name: str, runner: str) -> None:
        """Note that a cluster object is a runner's, so that its events and alerts are too."""
        self.owners[kind][namespace, name] = runner

    def owner(self, kind: str, namespace: str, name: str) -> str | None:
        """Return the runner that a cluster object belongs to."""
        return self.owners[kind].get((namespace, name))

    def call(self, name: str | None, runner: str) -> None:
        """Note a name of a runner."""
        if name:
            known = self.names.get(name)
            if known is None:
                self.names[name] = {runner}
            else:
                known.add(runner)

    def called(self, name: str) -> str | None:
        """Return the one runner of that name; None where there is none, or several."""
        return only(self.names.get(name, ()))


def only(keys: Iterable[str]) -> str | None:
    """Return the single element, or None where there is none or more than one."""
    found = None
    for key in keys:
        if found is not None:
            return None
        found = key
    return found
