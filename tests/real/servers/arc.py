"""The custom resource definitions of the Actions Runner Controller, from the contracts folder."""

import functools
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.real.servers.kube_apiserver import KubeApiserver
from tests.real.servers.waiting import wait_for

ARC_API = "/apis/actions.github.com/v1alpha1"
ARC_RESOURCES = ("autoscalinglisteners", "autoscalingrunnersets", "ephemeralrunners", "ephemeralrunnersets")
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml: the files are a megabyte each


def install_definitions(apiserver: KubeApiserver, contracts: Path) -> None:
    """Creates the four definitions and returns when their resources are served and discovered.

    Args:
        apiserver: where.
        contracts: the folder of third-party schemas, which holds one `arc-<version>-<resource>.yaml` for each.
    """
    for resource in ARC_RESOURCES:
        (path,) = contracts.glob(f"arc-*-{resource}.yaml")
        definition: dict[str, Any] = yaml.load(path.read_bytes(), Loader=Loader)
        apiserver.create(DEFINITIONS, definition)
    with apiserver.client() as client:
        for resource in ARC_RESOURCES:
            wait_for(f"{resource} served", functools.partial(_served, client, resource))


def _served(client: httpx.Client, resource: str) -> bool:
    # Two parts of the server learn of a definition, each at its own time: the one that answers for the objects and the
    # one that lists which resources there are.
    group = client.get(ARC_API)
    discovered = group.is_success and resource in {item["name"] for item in group.json()["resources"]}
    return discovered and client.get(f"{ARC_API}/{resource}").is_success
