"""Twelve hosts under load: whatever dies, what was accepted is there once, and those who react hardly notice."""

import os
from functools import partial
from pathlib import Path

import pytest

from tests.config.test_pgbouncer import PGBOUNCER
from tests.config.test_proxies import NGINX
from tests.fleet import events
from tests.fleet.fleet import Fleet
from tests.fleet.network import why_impossible
from tests.fleet.survival import Survives

IMPOSSIBLE = why_impossible()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(IMPOSSIBLE), reason=str(IMPOSSIBLE)),
    pytest.mark.skipif(not (NGINX and PGBOUNCER), reason="nginx or pgbouncer is not installed"),
]
# CI has less time: what differs little from another event happens where somebody measures.
when_measured = pytest.mark.skipif("FLEET_RATE" not in os.environ, reason="only measured: FLEET_RATE=300 bin/test …")


@when_measured
def test_nothing_happens(survives: Survives) -> None:
    survives("nothing happens", events.nothing)


def test_a_host_of_web_loses_power(survives: Survives) -> None:
    survives("a web host loses power", partial(events.loses_power, name="web1"))


@when_measured
def test_a_host_of_web_is_cut_off(survives: Survives) -> None:
    survives("a web host is cut off and let back", partial(events.is_cut_off, name="web2"))


@when_measured
def test_a_host_of_workers_loses_power(survives: Survives) -> None:
    survives("a worker host loses power", partial(events.loses_power, name="worker2", away_s=events.AWAY_S))


def test_a_host_of_workers_is_cut_off(survives: Survives) -> None:
    survives("a worker host is cut off and let back", partial(events.is_cut_off, name="worker1"))


def test_a_host_of_live_loses_power(survives: Survives) -> None:
    survives("the live host of all pages loses power", events.live_loses_power)


def test_the_master_of_redis_dies(survives: Survives) -> None:
    survives("the host of Redis' master loses power", events.redis_fails_over)


def test_the_standby_is_promoted(survives: Survives) -> None:
    survives("PostgreSQL's host loses power, its standby is promoted", events.database_fails_over)


def test_a_release_with_a_migration_is_rolled_out(hosts: Fleet, survives: Survives, tmp_path: Path) -> None:
    survives("a release with a migration is rolled out", partial(events.new_release, folder=tmp_path))
    assert hosts.database.ask("SELECT count(of_the_next_release) FROM reactions_like") == 0


def test_two_beats_run(survives: Survives) -> None:
    survives("two beats run", events.two_beats)
