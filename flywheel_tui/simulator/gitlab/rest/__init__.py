"""The REST API of the simulated GitLab."""
