"""Alertmanager: the alerts that were sent, with silences and inhibitions."""
