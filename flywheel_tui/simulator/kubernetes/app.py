"""The simulated API server: paths to answers, with the rights asked first and every refusal a Status."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from flywheel_tui.simulator.kubernetes import access, discovery
from flywheel_tui.simulator.kubernetes.changing import change
from flywheel_tui.simulator.kubernetes.forms import Json
from flywheel_tui.simulator.kubernetes.library import Library, selection
from flywheel_tui.simulator.kubernetes.logs import PodLog
from flywheel_tui.simulator.kubernetes.patches import apply_patch
from flywheel_tui.simulator.kubernetes.resources import RESOURCES, Resource
from flywheel_tui.simulator.kubernetes.status import ApiError, conflict, json_response, no_path, not_found
from flywheel_tui.simulator.kubernetes.usage_form import API_VERSION as METRICS_VERSION
from flywheel_tui.simulator.kubernetes.usage_form import pod_metrics
from flywheel_tui.simulator.kubernetes.watching import Watch
from flywheel_tui.simulator.kubernetes.workload_forms import namespace_form
from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.cluster_actions import delete_ephemeral_runner, delete_pod
from flywheel_tui.simulator.world.managers import scale_release
from flywheel_tui.simulator.world.model_cluster import Deployment, Kind, Object, Pod
from flywheel_tui.simulator.world.world import World

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_OPEN = frozenset(("/version", "/healthz", "/livez", "/readyz"))
_PATH = re.compile(
    r"^/(?:api/(?P<core>[^/]+)|apis/(?P<group>[^/]+)/(?P<version>[^/]+))"
    r"(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[^/]+)(?:/(?P<name>[^/]+)(?:/(?P<subresource>[^/]+))?)?/?$"
)


class _Target(msgspec.Struct, frozen=True):
    """What a path names."""

    group: str
    version: str
    namespace: str | None
    plural: str
    name: str | None
    subresource: str | None


def build_app(world: World, accounts: Mapping[str, access.Account], missing: frozenset[str] = frozenset()) -> Starlette:
    """Return the API server of a world.

    Args:
        world: The world.
        accounts: Who may come in, by bearer token.
        missing: Resources that are not installed (`autoscalingrunnersets`, …) and `metrics.k8s.io`.
    """
    server = ApiServer(world, accounts, missing)
    return Starlette(routes=[Route("/{path:path}", server.answer, methods=_METHODS)])


class ApiServer:
    """Answers requests.

    Args:
        world: The world.
        accounts: Who may come in, by bearer token.
        missing: Resources that are not installed, and `metrics.k8s.io`.
    """

    def __init__(self, world: World, accounts: Mapping[str, access.Account], missing: frozenset[str]) -> None:
        self._world = world
        self._accounts = accounts
        self._resources = tuple(each for each in RESOURCES if each.plural not in missing)
        self._metrics = discovery.METRICS_GROUP not in missing
        self._library = Library(world)

    async def answer(self, request: Request) -> Response:
        """Answer a request; whatever is refused is refused by a Status."""
        self._world.now()
        try:
            return await self._answer(request)
        except ApiError as error:
            return error.response()

    async def _answer(self, request: Request) -> Response:
        path = request.url.path.rstrip("/")
        account = self._account(request)
        if account is None and path not in _OPEN:
            raise ApiError(
                403, f'forbidden: User "system:anonymous" cannot {_verb(request.method)} path "{path}"', details={}
            )
        _check_accept(request.headers.get("accept", ""))
        if request.method in ("GET", "HEAD"):
            said = self._about(path)
            if said is not None:
                return said
        match = _PATH.match(path)
        if match is None or account is None:
            raise no_path()
        return await self._resource(request, account, _target(match))

    def _account(self, request: Request) -> access.Account | None:
        header = request.headers.get("authorization")
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        account = self._accounts.get(token.strip()) if scheme.lower() == "bearer" else None
        if account is None:
            raise ApiError(401, "Unauthorized")
        return account

    def _about(self, path: str) -> Response | None:
        if path in ("/healthz", "/livez", "/readyz"):
            return PlainTextResponse("ok")
        parts = path.strip("/").split("/")
        found: dict[str, Any] | None = None
        if path == "/version":
            found = discovery.VERSION
        elif parts == ["api"]:
            found = discovery.core_versions()
        elif parts == ["apis"]:
            found = discovery.groups(self._resources, metrics=self._metrics)
        elif parts[0] == "api" and len(parts) == 2:
            found = discovery.resource_list(self._resources, "", parts[1], metrics=self._metrics)
        elif parts[0] == "apis" and len(parts) == 2:
            found = discovery.group(self._resources, parts[1], metrics=self._metrics)
        elif parts[0] == "apis" and len(parts) == 3:
            found = discovery.resource_list(self._resources, parts[1], parts[2], metrics=self._metrics)
        return None if found is None else json_response(found)

    async def _resource(self, request: Request, account: access.Account, target: _Target) -> Response:
        if (target.group, target.version) == ("authorization.k8s.io", "v1"):
            return await self._review(request, account, target.plural)
        if (target.group, target.plural) == ("", "namespaces") and target.version == "v1":
            return self._namespaces(request, account, target.name)
        if target.group == discovery.METRICS_GROUP:
            return self._usage(request, account, target)
        resource = next(
            (
                each
                for each in self._resources
                if (each.group, each.version, each.plural) == (target.group, target.version, target.plural)
            ),
            None,
        )
        if resource is None:
            raise no_path()
        if request.method in ("GET", "HEAD"):
            return await self._read(request, account, resource, target)
        if target.subresource is None and request.method == "DELETE" and target.name:
            return await self._delete(request, account, resource, target)
        if target.name and request.method in ("PATCH", "PUT"):
            return await self._change(request, account, resource, target)
        if target.subresource == "eviction" and request.method == "POST" and resource.kind is Kind.POD:
            self._require(account, "create", resource, target)
            row = self._row(resource, target)
            delete_pod(self._world, row.meta.namespace, row.meta.name)
            return json_response(_success({}), 201)
        raise ApiError(405, "the server does not allow this method on the requested resource", details={})

    def _require(self, account: access.Account, verb: str, resource: Resource, target: _Target) -> None:
        full = f"{resource.plural}/{target.subresource}" if target.subresource else resource.plural
        if not account.allows(verb, resource.group, full, target.namespace):
            raise access.refuse(account, verb, resource.group, full, target.namespace, target.name)

    def _row(self, resource: Resource, target: _Target) -> Object:
        found: Object | None = resource.rows(self._world).get(target.namespace or "", target.name or "")
        if found is None:
            raise not_found(resource.plural, resource.group, target.name or "")
        return found

    async def _read(self, request: Request, account: access.Account, resource: Resource, target: _Target) -> Response:
        query = dict(request.query_params)
        if target.name is None:
            if query.get("watch") in ("true", "1"):
                self._require(account, "watch", resource, target)
                watch = Watch(self._library, resource, target.namespace, query)
                return StreamingResponse(watch.lines(), media_type="application/json")
            self._require(account, "list", resource, target)
            return Response(self._library.page(resource, target.namespace, query), media_type="application/json")
        self._require(account, "get", resource, target)
        row = self._row(resource, target)
        if target.subresource is None:
            return Response(self._library.whole(resource, row), media_type="application/json")
        if target.subresource == "log" and isinstance(row, Pod):
            log = PodLog(self._world, row, query)
            if log.follow:
                return StreamingResponse(log.stream(), media_type="text/plain")
            return Response(log.text(), media_type="text/plain")
        if target.subresource == "scale" and isinstance(row, Deployment):
            return json_response(_scale(row))
        raise no_path()

    async def _delete(self, request: Request, account: access.Account, resource: Resource, target: _Target) -> Response:
        self._require(account, "delete", resource, target)
        if "delete" not in resource.verbs:
            raise ApiError(405, "the server does not allow this method on the requested resource", details={})
        row = self._row(resource, target)
        options = await _body(request)
        wanted = options.get("preconditions") if isinstance(options, dict) else None
        for field, present in (("uid", row.meta.uid), ("resourceVersion", str(row.meta.revision))):
            asked = (wanted or {}).get(field)
            if asked and asked != present:
                name = "UID" if field == "uid" else "ResourceVersion"
                why = f"Precondition failed: {name} in precondition: {asked}, {name} in object meta: {present}"
                raise conflict(resource.plural, resource.group, row.meta.name, why)
        dry = _dry(request, options)
        if isinstance(row, Pod):
            gone = row if dry else delete_pod(self._world, row.meta.namespace, row.meta.name) or row
            return Response(self._library.whole(resource, gone), media_type="application/json")
        if not dry:
            delete_ephemeral_runner(self._world, row.meta.namespace, row.meta.name)
        return json_response(
            _success({"name": row.meta.name, "group": resource.group, "kind": resource.plural, "uid": row.meta.uid})
        )

    async def _change(self, request: Request, account: access.Account, resource: Resource, target: _Target) -> Response:
        verb = "patch" if request.method == "PATCH" else "update"
        self._require(account, verb, resource, target)
        if verb not in resource.verbs:
            raise ApiError(405, "the server does not allow this method on the requested resource", details={})
        row = self._row(resource, target)
        body = await _body(request, required=True)
        content_type = request.headers.get("content-type", "").split(";")[0].strip()
        if target.subresource == "scale" and isinstance(row, Deployment):
            old = _scale(row)
            new = body if verb == "update" else apply_patch(old, body, content_type, custom=True)
            return json_response(_scale(self._scaled(row, new, dry=_dry(request, body))))
        if target.subresource is not None:
            raise no_path()
        old = resource.form(self._world, row)
        new = body if verb == "update" else apply_patch(old, body, content_type, custom=resource.custom)
        if not isinstance(new, dict):
            raise ApiError(400, "the object provided is unrecognized (must be of type Object)")
        dry = _dry(request, body)
        made = change(self._world, resource, row, old, new, dry=dry, replace=verb == "update")
        if dry:
            kind = {"apiVersion": resource.api_version, "kind": resource.kind.value}
            return json_response(kind | new)
        return Response(self._library.whole(resource, made), media_type="application/json")

    def _scaled(self, row: Deployment, new: Any, *, dry: bool) -> Deployment:  # noqa: ANN401 - whatever was sent
        spec = new.get("spec", {}) if isinstance(new, dict) else {}
        replicas = spec.get("replicas", 0)
        if isinstance(replicas, bool) or not isinstance(replicas, int) or replicas < 0:
            raise ApiError(422, f"spec.replicas: Invalid value: {replicas}: must be greater than or equal to 0")
        return row if dry or replicas == row.replicas else scale_release(self._world, row, replicas)

    async def _review(self, request: Request, account: access.Account, plural: str) -> Response:
        answers: dict[str, Callable[[access.Account, Any], dict[str, Any]]] = {
            "selfsubjectaccessreviews": access.review,
            "selfsubjectrulesreviews": access.rules_review,
        }
        if plural not in answers:
            raise no_path()
        if request.method != "POST":
            raise ApiError(405, "the server does not allow this method on the requested resource", details={})
        return json_response(answers[plural](account, await _body(request)), 201)

    def _namespaces(self, request: Request, account: access.Account, name: str | None) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise ApiError(405, "the server does not allow this method on the requested resource", details={})
        verb = "list" if name is None else "get"
        if not account.allows(verb, "", "namespaces", name):
            raise access.refuse(account, verb, "", "namespaces", None, name)
        forms = [
            namespace_form(each, self._world.chance.uuid("namespace", each), self._world.birth)
            for each in words.NAMESPACES
        ]
        if name is None:
            meta = {"resourceVersion": str(self._world.history.revision)}
            return json_response({"kind": "NamespaceList", "apiVersion": "v1", "metadata": meta, "items": forms})
        found = next((each for each in forms if each["metadata"]["name"] == name), None)
        if found is None:
            raise not_found("namespaces", "", name)
        return json_response({"kind": "Namespace", "apiVersion": "v1"} | found)

    def _usage(self, request: Request, account: access.Account, target: _Target) -> Response:
        if not self._metrics or target.plural != "pods" or request.method not in ("GET", "HEAD"):
            raise no_path()
        verb = "list" if target.name is None else "get"
        if not account.allows(verb, target.group, "pods", target.namespace):
            raise access.refuse(account, verb, target.group, "pods", target.namespace, target.name)
        pods = RESOURCES[0]
        wanted = selection(pods, target.namespace, dict(request.query_params))
        rows = [row for row in self._library.rows(pods) if wanted is None or wanted(row)]
        if target.name is not None:
            rows = [row for row in rows if row.meta.name == target.name]
        measured = [pod_metrics(row, self._world.time) for row in rows if isinstance(row, Pod)]
        items: list[Json] = [each for each in measured if each is not None]
        if target.name is None:
            return json_response(
                {"kind": "PodMetricsList", "apiVersion": METRICS_VERSION, "metadata": {}, "items": items}
            )
        if not items:
            raise not_found("pods", target.group, f"{target.namespace}/{target.name}")
        return json_response({"kind": "PodMetrics", "apiVersion": METRICS_VERSION} | items[0])


def _target(match: re.Match[str]) -> _Target:
    found = match.groupdict()
    core = found["core"] is not None
    namespace, plural, name, subresource = (found[key] for key in ("namespace", "plural", "name", "subresource"))
    return _Target(
        "" if core else found["group"], found["core"] or found["version"], namespace, plural, name, subresource
    )


def _verb(method: str) -> str:
    return {"HEAD": "get"}.get(method, method.lower())


def _check_accept(accept: str) -> None:
    """Refuse a client that takes nothing but tables or protobuf: this server speaks JSON objects only."""
    ranges = [part.strip() for part in accept.split(",") if part.strip()]
    if ranges and not any(
        part.split(";")[0] in ("*/*", "application/*", "application/json", "text/plain") for part in ranges
    ):
        raise ApiError(406, "only the following media types are accepted: application/json")
    if ranges and all("as=" in part for part in ranges):
        raise ApiError(406, "only the following media types are accepted: application/json")


async def _body(request: Request, *, required: bool = False) -> Any:  # noqa: ANN401 - whatever was sent
    raw = await request.body()
    if not raw and not required:
        return {}
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise ApiError(400, f"couldn't decode the body of the request: {error}") from error


def _dry(request: Request, body: Any) -> bool:  # noqa: ANN401 - whatever was sent
    asked = [request.query_params.get("dryRun", "")]
    if isinstance(body, dict) and body.get("kind") == "DeleteOptions":
        asked += body.get("dryRun") or []
    if any(each not in ("", "All") for each in asked):
        raise ApiError(422, 'dryRun: Unsupported value: supported values: "All"')
    return "All" in asked


def _success(details: Json) -> Json:
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def _scale(deployment: Deployment) -> Json:
    meta = {
        "name": deployment.meta.name,
        "namespace": deployment.meta.namespace,
        "uid": deployment.meta.uid,
        "resourceVersion": str(deployment.meta.revision),
    }
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": meta,
        "spec": {"replicas": deployment.replicas},
        "status": {"replicas": deployment.replicas, "selector": f"app={deployment.meta.name}"},
    }
