"""The product on twelve hosts, as docs/operations.md has it, and people who react meanwhile."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from benchmarks.systems.product import SEED, Socialapp
from config.env import CHECKOUT
from tests.config.test_proxies import NAME
from tests.fleet.client import PATIENCE_S, Reaction
from tests.fleet.database import Database
from tests.fleet.network import Host, Network, network, wait_until
from tests.fleet.proxy import start_proxy
from tests.fleet.sentinels import Sentinels

# Reactions a second. Other tests run beside these in CI; docs/fleet.md has what FLEET_RATE=300 showed.
RATE = float(os.environ.get("FLEET_RATE", "20"))
# Each in the order in which they are restarted.
WEB, LIVE, WORKERS = ("web1", "web2"), ("live1", "live2"), ("worker1", "worker2")
HOSTS = ("proxy", *WEB, *LIVE, *WORKERS, "db1", "db2", "pool", "redis1", "redis2")
# Until the proxy sends requests again to what it found away: docs/upgrading.md.
FOUND_AGAIN_S = 5
READY = ("curl", "-fsS", "-m", "5")


@dataclass(frozen=True)
class Load:
    """A client under way."""

    process: "subprocess.Popen[bytes]"
    results: Path

    def end(self) -> list[Reaction]:
        """Begin no more, wait until those that began are accepted, and return them."""
        self.process.terminate()
        self.process.wait(PATIENCE_S + 60)
        return [Reaction(**each) for each in json.loads(self.results.read_text())]


class Fleet:
    """Each host by its name, and the processes of the product on them."""

    def __init__(self, place: Network) -> None:
        self.folder, self.add = place.folder, place.add
        self.hosts = {name: place.add(name) for name in HOSTS}
        self.database = Database(self["db1"], self["db2"], self["pool"])
        self.sentinels = Sentinels((self["redis1"], self["redis2"]), self["pool"])
        self.checkout, self.broker = CHECKOUT, ""
        self.key = secrets.token_urlsafe(64)
        self.loads = 0

    def __getitem__(self, name: str) -> Host:
        return self.hosts[name]

    def start(self) -> None:
        self.database.start()
        self.sentinels.start()
        self.prepare()
        self._seed()
        for name in WEB:
            self.enable(name, "web", "--host", "0.0.0.0", "--port", "8000", "--processes", "1")
        for name in LIVE:
            self.enable(name, "live", "--host", "0.0.0.0", "--port", "8001")
        for name in WORKERS:
            self.enable(name, "worker")
            self.enable(name, "outside")
        self.enable("worker1", "beat")
        self.certificate = start_proxy(
            self["proxy"], web=[self[name] for name in WEB], live=[self[name] for name in LIVE]
        )
        for name in (*WEB, *LIVE):
            self.wait_for(name)

    # --- the product ---

    def environment(self, host: Host) -> dict[str, str]:
        """What the file of settings of each host has: all the same, but for the folder."""
        ours = re.compile("SOCIALAPP_|DATABASE_|REDIS_|BROKER_|PYTHONPATH")
        return {name: value for name, value in os.environ.items() if not ours.match(name)} | {
            "PYTHONPATH": str(self.checkout),
            "SOCIALAPP_DATA": str(host.folder / "data"),
            "SOCIALAPP_LIMITS": "off",  # a few people do here what thousands do elsewhere
            "SOCIALAPP_MEDIA": str(self.folder / "media"),
            "SOCIALAPP_URL": f"https://{NAME}",
            "SOCIALAPP_PROXIES": "1",
            "SOCIALAPP_SECRET_KEY": self.key,
            "REDIS_URL": self.sentinels.url,
            **({"BROKER_URL": self.broker} if self.broker else {}),
            **self.database.environment(),
        }

    def _run(self, *options: str) -> list[str]:
        """`bin/run`; of a next release what that does, which then needs no environment of packages of its own."""
        if self.checkout == CHECKOUT:
            return [str(CHECKOUT / "bin" / "run"), *options]
        return [sys.executable, "-m", "bin.runtime.run", *options]

    def enable(self, name: str, process: str, *options: str) -> None:
        """Start a process of the product as its unit does."""
        self[name].enable(process, *self._run(process, *options), environment=self.environment(self[name]))

    def restart(self, name: str) -> None:
        """All processes of a host, one after the other, with the settings and the release of now."""
        for process, unit in list(self[name].units.items()):
            options = unit.command[unit.command.index(process) + 1 :]
            self[name].disable(process)
            self.enable(name, process, *options)
        self.wait_for(name)
        if name in WEB:
            time.sleep(FOUND_AGAIN_S)

    def wait_for(self, name: str) -> None:
        """Until a host of web or live answers."""
        address = {"web": "http://127.0.0.1:8000/readyz", "live": "http://127.0.0.1:8001/live/healthz"}
        for process in self[name].units.keys() & address.keys():
            where = address[process]
            wait_until(lambda where=where: self[name].run(*READY, where).returncode == 0, f"{name} is ready")  # type: ignore[misc]

    def streams(self, name: str) -> int:
        """How many a host of live holds."""
        asked = self[name].run(*READY, "http://127.0.0.1:8001/live/healthz")
        return int(json.loads(asked.stdout)["streams"])

    def prepare(self) -> None:
        """On each host that serves files."""
        for name in WEB:
            done = self[name].run(*self._run("prepare"), environment=self.environment(self[name]))
            assert done.returncode == 0, done.stdout + done.stderr

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a `manage.py` command to its end."""
        host = self["web1"]
        return host.run(sys.executable, str(self.checkout / "manage.py"), *command, environment=self.environment(host))

    # --- people ---

    def _seed(self) -> None:
        """People, each with a post and a token."""
        connection = psycopg2.connect(self.database.url_of(self.database.primary))
        with connection, connection.cursor() as cursor:
            cursor.execute(SEED)
            cursor.execute(Socialapp.PEOPLE_AND_POSTS)
            self.people, self.posts = zip(*cursor.fetchall(), strict=True)
        connection.close()
        self.database.ask("VACUUM ANALYZE")

    @contextmanager
    def load(self) -> Iterator[Load]:
        """People react meanwhile: each time others, to other posts."""
        self.loads += 1
        file = self.folder / f"load-{self.loads}.json"
        results = file.with_suffix(".results")
        file.write_text(json.dumps({
            "url": f"https://{NAME}", "address": self["proxy"].address, "certificate": str(self.certificate),
            "rate": RATE, "people": self.people, "posts": self.posts, "first": self.loads * 1_000_000,
            "results": str(results),
        }))  # fmt: skip
        command = [sys.executable, "-m", "tests.fleet.client", str(file)]
        with subprocess.Popen(command, cwd=CHECKOUT, start_new_session=True) as process:
            try:
                yield Load(process, results)
            finally:
                process.kill()


@contextmanager
def fleet(folder: Path) -> Iterator[Fleet]:
    """Healthy and with people when the body begins, and gone after it."""
    with network(folder) as place:
        found = Fleet(place)
        found.start()
        yield found
