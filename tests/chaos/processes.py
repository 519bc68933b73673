"""The processes of a running product by their roles; to kill, to stop and to let go on."""

import os
import signal
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from config.channels import CHANNELS
from tests.chaos.injected.roles import role
from tests.processes import Process, processes

SERVERS = {"/postgres -D": "postgres", "valkey-server": "redis"}
SENDERS = tuple(f"worker-{channel}" for channel in CHANNELS)
ROLES = ("web", "live", "worker", *SENDERS, "beat", "postgres", "redis")


class Crew:
    """Of the `bin/up` with this process id."""

    def __init__(self, supervisor_id: int) -> None:
        self.supervisor_id = supervisor_id

    def members(self, name: str) -> list[int]:
        """The process ids of a role, the parent first; empty while it is being started again."""
        running = processes()
        children: defaultdict[int, list[int]] = defaultdict(list)
        for process in running:
            children[process.parent_id].append(process.id)
        found = [p.id for p in running if p.parent_id == self.supervisor_id and _role(p) == name]
        for id_ in found:
            found += children[id_]
        return found

    def kill(self, name: str, *, child: int | None = None) -> bool:
        """Kill -9 the parent, or one of its children. False when there was none."""
        found = self.members(name)
        if child is not None:
            found = found[1:]
        if not found:
            return False
        return _signal(found[(child or 0) % len(found)], signal.SIGKILL)

    def kill_all(self, name: str) -> bool:
        """Kill -9 the parent and its children, so that none goes on for a moment. False when there was none."""
        killed = [_signal(id_, signal.SIGKILL) for id_ in self.members(name)]
        return any(killed)

    @contextmanager
    def stopped(self, name: str) -> Iterator[int]:
        """All of a role hang, until the end of the body."""
        held = [fd for id_ in self.members(name) if (fd := _open(id_)) is not None]
        try:
            for fd in held:
                _send(fd, signal.SIGSTOP)
            yield len(held)
        finally:
            for fd in held:
                _send(fd, signal.SIGCONT)
                os.close(fd)

    def let_go_on(self, names: Iterable[str] = ROLES) -> None:
        """Whoever is stopped."""
        for name in names:
            for id_ in self.members(name):
                _signal(id_, signal.SIGCONT)


def _role(process: Process) -> str:
    for mark, name in SERVERS.items():
        if mark in process.command:
            return name
    return role(process.command.split())


def _open(id_: int) -> int | None:
    """A handle of this very process: its id may be another's later."""
    with suppress(ProcessLookupError):
        return os.pidfd_open(id_)
    return None


def _send(fd: int, number: signal.Signals) -> bool:
    try:
        signal.pidfd_send_signal(fd, number)
    except ProcessLookupError:
        return False
    return True


def _signal(id_: int, number: signal.Signals) -> bool:
    fd = _open(id_)
    if fd is None:
        return False
    try:
        return _send(fd, number)
    finally:
        os.close(fd)
