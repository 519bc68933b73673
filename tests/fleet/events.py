"""What may happen to a fleet under load. Each leaves it as it was."""

import time
from pathlib import Path

from tests.fleet.fleet import LIVE, WEB, WORKERS, Fleet
from tests.fleet.network import wait_until
from tests.fleet.rabbits import Rabbits
from tests.fleet.release import next_release

CALM_S = 4.0
# Longer than connections to a host that vanished are kept.
AWAY_S = 20.0
# Longer than it takes until a proxy leaves one out.
SHORTLY_S = 8.0


def nothing(_fleet: Fleet) -> None:
    time.sleep(CALM_S)


def loses_power(fleet: Fleet, name: str, away_s: float = SHORTLY_S) -> None:
    """A host is gone without a word, and comes back."""
    fleet[name].lose_power()
    time.sleep(away_s)
    fleet[name].get_power()
    fleet.wait_for(name)


def live_loses_power(fleet: Fleet) -> None:
    """The host that holds the streams of the open pages."""
    loses_power(fleet, max(LIVE, key=fleet.streams))


def is_cut_off(fleet: Fleet, name: str) -> None:
    """A host goes on, but is cut off from all others; then it is back."""
    fleet[name].cut_off()
    time.sleep(AWAY_S)
    fleet[name].let_back()
    fleet.wait_for(name)


def redis_fails_over(fleet: Fleet) -> None:
    """The host of Redis' master loses power, with the Sentinel on it."""
    old = fleet.sentinels.master()
    assert old
    old.lose_power()
    wait_until(lambda: (now := fleet.sentinels.master()) and now is not old, "another master")
    time.sleep(CALM_S)
    old.get_power()
    wait_until(fleet.sentinels.are_whole, "what was lost follows")


def database_fails_over(fleet: Fleet) -> None:
    """The primary's host loses power; an operator promotes the standby and leads the pooler there."""
    fleet.database.primary.lose_power()
    fleet.database.promote()
    wait_until(lambda: fleet.database.ask("SELECT NOT pg_is_in_recovery()"), "the standby takes writes")
    time.sleep(AWAY_S)
    fleet.database.rejoin()


def new_release(fleet: Fleet, folder: Path) -> None:
    """With a migration: all of web before the workers, a process at a time."""
    fleet.checkout = next_release(folder)
    fleet.prepare()
    for name in (*WEB, *LIVE, *WORKERS):
        fleet.restart(name)


def two_beats(fleet: Fleet) -> None:
    """Somebody enables a second one."""
    fleet.enable("worker2", "beat")
    time.sleep(SHORTLY_S)
    fleet["worker2"].disable("beat")


def broker_moves(fleet: Fleet, url: str) -> None:
    """Workers and beat first, as docs/operations.md has it. Without a URL, tasks go by Redis again."""
    fleet.broker = url
    for name in (*WORKERS, *WEB, *LIVE):
        fleet.restart(name)


def a_node_loses_power(_fleet: Fleet, rabbits: Rabbits) -> None:
    """The one that leads the queue of messages."""
    node = rabbits.leader("messages")
    node.lose_power()
    time.sleep(AWAY_S)
    node.get_power()
    rabbits.wait()


def a_node_is_cut_off(_fleet: Fleet, rabbits: Rabbits) -> None:
    """It pauses, and comes back by itself."""
    node = rabbits.leader("messages")
    node.cut_off()
    time.sleep(AWAY_S)
    node.let_back()
    rabbits.wait()


def all_nodes_lose_power(_fleet: Fleet, rabbits: Rabbits) -> None:
    """Reactions are accepted without a broker, and take effect when it is back."""
    for host in rabbits.hosts:
        host.lose_power()
    time.sleep(SHORTLY_S)
    for host in rabbits.hosts:
        host.get_power()
    rabbits.wait()
