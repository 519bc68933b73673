"""A live process in a thread of the tests, with its own sockets, on the tests' PostgreSQL and Redis."""

import asyncio
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from config.live import Server, listening_socket
from notifications.live import hub, subscriber
from notifications.live.app import Live
from notifications.live.hub import Hub
from socialapp.users.models import Person
from socialapp.users.operations import make_token

LOGIN = "allauth.account.auth_backends.AuthenticationBackend"
PATIENCE_S = 10


@dataclass
class Process:
    """The process; `hears` false is one to which Redis says nothing, ever."""

    hears: bool = True
    most_streams: int = 100
    port: int = 0
    hub: Hub = field(init=False)
    call: Callable[..., object] = field(init=False)

    def start(self) -> None:
        """Returns once it listens."""
        listener = listening_socket("127.0.0.1", 0)
        self.port = listener.getsockname()[1]
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(listener, ready)), name="live")
        self._thread.start()
        assert ready.wait(PATIENCE_S)

    async def _serve(self, listener: Any, ready: threading.Event) -> None:
        self.hub = Hub()
        server = Server(self.hub.farewell, Live(self.hub, self.most_streams))
        loop = asyncio.get_running_loop()
        self.call = loop.call_soon_threadsafe
        self._server = server
        background = [asyncio.create_task(self.hub.run())]
        if self.hears:
            background.append(asyncio.create_task(subscriber.listen(self.hub.on_wakeup, self.hub.check_now)))
        loop.call_soon(ready.set)
        await server.serve([listener])
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await self.hub.database.ask(connections.close_all)
        self.hub.database.close()

    def stop(self) -> None:
        """As SIGTERM does."""
        if self._thread.is_alive():
            self.call(setattr, self._server, "should_exit", True)

    def join(self) -> None:
        self.stop()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


@dataclass
class Event:
    """One of a stream."""

    name: str
    id: str
    data: Any


class Listener:
    """A client of a stream, by nothing but HTTP."""

    def __init__(self, port: int, query: str = "", **headers: str) -> None:
        self.place = ""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request("GET", f"/live/{query}", headers=sent)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status

    def next(self, *names: str) -> Event:
        """The next event, or the next of one of these names."""
        while True:
            found = self._event()
            if not names or found.name in names:
                return found

    def _event(self) -> Event:
        fields: dict[str, str] = {}
        while line := self.answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            fields[name] = value
        assert fields, "The stream has ended."
        self.place = fields.get("id", self.place)
        return Event(fields["event"], self.place, json.loads(fields["data"]))

    def problem(self) -> str:
        """Why it was refused."""
        assert self.answer.headers["Content-Type"] == "application/problem+json"
        return str(json.loads(self.answer.read())["detail"])

    def close(self) -> None:
        self.answer.close()
        self.connection.close()


@pytest.fixture
def new_process(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Process]]:
    """Starts one that looks at the rows more often than in production; all are gone after the test."""
    monkeypatch.setattr(hub, "CHECK_S", 0.5)
    running: list[Process] = []

    def start(**options: Any) -> Process:
        process = Process(**options)
        process.start()
        running.append(process)
        return process

    yield start
    for process in running:
        process.join()


@pytest.fixture
def live(new_process: Callable[..., Process]) -> Process:
    """One that hears Redis."""
    return new_process()


@pytest.fixture
def listen(live: Process) -> Iterator[Callable[..., Listener]]:
    """Opens a stream: by a token, or with `cookie` as a browser does, or with nothing but the headers given."""
    opened: list[Listener] = []

    def listener(
        person: Person | None = None, query: str = "", *, cookie: bool = False, to: Process = live, **headers: str
    ) -> Listener:
        if person and cookie:
            headers["Cookie"] = cookie_of(person)
        elif person:
            headers["Authorization"] = f"Bearer {make_token(person=person, name='test')}"
        opened.append(Listener(to.port, query, **headers))
        return opened[-1]

    yield listener
    for each in opened:
        each.close()


def cookie_of(person: Person) -> str:
    """Of a browser in which they are logged in."""
    browser = Client()
    browser.force_login(person, LOGIN)
    return f"sessionid={browser.cookies['sessionid'].value}"
