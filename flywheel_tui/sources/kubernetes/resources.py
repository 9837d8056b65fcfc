"""What is read from a cluster: one entry a resource."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

import msgspec

from flywheel_tui.domain.row import Row
from flywheel_tui.domain.scaleset import EphemeralRunner, EphemeralRunnerSet, Listener, ScaleSet
from flywheel_tui.domain.workload import Autoscaler, CronJob, Deployment, Event, Pod, Quota
from flywheel_tui.sources.decoding import make_ready
from flywheel_tui.sources.kubernetes import parse, parse_arc, parse_workload, wire, wire_arc
from flywheel_tui.sources.kubernetes.roles import deployment_belongs, pod_belongs

ARC: Final = "apis/actions.github.com/v1alpha1"


class Home(StrEnum):
    """In which of the configured namespaces a resource is looked for when the whole cluster is closed to us."""

    RUNNERS = "runners"
    CONTROLLER = "controller"
    BOTH = "both"


class Keep(StrEnum):
    """Which objects of a whole cluster are the fleet's.

    ``all``: every one. ``own``: those that ``belongs`` knows, and all in the configured namespaces. ``near``: those
    in a namespace where something of the fleet lives.
    """

    ALL = "all"
    OWN = "own"
    NEAR = "near"


@dataclass(frozen=True)
class Resource:
    """How one resource is listed, watched and understood.

    Attributes:
        noun: The word in its rows' keys.
        plural: As in the path.
        api: ``api/v1`` or ``apis/<group>/<version>``.
        row: What it becomes.
        form: What it is on the wire.
        parse: From one to the other.
        home: Where it is looked for with few rights.
        keep: Which objects are the fleet's.
        belongs: For ``Keep.OWN``: whether an object belongs to the fleet, wherever it lives.
        optional: True where a cluster may not serve it at all.
        field_selector: Narrows the list on the server.
    """

    noun: str
    plural: str
    api: str
    row: type[Row]
    form: type[wire.Object]
    parse: Callable[[Any, str], Row]
    home: Home = Home.RUNNERS
    keep: Keep = Keep.ALL
    belongs: Callable[[Any], bool] = lambda _: True
    optional: bool = False
    field_selector: str | None = None

    def path(self, namespace: str | None) -> str:
        """Return the collection's path in one namespace, or in the whole cluster."""
        if namespace is None:
            return f"/{self.api}/{self.plural}"
        return f"/{self.api}/namespaces/{quote(namespace, safe='')}/{self.plural}"

    @cached_property
    def page_decoder(self) -> msgspec.json.Decoder[wire.Page[Any]]:
        """Return the decoder for a page whose objects all have the right form: the usual case, in one pass."""
        return msgspec.json.Decoder(wire.Page[self.form])  # type: ignore[name-defined]

    @cached_property
    def object_decoder(self) -> msgspec.json.Decoder[Any]:
        """Return the decoder for one object."""
        return msgspec.json.Decoder(self.form)


RESOURCES: Final[tuple[Resource, ...]] = (
    Resource(
        "pod", "pods", "api/v1", Pod, wire.Pod, parse.parse_pod, home=Home.BOTH, keep=Keep.OWN, belongs=pod_belongs
    ),
    Resource(
        "event",
        "events",
        "api/v1",
        Event,
        wire.Event,
        parse.parse_event,
        home=Home.BOTH,
        keep=Keep.NEAR,
        field_selector="type=Warning",
    ),
    Resource(
        "deployment",
        "deployments",
        "apis/apps/v1",
        Deployment,
        wire.Deployment,
        parse_workload.parse_deployment,
        home=Home.BOTH,
        keep=Keep.OWN,
        belongs=deployment_belongs,
    ),
    Resource(
        "autoscaler",
        "horizontalpodautoscalers",
        "apis/autoscaling/v2",
        Autoscaler,
        wire.Autoscaler,
        parse_workload.parse_autoscaler,
        keep=Keep.NEAR,
        optional=True,
    ),
    Resource(
        "cronjob",
        "cronjobs",
        "apis/batch/v1",
        CronJob,
        wire.CronJob,
        parse_workload.parse_cron_job,
        keep=Keep.NEAR,
        optional=True,
    ),
    Resource("quota", "resourcequotas", "api/v1", Quota, wire.Quota, parse_workload.parse_quota, keep=Keep.NEAR),
    Resource(
        "scaleset", "autoscalingrunnersets", ARC, ScaleSet, wire_arc.ScaleSet, parse_arc.parse_scale_set, optional=True
    ),
    Resource(
        "ephemeralrunnerset",
        "ephemeralrunnersets",
        ARC,
        EphemeralRunnerSet,
        wire_arc.RunnerSet,
        parse_arc.parse_runner_set,
        optional=True,
    ),
    Resource(
        "ephemeralrunner",
        "ephemeralrunners",
        ARC,
        EphemeralRunner,
        wire_arc.EphemeralRunner,
        parse_arc.parse_ephemeral_runner,
        optional=True,
    ),
    Resource(
        "listener",
        "autoscalinglisteners",
        ARC,
        Listener,
        wire_arc.Listener,
        parse_arc.parse_listener,
        home=Home.CONTROLLER,
        optional=True,
    ),
)


make_ready(*(wire.Page[resource.form] for resource in RESOURCES))  # type: ignore[name-defined]
