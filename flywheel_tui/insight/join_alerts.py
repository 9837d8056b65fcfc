"""Alerts and the runner that their labels name.

Rules write what their metrics carry: GitLab Runner's ``runner``, ``runner_name`` and ``system_id``, the pod or the
Deployment, or an ARC listener's ``name`` and ``namespace``. The most exact label decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.fleet import Unjoined
from flywheel_tui.insight.cluster import Belongings
from flywheel_tui.insight.join_arc import LISTENER_KIND, RUNNER_KIND, RUNNER_SET_KIND, SCALE_SET_KIND
from flywheel_tui.insight.tokens import RunnerTokens

_SCALE_SET_LABELS: Final = (
    "scale_set",
    "scale_set_name",
    "scaleset",
    "runner_scale_set",
    "runner_scale_set_name",
    "autoscalingrunnerset",
    "actions_github_com_scale_set_name",
)
_NAMESPACE_LABELS: Final = ("exported_namespace", "scale_set_namespace", "namespace")
_OBJECT_LABELS: Final = (
    ("pod", "Pod"),
    ("exported_pod", "Pod"),
    ("deployment", "Deployment"),
    ("horizontalpodautoscaler", "HorizontalPodAutoscaler"),
    ("hpa", "HorizontalPodAutoscaler"),
    ("cronjob", "CronJob"),
    ("ephemeralrunner", RUNNER_KIND),
    ("ephemeralrunnerset", RUNNER_SET_KIND),
    ("autoscalinglistener", LISTENER_KIND),
    ("listener", LISTENER_KIND),
    ("name", RUNNER_SET_KIND),
    ("name", SCALE_SET_KIND),
)
_FLEET_LABELS: Final = ("runner", "runner_name", "system_id", *_SCALE_SET_LABELS)


def join_alerts(alerts: Iterable[Alert], belongings: Belongings, tokens: RunnerTokens) -> list[Unjoined]:
    """Give each alert to the runner that it is about; return those that name a runner nobody knows.

    Alerts about other things of the company are nobody's business here and are not listed.
    """
    unjoined = []
    given: dict[str, list[Alert]] = {}
    for alert in alerts:
        labels = dict(alert.labels)
        runner = _owner(labels, belongings, tokens)
        if runner is not None:
            given.setdefault(runner, []).append(alert)
            continue
        naming = [f"{label}={labels[label]}" for label in _FLEET_LABELS if label in labels]
        if naming:
            reason = f"no runner that is known is meant by {', '.join(naming)}"
            unjoined.append(
                Unjoined(key=alert.key, context=alert.context, kind="alert", name=alert.name, reason=reason)
            )
    belongings.alerts = given
    return unjoined


def _owner(labels: Mapping[str, str], belongings: Belongings, tokens: RunnerTokens) -> str | None:
    token = labels.get("runner")
    if token is not None:
        found = tokens.by_token(token) or belongings.names.get(token)
        if found is not None:
            return found
    namespaces = [labels[label] for label in _NAMESPACE_LABELS if label in labels]
    for label, kind in _OBJECT_LABELS:
        name = labels.get(label)
        if name is not None:
            for namespace in namespaces:
                found = belongings.owner(kind, namespace, name)
                if found is not None:
                    return found
    for label in _SCALE_SET_LABELS:
        name = labels.get(label)
        if name is not None:
            for namespace in namespaces:
                found = belongings.owner(SCALE_SET_KIND, namespace, name)
                if found is not None:
                    return found
            found = belongings.names.get(name)
            if found is not None:
                return found
    for label in ("runner_name", "release"):
        name = labels.get(label)
        found = None if name is None else belongings.names.get(name)
        if found is not None:
            return found
    system_id = labels.get("system_id")
    return None if system_id is None else tokens.by_system_id(system_id)
