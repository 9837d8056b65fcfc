"""GitHub: the self-hosted runners of organisations and repositories, read by conditional requests."""
