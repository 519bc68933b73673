"""The processes of a running product by their roles; to kill, to stop and to let go on."""

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from tests.chaos.injected.roles import role
from tests.processes import Process, processes

SERVERS = {"/postgres -D": "postgres", "valkey-server": "redis"}
ROLES = ("web", "live", "worker", "worker-outside", "beat", "postgres", "redis")


class Crew:
    """Of the `bin/up` with this process id."""

    def __init__(self, supervisor_id: int) -> None:
        self.supervisor_id = supervisor_id

    def members(self, name: str) -> list[int]:
        """The process ids of a role, parents first; empty while it is being started again."""
        parents, children = self._members(name)
        return parents + children

    def _members(self, name: str) -> tuple[list[int], list[int]]:
        running = processes()
        parents = [p.id for p in running if p.parent_id == self.supervisor_id and _role(p) == name]
        children, above = list[int](), parents
        while above := [p.id for p in running if p.parent_id in above]:
            children += above
        return parents, children

    def one(self, name: str, number: int) -> list[int]:
        """The process id of one among several of a role: of the children, or of parents that have none."""
        parents, children = self._members(name)
        several = children or parents
        return [several[number % len(several)]] if several else []

    def kill(self, name: str) -> bool:
        """Kill -9 the parents of a role: children go on for a moment. False when there was none."""
        return _kill(self._members(name)[0])

    def kill_one(self, name: str, number: int) -> bool:
        """Kill -9 one among several. False when there was none."""
        return _kill(self.one(name, number))

    def kill_all(self, name: str) -> bool:
        """Kill -9 parents and children, so that none goes on for a moment. False when there was none."""
        return _kill(self.members(name))

    @contextmanager
    def stopped(self, ids: Iterable[int]) -> Iterator[int]:
        """These processes hang, until the end of the body."""
        held = [fd for id_ in ids if (fd := _open(id_)) is not None]
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


def _kill(ids: Iterable[int]) -> bool:
    killed = [_signal(id_, signal.SIGKILL) for id_ in ids]
    return any(killed)


def _signal(id_: int, number: signal.Signals) -> bool:
    fd = _open(id_)
    if fd is None:
        return False
    try:
        return _send(fd, number)
    finally:
        os.close(fd)
