"""Accounts with few rights, for what the console does when the cluster says 403."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.real.servers.kube_apiserver import KubeApiserver
from tests.real.servers.waiting import wait_for

RBAC = "/apis/rbac.authorization.k8s.io/v1"

Rule = Mapping[str, Sequence[str]]
"""A rule of a Role: `apiGroups`, `resources`, `verbs`, and perhaps `resourceNames`."""


@dataclass(frozen=True)
class ServiceAccount:
    """An account of a namespace, its token (valid for an hour) and a kubeconfig that uses it."""

    namespace: str
    name: str
    token: str
    kubeconfig: Path

    @property
    def user(self) -> str:
        """The account's name in the API's messages."""
        return f"system:serviceaccount:{self.namespace}:{self.name}"


def create_service_account(
    apiserver: KubeApiserver, *, namespace: str, name: str, rules: Sequence[Rule], cluster_wide: bool = False
) -> ServiceAccount:
    """Creates an account that may do what `rules` say and no more; returns it once the server knows its rights.

    Args:
        apiserver: where.
        namespace: the account's home, which exists.
        name: the account's name; also that of its role and its binding.
        rules: its rights.
        cluster_wide: the rights count in every namespace (ClusterRole), else only in its own (Role).
    """
    home = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    apiserver.create(home, {"metadata": {"name": name}})
    scope = RBAC if cluster_wide else f"{RBAC}/namespaces/{namespace}"
    kind = "ClusterRole" if cluster_wide else "Role"
    role_name = f"{namespace}-{name}" if cluster_wide else name
    metadata = {"name": role_name}
    apiserver.create(f"{scope}/{kind.lower()}s", {"metadata": metadata, "rules": [dict(rule) for rule in rules]})
    binding = {
        "metadata": metadata,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role_name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
    }
    apiserver.create(f"{scope}/{kind.lower()}bindings", binding)
    token = apiserver.create(f"{home}/{name}/token", {"spec": {"expirationSeconds": 3600}})["status"]["token"]
    file_name = f"{namespace}-{name}"
    kubeconfig = apiserver.write_kubeconfig(file_name, {"token": token}, namespace=namespace)
    account = ServiceAccount(namespace, name, token, kubeconfig)
    # The authorizer reads roles from a cache of its own, which follows within moments.
    wait_for(f"rights of {account.user}", lambda: _rights_known(apiserver, account, len(rules)), seconds=10)
    return account


def _rights_known(apiserver: KubeApiserver, account: ServiceAccount, rules: int) -> bool:
    with apiserver.client(account.token) as client:
        path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
        response = client.post(path, json={"spec": {"namespace": account.namespace}})
        response.raise_for_status()
    known: list[dict[str, Any]] = response.json()["status"]["resourceRules"]
    # Every account may ask about itself (roles system:basic-user); those rules are not what is waited for.
    own = [rule for rule in known if not {"authorization.k8s.io", "authentication.k8s.io"} & set(rule["apiGroups"])]
    return len(own) >= rules
