"""The functions of PromQL that this evaluator knows."""

from __future__ import annotations

from flywheel_tui.simulator.prometheus.evaluator.functions.call import Function
from flywheel_tui.simulator.prometheus.evaluator.functions.counters import COUNTERS
from flywheel_tui.simulator.prometheus.evaluator.functions.histogram import HISTOGRAMS
from flywheel_tui.simulator.prometheus.evaluator.functions.labels import LABELS
from flywheel_tui.simulator.prometheus.evaluator.functions.mathematics import MATHEMATICS
from flywheel_tui.simulator.prometheus.evaluator.functions.moments import MOMENTS
from flywheel_tui.simulator.prometheus.evaluator.functions.over_time import OVER_TIME

FUNCTIONS: dict[str, Function] = {**COUNTERS, **OVER_TIME, **HISTOGRAMS, **LABELS, **MATHEMATICS, **MOMENTS}
