"""Flywheel: the terminal console for CI runner fleets."""

__version__ = "0.1.0"
