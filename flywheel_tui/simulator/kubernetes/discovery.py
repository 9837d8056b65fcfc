"""What the API server says about itself: versions, groups and resources."""

from __future__ import annotations

from typing import Any

from flywheel_tui.simulator.kubernetes.resources import Resource

VERSION = {
    "major": "1",
    "minor": "34",
    "gitVersion": "v1.34.2",
    "gitCommit": "8cc511e399b929453cd98ae65b419c3cc227ec79",
    "gitTreeState": "clean",
    "buildDate": "2025-11-11T19:08:34Z",
    "goVersion": "go1.24.9",
    "compiler": "gc",
    "platform": "linux/amd64",
}
METRICS_GROUP = "metrics.k8s.io"
_AUTHORIZATION = "authorization.k8s.io"


def core_versions() -> dict[str, Any]:
    """Return the versions of the core group: the answer of /api."""
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}


def groups(resources: tuple[Resource, ...], *, metrics: bool) -> dict[str, Any]:
    """Return all named groups: the answer of /apis."""
    pairs = dict.fromkeys((each.group, each.version) for each in resources if each.group)
    pairs[(_AUTHORIZATION, "v1")] = None
    if metrics:
        pairs[(METRICS_GROUP, "v1beta1")] = None
    made = [{key: value for key, value in _group(*pair).items() if key not in ("kind", "apiVersion")} for pair in pairs]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": made}


def _group(name: str, version: str) -> dict[str, Any]:
    entry = {"groupVersion": f"{name}/{version}", "version": version}
    return {"kind": "APIGroup", "apiVersion": "v1", "name": name, "versions": [entry], "preferredVersion": entry}


def group(resources: tuple[Resource, ...], name: str, *, metrics: bool) -> dict[str, Any] | None:
    """Return one group: the answer of /apis/GROUP, None if there is none."""
    found = groups(resources, metrics=metrics)["groups"]
    return next(({"kind": "APIGroup", "apiVersion": "v1", **each} for each in found if each["name"] == name), None)


def resource_list(resources: tuple[Resource, ...], name: str, version: str, *, metrics: bool) -> dict[str, Any] | None:
    """Return the resources of a group and version, None if there is none."""
    own = [each for each in resources if (each.group, each.version) == (name, version)]
    made = []
    for each in own:
        entry = {
            "name": each.plural,
            "singularName": each.singular,
            "namespaced": each.namespaced,
            "kind": each.kind.value,
            "verbs": sorted(each.verbs),
        }
        made.append(entry | ({"shortNames": list(each.short)} if each.short else {}))
    if (name, version) == ("", "v1"):
        made.append(
            _entry("namespaces", "namespace", "Namespace", ["get", "list"], namespaced=False) | {"shortNames": ["ns"]}
        )
        made.append(_entry("pods/log", "", "Pod", ["get"]))
        made.append(_entry("pods/eviction", "", "Eviction", ["create"]) | {"group": "policy", "version": "v1"})
    if (name, version) == ("apps", "v1"):
        made.append(
            _entry("deployments/scale", "", "Scale", ["get", "patch", "update"])
            | {"group": "autoscaling", "version": "v1"}
        )
    if (name, version) == (METRICS_GROUP, "v1beta1") and metrics:
        made.append(_entry("pods", "", "PodMetrics", ["get", "list"]))
    if (name, version) == (_AUTHORIZATION, "v1"):
        made.append(_entry("selfsubjectaccessreviews", "", "SelfSubjectAccessReview", ["create"], namespaced=False))
        made.append(_entry("selfsubjectrulesreviews", "", "SelfSubjectRulesReview", ["create"], namespaced=False))
    if not made:
        return None
    full = f"{name}/{version}" if name else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": full, "resources": made}


def _entry(name: str, singular: str, kind: str, verbs: list[str], *, namespaced: bool = True) -> dict[str, Any]:
    return {"name": name, "singularName": singular, "namespaced": namespaced, "kind": kind, "verbs": verbs}
