"""Ports for servers that die and come back: below those that the kernel gives to clients.

Else a client's connection could sit on a server's port while that is down, and
a proxy that looks for a dead server could connect to itself.
"""

import random
import socket

HOST = "127.0.0.1"
LOWEST, HIGHEST = 10_000, 32_000


def free_port() -> int:
    """One that nobody listened on a moment ago; another run beside this one hardly draws the same."""
    while True:
        port = random.randint(LOWEST, HIGHEST)
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
