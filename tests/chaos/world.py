"""A throw-away world: the product as `bin/up` starts it, a link between each pair, what is injected, and fakes."""

import asyncio
import ctypes
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bin.runtime.embedded import Postgres
from bin.runtime.up import is_healthy
from config.channels import CHANNELS
from config.env import CHECKOUT
from tests.chaos import injected
from tests.chaos.injected.plan import Plan
from tests.chaos.links import HOST, Address, Link
from tests.chaos.memory_disk import MemoryDisk
from tests.chaos.processes import Crew
from tests.chaos.truth import Truth
from tests.product import free_port, manage

START_PATIENCE_S = 180
STOP_PATIENCE_S = 90
TRIES = 4  # a port that was free may be another's a moment later
# Whose connections share a link.
ENDS = {
    "web": ["web"],
    "worker": ["worker"],
    "senders": ["worker-outside"],
    "live": ["live"],
    "beat": ["beat"],
}
OURS = (
    "DATABASE_URL", "REDIS_URL", "BROKER_URL", "SOCIALAPP_URL", "SOCIALAPP_DATA", "SOCIALAPP_SECRET_KEY",
    "SOCIALAPP_LIVE_URL",
)  # fmt: skip


class CannotRun(Exception):
    """The harness failed, not the product."""


class World:
    """`async with World(…) as world`: healthy when the body begins, gone after it."""

    def __init__(
        self, *, seed: int, doubled: float = 0.05, mutant: str = "", keep: bool = False, disk: bool = False
    ) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="socialapp-chaos-"))
        if os.geteuid() == 0:
            self.data.chmod(0o711)  # root's PostgreSQL runs as another user, who must pass
        self.disk = MemoryDisk(self.data) if disk else None
        self.keep = keep
        self.plan_path = self.data / "plan.json"
        self.plan = Plan(seed=seed, doubled=doubled, mutant=mutant)
        self.links: dict[str, Link] = {}
        self.port = 0
        self.fakes_url = ""
        self.smtp_port = 0
        self.up: subprocess.Popen[str] | None = None
        self.said: list[str] = []
        self._fakes: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> "World":
        try:
            await self._make()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for link in self.links.values():
            link.heal()
        if self.up:
            self.crew.let_go_on()
        await asyncio.to_thread(self._stop)
        for link in self.links.values():
            link.close()

    # --- where things are ---

    @property
    def urls(self) -> dict[str, str]:
        """What `bin/up` wrote down: DATABASE_URL, REDIS_URL, LIVE_PORT …"""
        urls: dict[str, str] = json.loads((self.data / "embedded.json").read_text())
        return urls

    @property
    def url(self) -> str:
        """Of the web, without a link."""
        return f"http://{HOST}:{self.port}"

    def through(self, name: str) -> str:
        """The address of a link that carries HTTP."""
        return f"http://{HOST}:{self.links[name].port}"

    @property
    def crew(self) -> Crew:
        assert self.up
        return Crew(self.up.pid)

    @property
    def truth(self) -> Truth:
        return Truth(self.urls["DATABASE_URL"], self.urls["REDIS_URL"])

    @property
    def environment(self) -> dict[str, str]:
        """Of `bin/up`; the injected folder stands in front."""
        return {
            **{name: value for name, value in os.environ.items() if name not in OURS},
            "PYTHONPATH": os.pathsep.join([self.injected, str(CHECKOUT)]),
            "CHAOS_PLAN": str(self.plan_path),
            "SOCIALAPP_DATA": str(self.data),
            "SOCIALAPP_LIMITS": "off",  # a few people do here what thousands do elsewhere
            "SOCIALAPP_MAIL_URL": f"smtp://{HOST}:{self.links['email'].port}",
            "SOCIALAPP_ALLOWED_PRIVATE_HOSTS": f"{HOST}:{self.links['push'].port} {HOST}:{self.links['webhook'].port}",
        }

    @property
    def injected(self) -> str:
        """The folder that stands in front of PYTHONPATH."""
        return str(Path(injected.__file__).parent)

    def crashes(self, point: str) -> int:
        """How often somebody died there."""
        log = self.data / "crashes.log"
        return sum(line.split()[-1] == point for line in log.read_text().splitlines()) if log.exists() else 0

    # --- what can be done to it ---

    def change_plan(self, **changes: Any) -> None:
        """From now on."""
        self.plan = replace(self.plan, **changes)
        self.plan.write(self.plan_path)

    def tell_fake(self, channel: str, always: str) -> None:
        """What it answers from now on."""
        body = json.dumps({"answers": [], "always": always}).encode()
        request = urllib.request.Request(f"{self.fakes_url}/script/{channel}", data=body, method="POST")
        request.add_header("Content-Type", "application/json")
        urllib.request.urlopen(request, timeout=10).close()

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a `manage.py` command to its end."""
        return manage(self.environment, *command)

    def heal(self) -> None:
        """All is well again, whatever was done. May be repeated."""
        for link in self.links.values():
            link.heal()
        for channel in CHANNELS:
            self.tell_fake(channel, "ok")
        if self.disk:
            self.disk.free()
        self.crew.let_go_on()
        if self.plan.crashes or self.plan.clock:
            self.change_plan(crashes=(), clock={})

    def is_ready(self) -> bool:
        """Says the product itself."""
        return is_healthy(f"{self.url}/readyz")

    # --- how it comes and goes ---

    async def _make(self) -> None:
        await self._open_links()
        await asyncio.to_thread(self._start_fakes)
        self.plan = replace(self.plan, links={
            role: {server: self.links[f"{end}-{server}"].port for server in ("postgres", "redis")}
            for end, roles in ENDS.items() for role in roles
        })  # fmt: skip
        self.plan.write(self.plan_path)
        for _ in range(TRIES):
            # Started by this thread, which lives as long as the run: the kernel ends `bin/up` with it.
            self._start_up()
            if await asyncio.to_thread(self._came_up):
                return
        raise CannotRun(f"bin/up ended: {' '.join(self.said[-3:])} {(self.data / 'up.log').read_text()[-2_000:]}")

    async def _open_links(self) -> None:
        targets: dict[str, Any] = {
            "client-web": lambda: (HOST, self.port),
            "client-live": lambda: (HOST, int(self.urls["LIVE_PORT"])),
            "email": lambda: (HOST, self.smtp_port),
            "push": lambda: _address(self.fakes_url),
            "webhook": lambda: _address(self.fakes_url),
        }
        for end in ENDS:
            targets[f"{end}-postgres"] = lambda: _address(self.urls["DATABASE_URL"])
            targets[f"{end}-redis"] = lambda: _address(self.urls["REDIS_URL"])
        for name, target in targets.items():
            self.links[name] = Link(name, target)
            await self.links[name].open()

    def _start_fakes(self) -> None:
        for _ in range(TRIES):
            http, self.smtp_port = free_port(), free_port()
            self.fakes_url = f"http://{HOST}:{http}"
            command = [
                *(sys.executable, "-m", "bin.fakes", "--http-port", str(http), "--smtp-port", str(self.smtp_port)),
                *("--origin", self.through("push"), "--keep", "100000"),
            ]
            with (self.data / "fakes.log").open("ab") as log:
                self._fakes = subprocess.Popen(command, cwd=CHECKOUT, stdout=log, stderr=log)
            deadline = time.monotonic() + 30
            while self._fakes.poll() is None and time.monotonic() < deadline:
                try:
                    self.tell_fake("email", "ok")
                except OSError:
                    time.sleep(0.1)
                    continue
                return
        raise CannotRun(f"The fakes did not start: {(self.data / 'fakes.log').read_text()[-2_000:]}")

    def _start_up(self) -> None:
        self.port, self.said = free_port(), []
        # As if it had been started here before: it takes the ports and passwords that it remembers.
        password = secrets.token_urlsafe(24)
        urls = {
            "DATABASE_URL": f"postgres://socialapp:{password}@{HOST}:{free_port()}/socialapp",
            "REDIS_URL": f"redis://:{password}@{HOST}:{free_port()}/0",
        }
        remembered = self.data / "embedded.json"
        if not remembered.exists():
            remembered.touch(mode=0o600)
            remembered.write_text(json.dumps(urls))
            if self.disk and not self.disk.reason:
                Postgres(self.data).prepare(urls["DATABASE_URL"])
                self.disk.take(self.data / "postgres")
        command = [
            *(sys.executable, "-m", "bin.runtime.up", "--data", str(self.data), "--port", str(self.port)),
            *("--live-port", str(free_port()), "--no-demo", "--workers", "2"),
        ]
        with (self.data / "up.log").open("w") as log:
            self.up = subprocess.Popen(
                command, cwd=CHECKOUT, env=self.environment, stdout=subprocess.PIPE, stderr=log, text=True,
                preexec_fn=_end_with_parent(),  # noqa: PLW1509  it is one call of the kernel
            )  # fmt: skip
        threading.Thread(target=self._listen, args=[self.up], daemon=True).start()

    def _listen(self, up: "subprocess.Popen[str]") -> None:
        assert up.stdout
        with up.stdout as lines:
            for line in lines:
                self.said.append(line.strip())

    def _came_up(self) -> bool:
        deadline = time.monotonic() + START_PATIENCE_S
        assert self.up
        while time.monotonic() < deadline and self.up.poll() is None:
            if any(line.startswith("Data, logs and mail") for line in self.said):
                return True
            time.sleep(0.05)
        self._stop_up()
        return False

    def _stop(self) -> None:
        self._stop_up()
        if self._fakes:
            self._fakes.terminate()
            self._fakes.wait()
        if self.disk:
            self.disk.unmount(keep=self.keep)
        if not self.keep:
            shutil.rmtree(self.data, ignore_errors=True)

    def _stop_up(self) -> None:
        if self.up and self.up.poll() is None:
            self.up.send_signal(signal.SIGINT)
            try:
                self.up.wait(STOP_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.up.send_signal(signal.SIGINT)  # the second one kills
                self.up.wait(STOP_PATIENCE_S)


def _address(url: str) -> Address:
    parts = urlsplit(url)
    return parts.hostname or HOST, parts.port or 0


def _end_with_parent() -> Any:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(1, signal.SIGINT.value)
