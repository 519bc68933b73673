"""Hosts on one machine: each is a network namespace with an address of its own, on one switch (Debian: iproute2)."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bin.runtime.os_user import Account

IP = shutil.which("ip") or shutil.which("ip", path="/usr/sbin")
# All namespaces and interfaces begin with it and the id of the process of these tests.
PREFIX = "fleet"
PATIENCE_S = 240


def ip(*words: str) -> str:
    done = subprocess.run([str(IP), *words], capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    return done.stdout


def why_impossible() -> str | None:
    """Why there can be no hosts here; None when there can."""
    if not IP:
        return "ip is not installed (Debian: apt-get install iproute2)"
    if os.geteuid() != 0:
        return "hosts are network namespaces, which root alone can make"
    name = f"{PREFIX}{os.getpid()}-try"
    if subprocess.run([IP, "netns", "add", name], capture_output=True, check=False).returncode:
        return "network namespaces cannot be made on this machine"
    ip("netns", "delete", name)
    return None


def wait_until(happens: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> float:
    """Seconds until it did."""
    begun = time.monotonic()
    while not happens():
        assert time.monotonic() - begun < patience_s, f"Waited in vain: {what}"
        time.sleep(0.1)
    return time.monotonic() - begun


@dataclass(frozen=True)
class Unit:
    """A process that its host starts when it gets power."""

    command: list[str]
    environment: dict[str, str] | None = None


@dataclass
class Host:
    """A machine of its own, as far as the network goes."""

    name: str
    address: str
    namespace: str
    folder: Path
    units: dict[str, Unit] = field(default_factory=dict)
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def enable(
        self, name: str, *command: str, environment: dict[str, str] | None = None, account: Account | None = None
    ) -> None:
        """Start a process, now and whenever the host gets power."""
        self.units[name] = Unit(self._inside(command, account), environment)
        self._start(name)

    def _start(self, name: str) -> None:
        unit = self.units[name]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                unit.command, env=unit.environment, cwd="/", stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True,  # Linux shares processors out by sessions; hosts have their own
            )  # fmt: skip

    def disable(self, name: str) -> None:
        """Stop it as its supervisor would, and start it no more."""
        del self.units[name]
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def run(
        self, *command: str, environment: dict[str, str] | None = None, account: Account | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command here to its end."""
        return subprocess.run(
            self._inside(command, account),
            env=environment, cwd="/", capture_output=True, text=True, check=False, timeout=PATIENCE_S,
        )  # fmt: skip

    def lose_power(self) -> None:
        """All at once, and no peer hears of it: the network goes first."""
        self.cut_off()
        kill_all_in(self.namespace)
        for process in self.running.values():
            process.wait(PATIENCE_S)
        self.running.clear()

    def get_power(self) -> None:
        self.let_back()
        for name in self.units:
            self._start(name)

    def cut_off(self) -> None:
        ip("-n", self.namespace, "link", "set", "eth0", "down")

    def let_back(self) -> None:
        ip("-n", self.namespace, "link", "set", "eth0", "up")

    def _inside(self, command: Sequence[str], account: Account | None) -> list[str]:
        become = ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"] if account else []
        return [str(IP), "netns", "exec", self.namespace, *become, *command]


def kill_all_in(namespace: str) -> None:
    for number in ip("netns", "pids", namespace).split():
        with suppress(ProcessLookupError):
            os.kill(int(number), signal.SIGKILL)


class Network:
    """A switch, which this machine is at, too, and the hosts at it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own = f"{PREFIX}{os.getpid()}"
        self.subnet = f"10.213.{os.getpid() % 250}"
        self.hosts: dict[str, Host] = {}

    def add(self, name: str) -> Host:
        """A host with the next address."""
        number = 10 + len(self.hosts)
        folder = self.folder / name
        folder.mkdir()
        folder.chmod(0o711)
        host = Host(name, f"{self.subnet}.{number}", f"{self.own}-{name}", folder)
        ip("netns", "add", host.namespace)
        self.hosts[name] = host
        ip("link", "add", f"{self.own}v{number}", "type", "veth", "peer", "name", "eth0", "netns", host.namespace)
        ip("link", "set", f"{self.own}v{number}", "master", self.own, "up")
        ip("-n", host.namespace, "address", "add", f"{host.address}/24", "dev", "eth0")
        ip("-n", host.namespace, "link", "set", "lo", "up")
        host.let_back()
        # As docs/operations.md has it of a fleet's hosts.
        assert host.run("sysctl", "-w", "net.ipv4.tcp_retries2=5").returncode == 0
        return host


@contextmanager
def network(folder: Path) -> Iterator[Network]:
    """Gone after the body, with all that runs on its hosts."""
    remove_leftovers()
    found = Network(folder)
    ip("link", "add", found.own, "type", "bridge")
    try:
        ip("address", "add", f"{found.subnet}.1/24", "dev", found.own)
        ip("link", "set", found.own, "up")
        yield found
    finally:
        for host in found.hosts.values():
            host.lose_power()
            ip("netns", "delete", host.namespace)
        ip("link", "delete", found.own)


def remove_leftovers() -> None:
    """Hosts and switches of tests that were killed themselves."""
    for line in ip("netns", "list").splitlines():
        if (name := line.split()[0]) and _is_left(name):
            kill_all_in(name)
            ip("netns", "delete", name)
    for line in ip("-brief", "link", "show", "type", "bridge").splitlines():
        if (name := line.split()[0]) and _is_left(name):
            ip("link", "delete", name)


def _is_left(name: str) -> bool:
    whose = re.match(rf"{PREFIX}(\d+)(-|$)", name)
    return whose is not None and not Path(f"/proc/{whose[1]}").exists()


if __name__ == "__main__":
    remove_leftovers()
    sys.exit(0)
