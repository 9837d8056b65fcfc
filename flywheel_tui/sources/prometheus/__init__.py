"""Prometheus: numbers by a catalogue of named queries, and alerts from its rules."""
