"""The same fleet with tasks by RabbitMQ, three nodes: it moves there while people react, and loses a node."""

from collections.abc import Iterator

import pytest

from tests.fleet import events
from tests.fleet.fleet import Fleet
from tests.fleet.rabbits import Rabbits
from tests.fleet.survival import Survives
from tests.fleet.test_fleet import pytestmark as as_a_fleet
from tests.fleet.test_fleet import when_measured
from tests.flows.brokers import RABBITMQ_FOLDER

pytestmark = [
    *as_a_fleet,
    pytest.mark.skipif(
        not (RABBITMQ_FOLDER / "rabbitmq-server").exists(),
        reason="RabbitMQ is not installed (Debian: apt-get install rabbitmq-server)",
    ),
]
NODES = ("rabbit1", "rabbit2", "rabbit3")


@pytest.fixture(scope="module")
def rabbits(hosts: Fleet, survives: Survives) -> Iterator[Rabbits]:
    """All processes of the fleet are restarted with it, and afterwards without it."""
    nodes = Rabbits([hosts.add(name) for name in NODES])
    nodes.start()
    survives("tasks move to RabbitMQ", lambda fleet: events.broker_moves(fleet, nodes.url))
    yield nodes
    events.broker_moves(hosts, "")
    for host in nodes.hosts:
        host.lose_power()


@when_measured
def test_the_node_dies_that_leads_the_queue(survives: Survives, rabbits: Rabbits) -> None:
    survives("RabbitMQ: the leader's host loses power", lambda fleet: events.a_node_loses_power(fleet, rabbits))


@when_measured
def test_a_node_is_cut_off(survives: Survives, rabbits: Rabbits) -> None:
    survives("RabbitMQ: a node is cut off and let back", lambda fleet: events.a_node_is_cut_off(fleet, rabbits))


def test_all_nodes_die(survives: Survives, rabbits: Rabbits) -> None:
    survives("RabbitMQ: all nodes lose power", lambda fleet: events.all_nodes_lose_power(fleet, rabbits))


@when_measured
def test_a_host_of_workers_loses_power(survives: Survives, rabbits: Rabbits) -> None:
    survives("RabbitMQ: a worker host loses power", lambda fleet: events.loses_power(fleet, "worker2", events.AWAY_S))
