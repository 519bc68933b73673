"""Redis by Sentinel: the master is lost under load, another takes over, and nothing is lost or doubled."""

import signal
import time
from pathlib import Path

import pytest

from tests.flows.brokers import (
    REDIS_PASSWORD,
    SENTINEL_PASSWORD,
    RedisWithSentinels,
    logs,
    reactions,
    started,
    wait_until,
)
from tests.product import running_product

EVENTS, RATE = 1_500, 100

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hangs"])
def test_all_reactions_take_effect_once_though_the_master_is_lost(how: signal.Signals, trace: Path) -> None:
    with (
        started(RedisWithSentinels) as servers,
        running_product("--no-demo", "--workers", "2", REDIS_URL=servers.url) as product,
    ):
        with reactions(product, trace, events=EVENTS, rate=RATE) as load:
            time.sleep(5)
            first = servers.master()
            servers.lose_master(how)
            load.note_loss()
            wait_until(lambda: servers.master() != first, "a failover")
            print(f"another master {time.monotonic() - load.lost_at:.1f} s after the loss")
            wait_until(lambda: servers.subscribers() == 1, "live listens to the new master")
            print(f"live listens to it {time.monotonic() - load.lost_at:.1f} s after the loss")
            servers.bring_back()
        logged = logs(product)
        assert REDIS_PASSWORD not in logged
        assert SENTINEL_PASSWORD not in logged
        stopping = time.monotonic()
    print(f"stopped in {time.monotonic() - stopping:.1f} s")
