"""Who hears of which alert, and which alerts keep others quiet: the configuration of the simulated Alertmanager."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from flywheel_tui.simulator.alertmanager.matchers import all_match
from flywheel_tui.simulator.prometheus.evaluator import Matcher

CONFIG = """\
global:
  resolve_timeout: 5m
route:
  receiver: platform-oncall
  group_by:
  - alertname
  - namespace
  continue: false
  routes:
  - receiver: arc
    matchers:
    - namespace=~"arc-.*"
    continue: false
  - receiver: gitlab-runners
    matchers:
    - namespace="gitlab-runners"
    continue: false
inhibit_rules:
- source_matchers:
  - severity="critical"
  target_matchers:
  - severity="warning"
  equal:
  - namespace
  - name
  - pod
receivers:
- name: platform-oncall
- name: arc
- name: gitlab-runners
templates: []
"""
RESOLVE_TIMEOUT = 300.0
GROUP_BY = ("alertname", "namespace")
RECEIVERS = ("platform-oncall", "arc", "gitlab-runners")
_ROUTES = (
    ("arc", (Matcher("namespace", "=~", "arc-.*"),)),
    ("gitlab-runners", (Matcher("namespace", "=", "gitlab-runners"),)),
)


class InhibitRule(msgspec.Struct, frozen=True):
    """While a source fires, targets with the same values of the labels `equal` are suppressed."""

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]


INHIBIT_RULES = (
    InhibitRule(
        source=(Matcher("severity", "=", "critical"),),
        target=(Matcher("severity", "=", "warning"),),
        equal=("namespace", "name", "pod"),
    ),
)


def receiver_of(labels: Mapping[str, str]) -> str:
    """Return who hears of an alert: the first route that matches, else the default."""
    return next((name for name, matchers in _ROUTES if all_match(matchers, labels)), RECEIVERS[0])
