"""The world as Prometheus series: one truth for the pages that are scraped and for the queries that are answered."""

from flywheel_tui.simulator.prometheus.series.collection import Collection
from flywheel_tui.simulator.prometheus.series.family import Family
from flywheel_tui.simulator.prometheus.series.scrapes import GridScrapes, RecordedScrapes, Scrapes
from flywheel_tui.simulator.prometheus.series.series import Series
from flywheel_tui.simulator.prometheus.series.target import Target

__all__ = ["Collection", "Family", "GridScrapes", "RecordedScrapes", "Scrapes", "Series", "Target"]
