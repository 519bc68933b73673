"""A cluster of three nodes of RabbitMQ, each on a host of its own."""

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress

from tests.fleet.network import Host, wait_until
from tests.flows.brokers import RABBITMQ_FOLDER

PORT = 5672
# Two of three go on when one is gone, and the third stops rather than take tasks that no other node knows.
CONFIGURATION = """
listeners.tcp.1 = 0.0.0.0:{port}
default_user = social
default_pass = {password}
default_vhost = social
log.console = true
log.file = false
cluster_partition_handling = pause_minority
cluster_formation.peer_discovery_backend = classic_config
{nodes}
"""
# They share two processors with the rest of the fleet.
MODEST = "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"


class Rabbits:
    """Their queues are quorum queues: what a majority of nodes has is there."""

    def __init__(self, hosts: Sequence[Host]) -> None:
        self.hosts = hosts
        self.password, self.cookie = secrets.token_urlsafe(24), secrets.token_hex(16)

    @property
    def url(self) -> str:
        return f"amqp://social:{self.password}@{','.join(f'{host.address}:{PORT}' for host in self.hosts)}/social"

    def start(self) -> None:
        nodes = "\n".join(
            f"cluster_formation.classic_config.nodes.{number} = rabbit@{host.address}"
            for number, host in enumerate(self.hosts, 1)
        )
        for host in self.hosts:
            (host.folder / "rabbitmq.conf").write_text(
                CONFIGURATION.format(port=PORT, password=self.password, nodes=nodes)
            )
            (host.folder / "plugins").write_text("[].\n")
            cookie = host.folder / ".erlang.cookie"
            cookie.write_text(self.cookie)
            cookie.chmod(0o400)
            host.enable("rabbitmq", str(RABBITMQ_FOLDER / "rabbitmq-server"), environment=self._environment(host))
            # The first one makes the cluster, the others join it.
            wait_until(lambda host=host: self.is_well(host), f"RabbitMQ on {host.name}")  # type: ignore[misc]

    def wait(self) -> None:
        """Until all nodes are up and see each other."""
        for host in self.hosts:
            wait_until(lambda host=host: self.is_well(host), f"RabbitMQ on {host.name}")  # type: ignore[misc]

    def is_well(self, host: Host) -> bool:
        """Whether a node is up and sees all others."""
        running = self._says(host, "eval", "length(rabbit_nodes:all_running()).").strip()
        return running == str(sum("rabbitmq" in each.running for each in self.hosts))

    def leader(self, queue: str) -> Host:
        """The host whose node leads a queue."""
        listed = self._says(self.hosts[0], "list_queues", "-p", "social", "name", "type", "leader")
        (line,) = [line.split() for line in listed.splitlines() if line.split()[0] == queue]
        assert line[1] == "quorum"
        with suppress(StopIteration):
            return next(host for host in self.hosts if line[2] == f"rabbit@{host.address}")
        raise AssertionError(listed)

    def _says(self, host: Host, *command: str) -> str:
        ask = (str(RABBITMQ_FOLDER / "rabbitmqctl"), "--longnames", "-n", f"rabbit@{host.address}", "--quiet")
        return host.run(*ask, *command, environment=self._environment(host)).stdout

    @staticmethod
    def _environment(host: Host) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(host.folder),
            "LANG": "C.UTF-8",
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_CONFIG_FILE": str(host.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(host.folder / "plugins"),
            "RABBITMQ_LOG_BASE": str(host.folder / "log"),
            "RABBITMQ_MNESIA_BASE": str(host.folder / "mnesia"),
            "RABBITMQ_NODENAME": f"rabbit@{host.address}",
            "RABBITMQ_USE_LONGNAME": "true",
            "RABBITMQ_PID_FILE": str(host.folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": MODEST,
        }
