"""Redis on two hosts, and three Sentinels."""

import secrets
import sys

from bin.runtime.embedded import valkey_server
from tests.fleet.network import Host, wait_until

MASTER = "socialapp"
# In a process on a host: tests themselves open no connection beyond loopback.
ASK = f"""
import redis
sentinel = redis.Redis(port=26379, decode_responses=True, socket_timeout=2)
known = sentinel.sentinel_masters()[{MASTER!r}]
replicas = sentinel.sentinel_slaves({MASTER!r})
following = sum(each["master-link-status"] == "ok" and not each["is_sdown"] for each in replicas)
print(known["ip"], following, known["num-other-sentinels"])
"""


class Sentinels:
    """A master, a replica, and three who watch them, of which two must agree."""

    def __init__(self, redis: tuple[Host, Host], third: Host) -> None:
        self.redis, self.watching = redis, (*redis, third)
        self.password = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        hosts = ",".join(f"{host.address}:26379" for host in self.watching)
        return f"sentinel://:{self.password}@{hosts}/0?master={MASTER}"

    def start(self) -> None:
        first = self.redis[0]
        for host in self.redis:
            self._enable(
                host,
                "redis",
                *("bind * -::*", "port 6379", f"requirepass {self.password}", f"masterauth {self.password}"),
                *('save ""', "maxmemory-policy noeviction"),
                *([f"replicaof {first.address} 6379"] if host is not first else []),
            )
        for host in self.watching:
            self._enable(
                host,
                "sentinel",
                *("port 26379", "protected-mode no", f"sentinel monitor {MASTER} {first.address} 6379 2"),
                f"sentinel auth-pass {MASTER} {self.password}",
                f"sentinel down-after-milliseconds {MASTER} 2000",
                f"sentinel failover-timeout {MASTER} 10000",
            )
        wait_until(lambda: self._says(first) == [first.address, "1", "2"], "each Sentinel knows the others")

    @staticmethod
    def _enable(host: Host, name: str, *lines: str) -> None:
        """What it finds out it writes to its file, and goes on with it when it is started again."""
        file = host.folder / f"{name}.conf"
        file.write_text("\n".join([f"dir {host.folder}", *lines]) + "\n")
        options = ["--sentinel"] if name == "sentinel" else []
        host.enable(name, str(valkey_server()), str(file), *options)

    def master(self) -> Host | None:
        """As the Sentinel says that never loses power."""
        address = self._says(self.watching[2])[0]
        return next((host for host in self.redis if host.address == address), None)

    def are_whole(self) -> bool:
        """Whether the replica follows, and a Sentinel knows the others."""
        return self._says(self.watching[2])[1:] == ["1", "2"]

    @staticmethod
    def _says(host: Host) -> list[str]:
        return host.run(sys.executable, "-c", ASK).stdout.split() or [""]
