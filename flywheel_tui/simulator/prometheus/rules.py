"""/api/v1/rules and /api/v1/alerts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from starlette.responses import Response

from flywheel_tui.simulator.prometheus import parameters
from flywheel_tui.simulator.prometheus.answers import ApiError, rfc3339, success
from flywheel_tui.simulator.prometheus.evaluator import Matcher, QueryError, parse_selector
from flywheel_tui.simulator.prometheus.parameters import Form
from flywheel_tui.simulator.prometheus.server import Server
from flywheel_tui.simulator.world.alerts import RULES, Alert, Rule, active_alerts

_FILE = "/etc/prometheus/rules/flywheel.yml"
_INTERVAL = 30
_GROUPS = (("arc", "Arc"), ("gitlab-runner", "GitLab"), ("kubernetes", "Runner"))
"""Names of the groups, and how the names of their rules begin."""


def alerts(server: Server, form: Form) -> Response:
    """List the alerts that are pending or firing."""
    del form
    server.now()
    return success({"alerts": [_alert(each) for each in active_alerts(server.world, server.world.time)]})


def rules(server: Server, form: Form) -> Response:
    """List the rules by group, page by page where a limit is given."""
    server.now()
    sort = parameters.text(form, "type").lower()
    if sort not in ("", "alert", "record"):
        raise ApiError.parameter("type", f'not supported value "{sort}"')
    bare = _flag(form, "exclude_alerts")
    groups = [] if sort == "record" else [_group(server, name, prefix, form, bare) for name, prefix in _GROUPS]
    groups = [group for group in groups if group["rules"] and _wanted(form, "rule_group[]", str(group["name"]))]
    if form.get("file[]") and _FILE not in form["file[]"]:
        groups = []
    return success(_page(groups, form))


def _page(groups: list[dict[str, object]], form: Form) -> dict[str, object]:
    token = parameters.text(form, "group_next_token")
    if not parameters.text(form, "group_limit"):
        if token:
            raise ApiError.parameter("group_limit", "group_limit needs to be set in order to paginate over the groups")
        return {"groups": groups}
    limit = _positive(parameters.text(form, "group_limit"))
    begin = 0
    if token:
        tokens = [_token(group) for group in groups]
        if token not in tokens:
            raise ApiError.parameter(
                "group_next_token", f"invalid group_next_token '{token}'. were rule groups changed?"
            )
        begin = tokens.index(token)
    shown: dict[str, object] = {"groups": groups[begin : begin + limit]}
    if begin + limit < len(groups):
        shown["groupNextToken"] = _token(groups[begin + limit])
    return shown


def _positive(value: str) -> int:
    try:
        number = int(value)
    except ValueError as error:
        reason = f'group_limit needs to be a valid number: strconv.ParseInt: parsing "{value}": invalid syntax'
        raise ApiError.parameter("group_limit", reason) from error
    if number <= 0:
        raise ApiError.parameter("group_limit", "group_limit needs to be greater than 0")
    return number


def _token(group: dict[str, object]) -> str:
    return hashlib.sha1(f"{_FILE};{group['name']}".encode(), usedforsecurity=False).hexdigest()


def _flag(form: Form, name: str) -> bool:
    value = parameters.text(form, name)
    if value in ("", "0", "f", "F", "false", "FALSE", "False"):
        return False
    if value in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    raise ApiError.parameter(name, f'error converting {name}: strconv.ParseBool: parsing "{value}": invalid syntax')


def _wanted(form: Form, name: str, value: str) -> bool:
    return not form.get(name) or value in form[name]


def _group(server: Server, name: str, prefix: str, form: Form, bare: bool) -> dict[str, object]:
    now = server.world.time
    found = active_alerts(server.world, now)
    selectors = _selectors(server, form)
    shown = [
        _rule(rule, [each for each in found if each.name == rule.name], now, bare)
        for rule in RULES
        if rule.name.startswith(prefix) and _wanted(form, "rule_name[]", rule.name) and _selected(rule, selectors)
    ]
    return {
        "name": name,
        "file": _FILE,
        "rules": shown,
        "interval": _INTERVAL,
        "limit": 0,
        "evaluationTime": 0.0012,
        "lastEvaluation": rfc3339(now - now % _INTERVAL),
    }


def _selectors(server: Server, form: Form) -> list[tuple[Matcher, ...]]:
    try:
        return [parse_selector(each, server.dialect) for each in form.get("match[]", ())]
    except QueryError as error:
        raise ApiError.parameter("match[]", str(error)) from error


def _selected(rule: Rule, selectors: list[tuple[Matcher, ...]]) -> bool:
    labels = {"severity": rule.severity}
    return not selectors or any(
        all(each.matches(labels.get(each.name, "")) for each in selector) for selector in selectors
    )


def _rule(rule: Rule, found: Iterable[Alert], now: float, bare: bool) -> dict[str, object]:
    active = list(found)
    states = {each.state for each in active}
    shown: dict[str, object] = {
        "state": "firing" if "firing" in states else "pending" if states else "inactive",
        "name": rule.name,
        "query": rule.expression,
        "duration": rule.hold,
        "keepFiringFor": 0,
        "labels": {"severity": rule.severity},
        "annotations": {"summary": rule.summary},
        "health": "ok",
        "evaluationTime": 0.0003,
        "lastEvaluation": rfc3339(now - now % _INTERVAL),
        "type": "alerting",
    }
    if not bare:
        shown["alerts"] = [_alert(each) for each in active]
    return shown


def _alert(alert: Alert) -> dict[str, object]:
    return {
        "labels": {"alertname": alert.name, **alert.labels},
        "annotations": alert.annotations,
        "state": alert.state,
        "activeAt": rfc3339(alert.active_at),
        "value": "1e+00",
    }
