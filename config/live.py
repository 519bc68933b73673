"""The live process: `bin/run live`. Any number may run; a proxy sends /live/ to them.

uvicorn, because it can send a goodbye before it closes, and because a
listener who does not read holds up only the coroutine that writes to it.
"""

import argparse
import asyncio
import os
import resource
import socket

import django
import uvicorn

# One open file for each stream, and some for the process.
SPARE_FILES = 100
BACKLOG = 4_096
STOP_PATIENCE_S = 5
# The kernel gives up on a peer that acknowledges nothing for this long (milliseconds).
DEAD_PEER_MS = 30_000


def main() -> None:
    """Runs until SIGTERM."""
    parser = argparse.ArgumentParser(prog="config.live", description="Serves live streams at /live/.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    asyncio.run(serve(listening_socket(chosen.host, chosen.port)))


async def serve(listener: socket.socket) -> None:
    """The server, the hub and the subscriber, until SIGTERM."""
    from notifications.live import subscriber
    from notifications.live.app import Live
    from notifications.live.hub import Hub

    hub = Hub()
    server = Server(hub.farewell, Live(hub, most_streams()))
    background = [
        asyncio.create_task(hub.run(), name="hub"),
        asyncio.create_task(subscriber.listen(hub.on_wakeup, hub.check_now), name="radio"),
    ]
    serving = asyncio.create_task(server.serve([listener]), name="server")
    done, _ = await asyncio.wait([serving, *background], return_when=asyncio.FIRST_COMPLETED)
    for task in background:
        task.cancel()
    for task in done:
        task.result()  # raises what ended first and should not have


class Server(uvicorn.Server):
    """uvicorn waits for open streams when it stops; ours are ended first."""

    def __init__(self, farewell, app) -> None:  # type: ignore[no-untyped-def]
        from notifications.live.slow_request_guard import Door

        super().__init__(
            uvicorn.Config(
                app,
                http=Door,
                ws="none",
                lifespan="off",
                loop="asyncio",
                access_log=False,
                log_config=None,  # its lines are ours
                log_level="warning",
                backlog=BACKLOG,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=STOP_PATIENCE_S,
            )
        )
        self.farewell = farewell

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self.farewell()
        await super().shutdown(sockets)


def most_streams() -> int:
    """As many streams as there may be open files, after raising that limit as far as possible."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = hard if hard != resource.RLIM_INFINITY else 1_000_000
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return limit - SPARE_FILES


def listening_socket(host: str, port: int) -> socket.socket:
    """Its connections inherit what is set here."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_MS)
    listener.bind(address)
    listener.listen(BACKLOG)
    return listener


if __name__ == "__main__":
    main()
