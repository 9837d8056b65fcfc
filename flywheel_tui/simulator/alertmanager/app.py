"""The simulated Alertmanager as an ASGI app: API v2. Its errors are JSON strings, or `{code, message}` before that."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from flywheel_tui.simulator.alertmanager.alerts import AlertInvalid, AlertStatus, AlertStore, HeldAlert
from flywheel_tui.simulator.alertmanager.forms import (
    Refusal,
    alert_form,
    read_alerts,
    read_silence,
    silence_form,
    written_time,
)
from flywheel_tui.simulator.alertmanager.matchers import BadMatcher, all_match, parse_matcher
from flywheel_tui.simulator.alertmanager.routing import CONFIG, GROUP_BY, RECEIVERS, receiver_of
from flywheel_tui.simulator.alertmanager.silences import Silence, SilenceInvalid, SilenceStore, SilenceUnknown
from flywheel_tui.simulator.dated import Dated
from flywheel_tui.simulator.prometheus.bearer import Bearer
from flywheel_tui.simulator.prometheus.evaluator import Matcher, QueryError
from flywheel_tui.simulator.prometheus.evaluator.matching import compile_pattern
from flywheel_tui.simulator.world.world import World

VERSION = "0.34.0"
_TRUE = frozenset(("true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"))
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_Answer = Callable[[Request], Awaitable[Response]]


def build_app(world: World, token: str = "") -> Starlette:
    """Return the Alertmanager of a world.

    Args:
        world: The world.
        token: The bearer token that every request must carry; empty: none is asked for.
    """
    api = AlertmanagerApi(world)
    base = "/api/v2"
    paths: dict[str, dict[str, _Answer]] = {
        f"{base}/status": {"GET": api.status},
        f"{base}/receivers": {"GET": api.receivers},
        f"{base}/alerts": {"GET": api.alerts, "POST": api.post_alerts},
        f"{base}/alerts/groups": {"GET": api.groups},
        f"{base}/silences": {"GET": api.silences, "POST": api.post_silence},
        f"{base}/silence/{{ident}}": {"GET": api.silence, "DELETE": api.delete_silence},
    }
    routes = [Route(path, _by_method(answers), methods=_METHODS) for path, answers in paths.items()]
    routes += [Route(path, _ready, methods=["GET", "HEAD"]) for path in ("/-/ready", "/-/healthy")]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Dated, world=world), Middleware(Bearer, token=token)],
        exception_handlers={404: _not_found},
    )


_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class AlertmanagerApi:
    """Answers requests.

    Args:
        world: The world.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._silences = SilenceStore(world)
        self._alerts = AlertStore(world, self._silences)

    async def status(self, _: Request) -> Response:
        """Tell version and configuration."""
        return _json(
            {
                "cluster": {"peers": [], "status": "disabled"},
                "config": {"original": CONFIG},
                "uptime": written_time(self._world.epoch),
                "versionInfo": {
                    "branch": "HEAD",
                    "buildDate": "20260801-00:00:00",
                    "buildUser": "flywheel@simulator",
                    "goVersion": "go1.26.0",
                    "revision": "simulated",
                    "version": VERSION,
                },
            }
        )

    async def receivers(self, request: Request) -> Response:
        """List who can hear of alerts."""
        matchers = _filters(request, "receiver_matchers", "failed to parse receiver_matchers param: ")
        return _json(
            [{"labels": {"name": name}, "name": name} for name in RECEIVERS if all_match(matchers, {"name": name})]
        )

    async def alerts(self, request: Request) -> Response:
        """List the alerts that fire."""
        return _json([alert_form(alert, status) for alert, status in self._shown(request)])

    async def groups(self, request: Request) -> Response:
        """List the alerts that fire, by receiver and group."""
        groups: dict[tuple[str, tuple[str, ...]], list[tuple[HeldAlert, AlertStatus]]] = {}
        for alert, status in self._shown(request):
            key = receiver_of(alert.labels), tuple(alert.labels.get(name, "") for name in GROUP_BY)
            groups.setdefault(key, []).append((alert, status))
        shown = []
        for (receiver, values), members in sorted(groups.items(), key=lambda item: (item[0][1], item[0][0])):
            shown.append(
                {
                    "alerts": [alert_form(alert, status) for alert, status in members],
                    "labels": {name: value for name, value in zip(GROUP_BY, values, strict=True) if value},
                    "receiver": {"name": receiver},
                    "routeLabels": {},
                }
            )
        return _json(shown)

    async def post_alerts(self, request: Request) -> Response:
        """Take alerts; those that are valid are kept even when others are not."""
        body = await _body(request)
        now = self._world.now()
        complaints = []
        for alert in read_alerts(body, now):
            try:
                self._alerts.post(alert)
            except AlertInvalid as error:
                complaints.append(str(error))
        return _json("\n".join(complaints), 400) if complaints else Response(headers=_HEADERS)

    async def silences(self, request: Request) -> Response:
        """List the silences."""
        now = self._world.now()
        wanted = {state for state in ("active", "pending", "expired") if _flag(request, state)}
        filters = _filters(request, "filter")
        found = [each for each in self._silences.listed(now) if each.state(now) in wanted and _has(each, filters)]
        return _json([silence_form(each, now) for each in found])

    async def post_silence(self, request: Request) -> Response:
        """Make or change a silence."""
        body = await _body(request)
        now = self._world.now()
        silence = read_silence(body)
        if silence.starts_at >= silence.ends_at:
            return _json("Failed to create silence: start time must be before end time", 400)
        if silence.ends_at < now:
            return _json("Failed to create silence: end time can't be in the past", 400)
        try:
            return _json({"silenceID": self._silences.put(silence, now)})
        except SilenceUnknown as error:
            return _json(str(error), 404)
        except SilenceInvalid as error:
            return _json(str(error), 400)

    async def silence(self, request: Request) -> Response:
        """Show a silence."""
        found = self._silences.get(_ident(request))
        return Response(status_code=404) if found is None else _json(silence_form(found, self._world.now()))

    async def delete_silence(self, request: Request) -> Response:
        """End a silence."""
        try:
            self._silences.expire(_ident(request), self._world.now())
        except SilenceUnknown:
            return Response(status_code=404)
        return Response(headers=_HEADERS)

    def _shown(self, request: Request) -> list[tuple[HeldAlert, AlertStatus]]:
        """Return the alerts that the parameters ask for."""
        now = self._world.now()
        filters = _filters(request, "filter")
        receiver = _receiver(request)
        of_receiver = _filters(request, "receiver_matchers", "failed to parse receiver_matchers param: ")
        active, silenced, inhibited = (_flag(request, name) for name in ("active", "silenced", "inhibited"))
        firing = self._alerts.firing(now)
        shown = []
        for alert in firing:
            name = receiver_of(alert.labels)
            if not receiver(name) or not all_match(of_receiver, {"name": name}) or not all_match(filters, alert.labels):
                continue
            status = self._alerts.status(alert, firing, now)
            hidden = (
                (not active and status.state == "active")
                or (not silenced and bool(status.silenced_by))
                or (not inhibited and bool(status.inhibited_by))
            )
            if not hidden:
                shown.append((alert, status))
        return shown


class _Complaint(Exception):  # noqa: N818 - named for what it is
    """A parameter is refused with a JSON string."""


_HEADERS = {"Cache-Control": "no-store"}


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body) + b"\n", status, _HEADERS, media_type="application/json")


def _by_method(answers: dict[str, _Answer]) -> _Answer:
    async def answer(request: Request) -> Response:
        handler = answers.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            known = ",".join(answers)
            message = f"method {request.method} is not allowed, but [{known}] are"
            return _json({"code": 405, "message": message}, 405)
        try:
            return await handler(request)
        except Refusal as error:
            return _json({"code": error.code, "message": str(error)}, error.status)
        except _Complaint as error:
            return _json(str(error), 400)

    return answer


async def _body(request: Request) -> bytes:
    sort = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if sort != "application/json":
        raise Refusal(415, 415, f'unsupported media type "{sort}", only [application/json] are allowed')
    return await request.body()


def _flag(request: Request, name: str) -> bool:
    given = request.query_params.get(name)
    return given is None or given.lower() in _TRUE


def _filters(request: Request, name: str, before: str = "") -> list[Matcher]:
    try:
        return [parse_matcher(text) for text in request.query_params.getlist(name)]
    except BadMatcher as error:
        raise _Complaint(f"{before}{error}") from error


def _receiver(request: Request) -> Callable[[str], bool]:
    pattern = request.query_params.get("receiver")
    if pattern is None:
        return lambda _: True
    try:
        compiled = compile_pattern(pattern, dot_matches_newline=False)
    except QueryError as error:
        raise _Complaint(f"failed to parse receiver param: {error}") from error
    return lambda name: compiled.fullmatch(name) is not None


def _has(silence: Silence, filters: list[Matcher]) -> bool:
    """Return whether a silence has all these matchers: filters name matchers, they do not match labels."""
    own = {(each.name, each.operator, each.value) for each in silence.matchers}
    return all((each.name, each.operator, each.value) in own for each in filters)


def _ident(request: Request) -> str:
    ident = str(request.path_params["ident"])
    if not _UUID.fullmatch(ident):
        raise Refusal(422, 601, f'silenceID in path must be of type uuid: "{ident}"')
    return ident


async def _ready(_: Request) -> Response:
    return PlainTextResponse("OK")


async def _not_found(request: Request, _: Exception) -> Response:
    if request.url.path.startswith("/api/v2"):
        return _json({"code": 404, "message": f"path {request.url.path} was not found"}, 404)
    return PlainTextResponse("404 page not found\n", 404)
