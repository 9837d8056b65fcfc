"""Who may do what: tokens, roles, and the answers to "may I?"."""

from __future__ import annotations

from typing import Any

import msgspec

from flywheel_tui.simulator.kubernetes.status import ApiError

_EVERYTHING = ("*",)
_LOOK = ("get", "list", "watch")


class Rule(msgspec.Struct, frozen=True):
    """A permission.

    Attributes:
        verbs: What may be done; `*` is everything.
        groups: API groups; `*` is all.
        resources: Resources and subresources (`pods/log`); `*` is all.
    """

    verbs: tuple[str, ...]
    groups: tuple[str, ...]
    resources: tuple[str, ...]

    def allows(self, verb: str, group: str, resource: str) -> bool:
        """Return whether the rule covers the request."""
        return all(
            "*" in among or wanted in among
            for wanted, among in ((verb, self.verbs), (group, self.groups), (resource, self.resources))
        )


class Account(msgspec.Struct, frozen=True):
    """Somebody with a token.

    Attributes:
        user: Name, as refusals show it.
        rules: Permissions.
        namespaces: Where they hold; None means in the whole cluster.
    """

    user: str
    rules: tuple[Rule, ...]
    namespaces: tuple[str, ...] | None = None

    def allows(self, verb: str, group: str, resource: str, namespace: str | None) -> bool:
        """Return whether the account may do this there (namespace None: in the whole cluster)."""
        if self.namespaces is not None and namespace not in self.namespaces:
            return False
        return any(rule.allows(verb, group, resource) for rule in self.rules)


_READING = (
    Rule(
        _LOOK,
        ("", "apps", "autoscaling", "batch", "actions.github.com", "metrics.k8s.io"),
        (
            "pods",
            "pods/log",
            "events",
            "configmaps",
            "namespaces",
            "resourcequotas",
            "deployments",
            "horizontalpodautoscalers",
            "cronjobs",
            "autoscalingrunnersets",
            "ephemeralrunnersets",
            "ephemeralrunners",
            "autoscalinglisteners",
        ),
    ),
)


def admin_account() -> Account:
    """Return an account that may do everything."""
    return Account("flywheel-admin", (Rule(_EVERYTHING, _EVERYTHING, _EVERYTHING),))


def viewer_account() -> Account:
    """Return an account that may look everywhere and change nothing."""
    return Account("system:serviceaccount:flywheel:viewer", _READING)


def namespaced_account(namespaces: tuple[str, ...]) -> Account:
    """Return an account that may look in some namespaces only: every cluster-wide list is refused."""
    return Account("system:serviceaccount:flywheel:namespaced", _READING, namespaces)


def refuse(
    account: Account | None, verb: str, group: str, resource: str, namespace: str | None, name: str | None
) -> ApiError:
    """Return the refusal of a request that the account may not make; None is somebody without a token."""
    user = account.user if account is not None else "system:anonymous"
    base, _, subresource = resource.partition("/")
    full = f"{base}.{group}" if group else base
    what = f'{full} "{name}"' if name else full
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    asked = f"{base}/{subresource}" if subresource else base
    details: dict[str, Any] = {"kind": base} | ({"name": name} if name else {}) | ({"group": group} if group else {})
    message = f'{what} is forbidden: User "{user}" cannot {verb} resource "{asked}" in API group "{group}" {where}'
    return ApiError(403, message, details=details)


def review(account: Account, body: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the request held
    """Answer a SelfSubjectAccessReview.

    Raises:
        ApiError: 422, if it names neither a resource nor a path.
    """
    spec = body.get("spec") if isinstance(body, dict) else None
    if not isinstance(spec, dict) or ("resourceAttributes" in spec) == ("nonResourceAttributes" in spec):
        raise ApiError(
            422,
            'SelfSubjectAccessReview.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: '
            "exactly one of nonResourceAttributes or resourceAttributes must be specified",
        )
    status: dict[str, Any] = {"allowed": True}
    asked = spec.get("resourceAttributes")
    if asked is not None:
        resource = asked.get("resource", "")
        if asked.get("subresource"):
            resource += "/" + asked["subresource"]
        verb, group, namespace = asked.get("verb", ""), asked.get("group", ""), asked.get("namespace") or None
        status["allowed"] = account.allows(verb, group, resource, namespace)
    if status["allowed"]:
        status["reason"] = f'RBAC: allowed by ClusterRoleBinding "{account.user.rsplit(":", 1)[-1]}"'
    return {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {"creationTimestamp": None},
        "spec": spec,
        "status": status,
    }


def rules_review(account: Account, body: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the request held
    """Answer a SelfSubjectRulesReview: the rules that hold in one namespace.

    Raises:
        ApiError: 422, if it names no namespace.
    """
    spec = body.get("spec") if isinstance(body, dict) else None
    namespace = spec.get("namespace") if isinstance(spec, dict) else None
    if not namespace:
        raise ApiError(400, "no namespace on request")
    hold = account.namespaces is None or namespace in account.namespaces
    rules = [
        {"verbs": list(rule.verbs), "apiGroups": list(rule.groups), "resources": list(rule.resources)}
        for rule in account.rules
        if hold
    ]
    own = {
        "verbs": ["create"],
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    }
    return {
        "kind": "SelfSubjectRulesReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {"creationTimestamp": None},
        "spec": {"namespace": namespace},
        "status": {
            "resourceRules": [own, *rules],
            "nonResourceRules": [
                {"verbs": ["get"], "nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", "/version"]}
            ],
            "incomplete": False,
        },
    }
