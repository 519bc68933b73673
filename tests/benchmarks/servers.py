"""Small HTTP servers that behave badly in a known way, for tests of the load generator."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Server:
    """Answers by `answer(number of the request, its connection)`, in the order in which requests come."""

    answer: Callable[[int, socket.socket], None]
    connections: int = 0
    heard: list[bytes] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.talk, args=[connection], daemon=True).start()

    def talk(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while data := connection.recv(65_536):
                with self.lock:
                    self.heard.append(data)
                    self.answer(len(self.heard), connection)


@contextmanager
def serving(answer: Callable[[int, socket.socket], None]) -> Iterator[Server]:
    """On a free port."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        server = Server(answer, url=f"http://127.0.0.1:{listener.getsockname()[1]}")
        threading.Thread(target=server.serve, args=[listener], daemon=True).start()
        yield server
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def at_once(_number: int, connection: socket.socket) -> None:
    """201."""
    connection.sendall(CREATED)


def stalls(*, at: int, seconds: float) -> Callable[[int, socket.socket], None]:
    """One answer, and all behind it, so much later."""

    def answer(number: int, connection: socket.socket) -> None:
        if number == at:
            time.sleep(seconds)
        connection.sendall(CREATED)

    return answer
