"""The process that makes the load: one thread, epoll, and as little as possible for each request.

It reads a Plan from its standard input and writes what became of it, Offered, to its standard output.
"""

import ctypes
import gc
import math
import os
import pickle
import select
import signal
import socket
import sys
import time
from array import array
from collections import deque
from typing import ClassVar

from benchmarks.answers import Answer, NotHttp, read
from benchmarks.load import NO_ANSWER, Offered, Plan

REFUSED, RESET, CUT_SHORT, TIMED_OUT, NOT_HTTP = (-1 - n for n in range(len(NO_ANSWER)))
# Servers close what lies idle (gunicorn after 2 s), and what is sent at that moment is lost.
IDLE_S = 1.5
LOOK_FOR_LATE_S = 0.05


class Connection:
    """One that is busy with a request, or idle, `since` then."""

    __slots__ = ("answer", "number", "since", "socket", "unsent")

    def __init__(self, plan: Plan) -> None:
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect_ex((plan.host, plan.port))
        self.number, self.unsent, self.answer, self.since = -1, b"", b"", 0.0


class Generator:
    """Runs a plan once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.total = len(plan.requests)
        self.due, self.took = array("d", [0.0]) * self.total, array("d", [0.0]) * self.total
        self.outcomes, self.late = array("i", [0]) * self.total, array("d")
        self.next = self.finished = self.waited = self.opened = 0
        self.waiting: deque[int] = deque()
        self.idle: list[Connection] = []
        self.busy: dict[int, Connection] = {}  # by file number; who was given a request first comes first
        self.epoll = select.epoll()
        self.looked_at = 0.0
        self.clock = -1

    def run(self) -> Offered:
        """Until every request that was due has its answer, or has failed."""
        begun_at, self.begun, cpu = time.time(), time.monotonic(), time.process_time()
        if self.plan.rate is not None:
            self.clock = ticking(1 / self.plan.rate)
            self.epoll.register(self.clock, select.EPOLLIN)
        while self.finished < self.next or not self._is_over(time.monotonic()):
            self._give_out(time.monotonic())
            for number, event in self.epoll.poll(LOOK_FOR_LATE_S):
                if number == self.clock:
                    os.read(number, 8)  # ticks only when it is read
                else:
                    self._on_event(self.busy.get(number), number, event)
            self._fail_what_is_late(time.monotonic())
        for each in (self.due, self.took, self.outcomes):
            del each[self.next :]
        return Offered(
            begun_at, self.due, self.took, self.outcomes, self.late, self.waited, self.opened,
            time.process_time() - cpu, time.monotonic() - self.begun,
        )  # fmt: skip

    def _is_over(self, now: float) -> bool:
        """Is nothing due any more?"""
        if self.next == self.total:
            return True
        return self.plan.seconds is not None and now - self.begun >= self.plan.seconds

    def _give_out(self, now: float) -> None:
        rate = self.plan.rate
        if rate is None:
            while self._is_free() and not self._is_over(now):
                self.due[self.next] = now - self.begun
                self.next += 1
                self._start(self.next - 1, now)
            return
        while self.waiting and self._is_free():
            self._start(self.waiting.popleft(), now)
        while not self._is_over(now) and self.next / rate <= now - self.begun:
            number, self.next = self.next, self.next + 1
            self.due[number] = number / rate
            if self._is_free():
                self.late.append(now - self.begun - self.due[number])
                self._start(number, now)
            else:
                self.waiting.append(number)
                self.waited += 1

    def _is_free(self) -> bool:
        return bool(self.idle) or len(self.busy) < self.plan.connections

    def _start(self, number: int, now: float) -> None:
        connection = self._connection(now)
        connection.number, connection.answer, connection.since = number, b"", now
        self.busy[connection.socket.fileno()] = connection
        self._send(connection, self.plan.requests[number])

    def _connection(self, now: float) -> Connection:
        """The one that was used last, unless even that was long ago."""
        if self.idle:
            connection = self.idle.pop()
            if now - connection.since < IDLE_S:
                return connection
            for old in (connection, *self.idle):
                old.socket.close()
            self.idle.clear()
        connection = Connection(self.plan)
        self.opened += 1
        self.epoll.register(connection.socket, select.EPOLLIN)
        return connection

    def _send(self, connection: Connection, data: bytes) -> None:
        try:
            sent = connection.socket.send(data)
        except BlockingIOError:  # still being opened, or full
            sent = 0
        except OSError as error:
            self._finish(connection, _kind(error))
            return
        if sent < len(data) or connection.unsent:
            wanted = select.EPOLLIN | (select.EPOLLOUT if sent < len(data) else 0)
            self.epoll.modify(connection.socket, wanted)
        connection.unsent = data[sent:]

    def _on_event(self, connection: Connection | None, number: int, event: int) -> None:
        if connection is None:
            self._drop_idle(number)
        elif event & select.EPOLLOUT and connection.unsent and not event & (select.EPOLLERR | select.EPOLLHUP):
            self._send(connection, connection.unsent)
        else:
            self._receive(connection)

    def _drop_idle(self, number: int) -> None:
        """The server closed one that nothing was sent on."""
        for connection in self.idle:
            if connection.socket.fileno() == number:
                self.idle.remove(connection)
                connection.socket.close()
                return

    def _receive(self, connection: Connection) -> None:
        try:
            data = connection.socket.recv(65_536)
            answer = read(connection.answer + data, is_all=not data)
        except BlockingIOError:
            return
        except OSError as error:
            self._finish(connection, _kind(error))
        except NotHttp:
            self._finish(connection, NOT_HTTP)
        else:
            connection.answer += data
            if answer or not data:
                self._finish(connection, answer or CUT_SHORT)

    def _finish(self, connection: Connection, outcome: Answer | int) -> None:
        now = time.monotonic()
        number = connection.number
        self.took[number] = now - self.begun - self.due[number]
        self.outcomes[number] = outcome.status if isinstance(outcome, Answer) else outcome
        self.finished += 1
        del self.busy[connection.socket.fileno()]
        if isinstance(outcome, Answer) and outcome.keeps:
            connection.since = now
            self.idle.append(connection)
        else:
            connection.socket.close()

    def _fail_what_is_late(self, now: float) -> None:
        if now < self.looked_at + LOOK_FOR_LATE_S:
            return
        self.looked_at = now
        for connection in list(self.busy.values()):
            if now - connection.since <= self.plan.timeout_s:
                break
            self._finish(connection, TIMED_OUT)


class _Interval(ctypes.Structure):
    """struct itimerspec: the interval, then the time until the first, each in seconds and nanoseconds."""

    _fields_: ClassVar = [(name, ctypes.c_long) for name in ("every_s", "every_ns", "first_s", "first_ns")]


def ticking(seconds: float) -> int:
    """The file number of a timer that becomes readable so often. epoll's own timeout is in whole milliseconds."""
    libc = ctypes.CDLL(None, use_errno=True)
    timer: int = libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK)
    whole, part = divmod(math.ceil(seconds * 1e9), 1_000_000_000)
    if timer < 0 or libc.timerfd_settime(timer, 0, ctypes.byref(_Interval(whole, part, whole, part)), None):
        raise OSError(ctypes.get_errno(), "No timer could be set.")
    return timer


def _kind(error: OSError) -> int:
    return REFUSED if isinstance(error, ConnectionRefusedError) else RESET


def main() -> None:
    """Ctrl-C is for whoever started this process, and ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    plan: Plan = pickle.load(sys.stdin.buffer)  # noqa: S301  from our own process
    gc.freeze()
    gc.disable()
    sys.stdout.buffer.write(pickle.dumps(Generator(plan).run()))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
