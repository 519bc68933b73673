"""Real brokers to lose: a Redis with a replica and three Sentinels, and a node of RabbitMQ."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

import psycopg2
import redis

from bin.runtime import embedded
from config.env import CHECKOUT
from socialapp import broker
from tests.flows.traces import ZERO, accepted_of, audit_of
from tests.processes import processes
from tests.product import Product

HOST = "127.0.0.1"
PATIENCE_S = 60
REDIS_PASSWORD, SENTINEL_PASSWORD, RABBITMQ_PASSWORD = "for-redis", "for-sentinel", "for-rabbitmq"
MASTER = "social"
RABBITMQ_FOLDER = Path("/usr/lib/rabbitmq/bin")
OLD = "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM messaging_outbox"


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, f"Waited in vain: {what}"
        time.sleep(0.1)


class RedisWithSentinels:
    """One master, one replica, three Sentinels, each a process. A failover begins two seconds after the master fell."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = [embedded.free_port(None) for _ in range(2)]
        self.sentinel_ports = [embedded.free_port(None) for _ in range(3)]
        self.running: dict[int, subprocess.Popen[bytes]] = {}
        self.lost = 0

    @property
    def url(self) -> str:
        hosts = ",".join(f"{HOST}:{port}" for port in self.sentinel_ports)
        return f"sentinel://:{REDIS_PASSWORD}@{hosts}/0?master={MASTER}&sentinel_password={SENTINEL_PASSWORD}"

    def start(self) -> None:
        self.start_redis(self.ports[0])
        self.start_redis(self.ports[1], f"replicaof {HOST} {self.ports[0]}")
        wait_until(lambda: self._info(self.ports[1]).get("master_link_status") == "up", "the replica follows")
        for port in self.sentinel_ports:
            self._start(
                port,
                f"requirepass {SENTINEL_PASSWORD}",
                f"sentinel monitor {MASTER} {HOST} {self.ports[0]} 2",
                f"sentinel auth-pass {MASTER} {REDIS_PASSWORD}",
                f"sentinel sentinel-pass {SENTINEL_PASSWORD}",
                f"sentinel down-after-milliseconds {MASTER} 2000",
                f"sentinel failover-timeout {MASTER} 5000",
                options=["--sentinel"],
            )
        wait_until(lambda: all(map(self._knows_all, self.sentinel_ports)), "each Sentinel knows the others")

    def start_redis(self, port: int, *lines: str) -> None:
        self._start(
            port, f"requirepass {REDIS_PASSWORD}", f"masterauth {REDIS_PASSWORD}", "maxmemory-policy noeviction", *lines
        )

    def _start(self, port: int, *lines: str, options: list[str] | None = None) -> None:
        configuration = self.folder / f"{port}.conf"
        common = [f"port {port}", f"bind {HOST}", f"dir {self.folder}", 'save ""']
        configuration.write_text("\n".join([*common, *lines]) + "\n")
        with (self.folder / f"{port}.log").open("ab") as log:
            command = [str(embedded.valkey_server()), str(configuration), *(options or [])]
            self.running[port] = subprocess.Popen(command, stdout=log, stderr=log)

    def master(self) -> int:
        """Its port, as the Sentinels have it."""
        with self._sentinel(self.sentinel_ports[0]) as sentinel:
            return int(sentinel.sentinel_masters()[MASTER]["port"])

    def lose_master(self, how: signal.Signals) -> None:
        """Kill it, or have it hang."""
        self.lost = self.master()
        self.running[self.lost].send_signal(how)

    def bring_back(self) -> None:
        """Start again what was lost, or let it go on. The Sentinels make a replica of it."""
        self.running[self.lost].send_signal(signal.SIGCONT)
        if self.running[self.lost].poll() is not None:
            self.start_redis(self.lost)
        wait_until(lambda: self._info(self.lost).get("role") == "slave", "what was lost is a replica")

    def subscribers(self) -> int:
        """How many live processes listen to the master."""
        with redis.Redis(HOST, self.master(), password=REDIS_PASSWORD) as client:
            ((_channel, count),) = client.pubsub_numsub("socialapp:live")
        return int(count)

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()

    def _sentinel(self, port: int) -> redis.Redis:
        return redis.Redis(HOST, port, password=SENTINEL_PASSWORD, socket_timeout=2)

    def _knows_all(self, port: int) -> bool:
        with suppress(redis.RedisError), self._sentinel(port) as sentinel:
            known = sentinel.sentinel_masters()[MASTER]
            return (known["num-slaves"], known["num-other-sentinels"]) == (1, 2)
        return False

    def _info(self, port: int) -> dict[str, str]:
        with suppress(redis.RedisError), redis.Redis(HOST, port, password=REDIS_PASSWORD, socket_timeout=2) as client:
            return dict(client.info("replication"))
        return {}


class RabbitMQ:
    """A node with a data folder of its own, so that it comes back as it was."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.epmd_port, own_port = (embedded.free_port(None) for _ in range(3))
        self.node: subprocess.Popen[bytes] | None = None
        self.epmd: subprocess.Popen[bytes] | None = None
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = {HOST}:{self.port}\n"
            f"default_user = social\ndefault_pass = {RABBITMQ_PASSWORD}\ndefault_vhost = social\n"
            "log.console = true\nlog.file = false\n"
        )
        (folder / "plugins").write_text("[].\n")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_DIST_PORT": str(own_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_NODENAME": f"social{self.port}@localhost",
            "RABBITMQ_PID_FILE": str(folder / "pid"),
        }

    @property
    def url(self) -> str:
        return f"amqp://social:{RABBITMQ_PASSWORD}@{HOST}:{self.port}/social"

    def start(self) -> None:
        if self.epmd is None:
            self.epmd = subprocess.Popen(
                [str(shutil.which("epmd")), "-port", str(self.epmd_port), "-address", HOST],
                env=self.environment,
                cwd=self.folder,
            )
        with (self.folder / "node.log").open("ab") as log:
            self.node = subprocess.Popen(
                [str(RABBITMQ_FOLDER / "rabbitmq-server")],
                env=self.environment, cwd=self.folder, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        wait_until(self.answers, f"RabbitMQ answers: {(self.folder / 'node.log').read_text()[-500:]}")

    def answers(self) -> bool:
        with suppress(*broker.ERRORS):
            broker.ping(self.url, timeout_s=2)
            return True
        return False

    def signal(self, number: signal.Signals) -> None:
        """To the node and all that it started."""
        assert self.node
        os.killpg(self.node.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self.node
        self.node.wait()

    def queues(self) -> dict[str, str]:
        """The type of each queue, by its name."""
        command = [
            str(RABBITMQ_FOLDER / "rabbitmqctl"),
            "list_queues",
            "-p",
            "social",
            "--quiet",
            "--formatter",
            "json",
        ]
        listed = subprocess.check_output([*command, "name", "type"], env=self.environment, cwd=self.folder, text=True)
        return {queue["name"]: queue["type"] for queue in json.loads(listed)}

    def stop(self) -> None:
        if self.node and self.node.poll() is None:
            self.kill()
        if self.epmd:
            self.epmd.kill()
            self.epmd.wait()


Servers = TypeVar("Servers", RedisWithSentinels, RabbitMQ)


@contextmanager
def started(kind: type[Servers]) -> Iterator[Servers]:
    """Servers in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="socialapp-broker-"))
    servers = kind(folder)
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Load:
    """Reactions that are sent to a product meanwhile, and how old the oldest waiting message was."""

    product: Product
    samples: list[tuple[float, float]] = field(default_factory=list)
    lost_at: float = 0.0

    def note_loss(self) -> None:
        self.lost_at = time.monotonic()

    def summary(self) -> str:
        late = [at for at, age in self.samples if at > self.lost_at and age > 1]
        longest = max((age for _, age in self.samples), default=0)
        gone = max(late, default=self.lost_at) - self.lost_at
        return f"the longest wait was {longest:.1f} s; the backlog was gone {gone:.1f} s after the loss"


@contextmanager
def reactions(product: Product, trace: Path, *, events: int, rate: int, after: int = 0) -> Iterator[Load]:
    """Send so many, after the first ones of the trace, while the body runs. Then each must have taken effect once."""
    part = product.data / f"trace-{after}"
    with (gzip.open if trace.suffix == ".gz" else open)(trace, "rt") as lines:
        part.write_text("".join(islice(lines, after, after + events)))
    load = Load(product)
    ended = threading.Event()
    sampler = threading.Thread(target=_sample, args=[load, ended], daemon=True)
    before = programs(product)
    command = ("replay", str(part), "--rate", str(rate), "--retries", "60")
    replay = subprocess.Popen(
        [sys.executable, str(CHECKOUT / "manage.py"), *command],
        env=product.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    sampler.start()
    try:
        yield load
        output, _ = replay.communicate(timeout=300)
    finally:
        replay.kill()
        replay.wait()
        ended.set()
        sampler.join()
    print(output, load.summary(), sep="\n")
    assert replay.returncode == 0, output
    assert accepted_of(output) == events
    findings = audit_of(product)
    assert findings["delivered"] == findings["accepted"]
    assert {name: findings[name] for name in ZERO} == ZERO
    assert programs(product) == before, "all went on by themselves"


def _sample(load: Load, ended: threading.Event) -> None:
    connection = psycopg2.connect(load.product.remembered["DATABASE_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        while not ended.wait(0.1):
            cursor.execute(OLD)
            ((age,),) = cursor.fetchall()
            load.samples.append((time.monotonic(), float(age)))
    connection.close()


def programs(product: Product) -> set[int]:
    """The process ids of what `bin/up` started."""
    return {process.id for process in processes() if process.parent_id == product.process_id}


def logs(product: Product) -> str:
    """All of them."""
    return "".join(log.read_text() for log in (product.data / "log").glob("*.log*"))
