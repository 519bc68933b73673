"""Tasks by RabbitMQ: quorum queues and no others; the broker is killed under load, and nothing is lost or doubled."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings

from config.env import CHECKOUT
from tests.flows.brokers import RABBITMQ_FOLDER, RABBITMQ_PASSWORD, RabbitMQ, logs, reactions, started, wait_until
from tests.product import Product, running_product

EVENTS, RATE = 1_500, 100

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (RABBITMQ_FOLDER / "rabbitmq-server").exists(),
        reason="RabbitMQ is not installed (Debian: apt-get install rabbitmq-server)",
    ),
]


@pytest.fixture(scope="module")
def node() -> Iterator[RabbitMQ]:
    with started(RabbitMQ) as running:
        yield running


@pytest.fixture(scope="module")
def on_rabbitmq(node: RabbitMQ) -> Iterator[Product]:
    with running_product("--no-demo", "--workers", "2", BROKER_URL=node.url) as running:
        yield running


def run(product: Product, script: str) -> str:
    """Run Python in the product's environment. Returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {script}"],
        cwd=CHECKOUT,
        env=product.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_queue_is_a_quorum_queue_and_none_is_there_for_delays(node: RabbitMQ, on_rabbitmq: Product) -> None:
    wait_until(lambda: "housekeeping" in node.queues(), "beat enqueues")
    assert node.queues() == dict.fromkeys([*settings.QUEUE_TASKS, "housekeeping"], "quorum")


def test_readyz_looks_at_both(on_rabbitmq: Product) -> None:
    with urlopen(f"{on_rabbitmq.url}/readyz") as answer:  # noqa: S310  our own
        parts = json.load(answer)
    assert parts == {"status": "ok", "database": "ok", "broker": "ok", "redis": "ok", "migrations": "ok"}


def test_the_dashboard_has_the_depths_of_rabbitmqs_queues_and_those_without_a_worker(on_rabbitmq: Product) -> None:
    script = (
        "from celery import current_app; from django.conf import settings; "
        "from notifications.history import dashboard; "
        "settings.QUEUE_TASKS['forgotten'] = settings.QUEUE_TASKS['messages']; "
        "[current_app.send_task('forgotten', queue='forgotten') for _ in range(3)]; "
        "print([(each.depth, each.unheard) for each in dashboard.queues() if each.name in ('forgotten', 'push')]); "
        "current_app.connection_for_write().default_channel.queue_delete('forgotten')"  # the tests come in any order
    )
    assert run(on_rabbitmq, script).strip() == "[(0, False), (3, True)]"


@pytest.mark.parametrize(("how", "after"), [(signal.SIGKILL, 0), (signal.SIGSTOP, EVENTS)], ids=["killed", "hangs"])
def test_all_reactions_take_effect_once_though_the_broker_is_lost(
    how: signal.Signals, after: int, node: RabbitMQ, on_rabbitmq: Product, trace: Path
) -> None:
    with reactions(on_rabbitmq, trace, events=EVENTS, rate=RATE, after=after) as load:
        time.sleep(5)
        load.note_loss()
        if how == signal.SIGKILL:
            node.kill()
            node.start()
        else:
            node.signal(how)
            time.sleep(10)
            node.signal(signal.SIGCONT)
            wait_until(node.answers, "it goes on")
        print(f"it answers again {time.monotonic() - load.lost_at:.1f} s after the loss")
    assert RABBITMQ_PASSWORD not in logs(on_rabbitmq)
