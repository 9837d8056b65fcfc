"""Who owns what in one context's cluster."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Event, Pod

ObjectName = tuple[str, str]
"""Namespace and name of a cluster object."""

NONE: Final[frozenset[str]] = frozenset()


class Names:
    """Names and the runner that each of them means. A name that means several runners means none.

    It counts how often a name was added for a runner, so that one adding can be taken back.
    """

    def __init__(self) -> None:
        # Most names are added once: a dictionary of counts for each of them would be most of the memory.
        self._means: dict[str, str | dict[str, int]] = {}

    def add(self, name: str, runner: str) -> bool:
        """Note that a name means a runner; return whether that is new."""
        known = self._means.get(name)
        if known is None:
            self._means[name] = runner
            return True
        if isinstance(known, str):
            if known == runner:
                self._means[name] = {runner: 2}
                return False
            self._means[name] = {known: 1, runner: 1}
            return True
        known[runner] = known.get(runner, 0) + 1
        return known[runner] == 1

    def remove(self, name: str, runner: str) -> bool:
        """Take back one adding; return whether the name means the runner no longer."""
        known = self._means[name]
        if isinstance(known, str):
            del self._means[name]
            return True
        known[runner] -= 1
        if known[runner]:
            return False
        del known[runner]
        if not known:
            del self._means[name]
        return True

    def get(self, name: str) -> str | None:
        """Return the one runner of that name; None where there is none, or several."""
        known = self._means.get(name)
        if known is None or isinstance(known, str):
            return known
        return next(iter(known)) if len(known) == 1 else None

    def all(self, name: str) -> frozenset[str]:
        """Return all runners of that name."""
        known = self._means.get(name)
        if known is None:
            return NONE
        return frozenset((known,)) if isinstance(known, str) else frozenset(known)


class Belongings:
    """Who owns what in one context. The parts of the join fill it, then each runner takes its own.

    Attributes:
        runner_of_pod: Runner key by pod key.
        names: Runners by what people or labels call them.
        namespaces: Namespaces by runner key that its workload lives in.
        homes: The namespaces of those that have one without any workload in it.
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
        self.homes: dict[str, str] = {}
        self._owners: defaultdict[str, defaultdict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
        self._pod_owners = self._owners["Pod"]
        self._single: dict[str, frozenset[str]] = {}
        self._guests: set[str] = set()

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
            self._give_namespace(runner, pod.namespace)
        else:
            self._guests.add(pod.key)

    def take_pod(self, pod: Pod) -> str | None:
        """Take a pod from its runner; return the runner."""
        runner = self.runner_of_pod.pop(pod.key, None)
        if runner is None:
            return None
        self._guests.discard(pod.key)
        del self._pod_owners[pod.namespace][pod.name]
        pods = self.pods[runner]
        if len(pods) == 1:
            del self.pods[runner]
        else:
            del pods[_place(pods, pod)]
        self._count_namespaces(runner)
        return runner

    def replace_pod(self, before: Pod, after: Pod) -> str | None:
        """Put the new word on a pod in the place of the old; return the runner that owns it."""
        runner = self.runner_of_pod.get(before.key)
        if runner is not None:
            pods = self.pods[runner]
            pods[_place(pods, before)] = after
        return runner

    def give_deployment(self, runner: str, deployment: Deployment) -> None:
        """Give a Deployment to a runner."""
        self.deployments.setdefault(runner, []).append(deployment)
        self.own("Deployment", deployment.namespace, deployment.name, runner)
        self._give_namespace(runner, deployment.namespace)

    def give_home(self, runner: str, namespace: str) -> None:
        """Note the namespace that a runner has with or without workload."""
        self.homes[runner] = namespace
        self._give_namespace(runner, namespace)

    def _give_namespace(self, runner: str, namespace: str) -> None:
        known = self.namespaces.get(runner)
        if known is None:
            # Thousands of runners share a namespace: one set for all that live there alone.
            self.namespaces[runner] = self._single.setdefault(namespace, frozenset((namespace,)))
        elif namespace not in known:
            self.namespaces[runner] = known | {namespace}

    def _count_namespaces(self, runner: str) -> None:
        self.namespaces.pop(runner, None)
        home = self.homes.get(runner)
        if home is not None:
            self._give_namespace(runner, home)
        for deployment in self.deployments.get(runner, ()):
            self._give_namespace(runner, deployment.namespace)
        for pod in self.pods.get(runner, ()):
            if pod.key not in self._guests:
                self._give_namespace(runner, pod.namespace)

    def own(self, kind: str, namespace: str, name: str, runner: str) -> None:
        """Note that a cluster object is a runner's, so that its events and alerts are too."""
        self._owners[kind][namespace][name] = runner

    def disown(self, kind: str, namespace: str, name: str) -> None:
        """Forget who owns a cluster object."""
        del self._owners[kind][namespace][name]

    def disown_all(self, kind: str) -> None:
        """Forget who owns the objects of a kind."""
        self._owners.pop(kind, None)

    def owner(self, kind: str, namespace: str, name: str) -> str | None:
        """Return the runner that a cluster object belongs to."""
        kinds = self._owners.get(kind)
        names = None if kinds is None else kinds.get(namespace)
        return None if names is None else names.get(name)


def _place(pods: list[Pod], pod: Pod) -> int:
    return next(place for place, row in enumerate(pods) if row.key == pod.key)
