"""The jobs that wait or run."""
