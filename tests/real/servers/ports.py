"""Free TCP ports on loopback for servers that need to know theirs beforehand and to keep it over a restart."""

import random
import socket

LOOPBACK = "127.0.0.1"

# Below the range that the kernel gives to outgoing connections (32768 and up on Linux, 49152 on macOS): else, while a
# server is stopped, somebody's connection could take its port, and the server could not start again.
FIRST_PORT, LAST_PORT = 20_000, 31_999


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    for port in random.sample(range(FIRST_PORT, LAST_PORT + 1), 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port among 200 tried from {FIRST_PORT} to {LAST_PORT}")
