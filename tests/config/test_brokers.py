"""Which server a URL names, which kinds are refused, and what Celery is given for it."""

import gc
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from celery.app.trace import build_tracer
from django.conf import settings
from django.test import Client, override_settings
from kombu import Connection

from bin.runtime import embedded, processes, servers
from bin.runtime.console import Failure
from config.celery import app
from config.consumer import Consumer
from config.env import CHECKOUT
from socialapp import broker
from socialapp.messaging import dispatch
from socialapp.messaging.tasks import DATABASE_AWAY

app.loader.import_default_modules()
RETRIED = [name for name, task in app.tasks.items() if getattr(task, "autoretry_for", ())]


@pytest.mark.parametrize(
    ("url", "given"),
    [
        ("redis://:pw@redis:6379/0", "redis://:pw@redis:6379/0"),
        ("redis://:p;w@redis/0", "redis://:p%3Bw@redis/0"),
        (
            "sentinels://me:p,w@a:1,[::1]:2/3?master=social&sentinel_password=x",
            "sentinel://me:p,w@a:1/3;sentinel://me:p,w@[::1]:2/3",
        ),
        ("amqp://me:pw@a:5672,b/social", "amqp://me:pw@a:5672/social;amqp://me:pw@b/social"),
    ],
)
def test_kombu_is_given_each_host_with_user_password_and_path(url: str, given: str) -> None:
    assert broker.kombu_url(url) == given


def test_an_amqps_node_is_asked_for_a_certificate_of_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "amqps://me:pw@a.example,b.example/social"
    asked: list[tuple[str, str]] = []

    class Refusing:
        """py-amqp's connection, which is not there."""

        def __init__(self, host: str, ssl: dict[str, str], **_options: object) -> None:
            asked.append((host, ssl["server_hostname"]))

        def connect(self) -> None:
            raise ConnectionRefusedError

    monkeypatch.setattr("kombu.transport.pyamqp.Transport.Connection", Refusing)
    with (
        Connection(broker.kombu_url(url), ssl=broker.tls(url), transport="config.broker:TLSTransport") as connection,
        pytest.raises(Exception, match=r"^$"),
    ):
        connection.ensure_connection(max_retries=3, interval_start=0, interval_step=0)
    assert asked[:3] == [(f"{host}.example:5671", f"{host}.example") for host in "aba"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A Redis Cluster of one node."""
    folder, port = Path(tempfile.mkdtemp(prefix="socialapp-cluster-")), embedded.free_port(None)
    (folder / "valkey.conf").write_text(f"port {port}\nbind 127.0.0.1\ndir {folder}\ncluster-enabled yes\n")
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([str(embedded.valkey_server()), str(folder / "valkey.conf")], stdout=log, stderr=log)
    url = f"redis://127.0.0.1:{port}/0"
    while not servers.redis_is_up(url):
        assert process.poll() is None
        time.sleep(0.05)
    yield url
    process.kill()
    process.wait()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def sentinel() -> Iterator[str]:
    """The URL of the tests' Redis by a Sentinel that wants a password."""
    folder, port = Path(tempfile.mkdtemp(prefix="socialapp-sentinel-")), embedded.free_port(None)
    ours = urlsplit(settings.REDIS_URL)
    (folder / "sentinel.conf").write_text(
        f"port {port}\nbind 127.0.0.1\ndir {folder}\nrequirepass for-sentinel\n"
        f"sentinel monitor social 127.0.0.1 {ours.port} 1\nsentinel auth-pass social {ours.password}\n"
    )
    command = [str(embedded.valkey_server()), str(folder / "sentinel.conf"), "--sentinel"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    url = f"sentinel://:{ours.password}@127.0.0.1:{port}/0?master=social&sentinel_password=for-sentinel"
    while not servers.redis_is_up(f"redis://:for-sentinel@127.0.0.1:{port}"):
        assert process.poll() is None
        time.sleep(0.05)
    yield url
    process.kill()
    process.wait()
    shutil.rmtree(folder)


def test_that_sentinels_refuse_us_is_not_called_an_unknown_master(sentinel: str) -> None:
    for wrong in (sentinel.replace("word=for", "word=not-for"), sentinel.partition("&")[0]):
        with pytest.raises(Failure, match=r"A Sentinel refuses us: are sentinel_user and sentinel_password right\?$"):
            servers.check_broker(wrong)


def test_a_probe_leaves_no_connection_to_a_sentinel(sentinel: str) -> None:
    broker.ping(sentinel, timeout_s=2)
    gc.collect()
    gc.disable()
    try:
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(3):
            broker.ping(sentinel, timeout_s=2)
        assert len(list(Path("/proc/self/fd").iterdir())) == before
    finally:
        gc.enable()


def test_a_worker_tries_each_host_of_broker_url_and_logs_no_password() -> None:
    hosts = [f"127.0.0.1:{embedded.free_port(None)}" for _ in range(2)]
    lines = []
    with subprocess.Popen(
        processes.worker("worker"),
        env={**os.environ, "BROKER_URL": f"amqp://me:for-rabbitmq@{','.join(hosts)}/social"},
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as worker:
        for line in worker.stdout or ():
            lines.append(line)
            if f"Cannot connect to amqp://me:**@{hosts[1]}" in line:
                worker.terminate()
    logged = "".join(lines)
    assert worker.returncode == 0, logged
    assert "for-rabbitmq" not in logged


@pytest.mark.parametrize("variable", ["REDIS_URL", "BROKER_URL"])
def test_bin_up_refuses_a_redis_cluster_and_says_what_to_use(cluster: str, variable: str) -> None:
    with pytest.raises(Failure, match=rf"{variable} cannot be used: This is a Redis Cluster.+Use one Redis, or .+Sen"):
        servers.check_broker(cluster, variable)


@pytest.mark.django_db
def test_readyz_says_that_a_broker_is_a_redis_cluster(cluster: str) -> None:
    with override_settings(BROKER_URL=cluster):
        answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["broker"].startswith("This is a Redis Cluster")


def test_a_user_who_may_not_ask_for_the_kind_of_server_may_use_it() -> None:
    with dispatch.redis_client() as client:
        client.acl_setuser(
            "narrow", enabled=True, passwords=["+pw"], keys=["*"], channels=["*"], commands=["+@all", "-info"]
        )
        try:
            address = settings.REDIS_URL.rpartition("@")[2]
            broker.ping(f"redis://narrow:pw@{address}", timeout_s=2)
            with pytest.raises(redis.AuthenticationError):
                broker.ping(f"redis://narrow:other@{address}", timeout_s=2)
        finally:
            client.acl_deluser("narrow")


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("redis://127.0.0.1:9", "Connection refused"),
        ("sentinel://127.0.0.1:9?master=social", "No Sentinel that answers knows a master called social$"),
        ("amqp://me:pw@127.0.0.1:9,127.0.0.1:10/social", "Connection refused"),
    ],
)
def test_bin_up_says_in_a_line_which_broker_does_not_answer(url: str, fault: str) -> None:
    with pytest.raises(Failure, match=rf"^BROKER_URL cannot be used: .*{fault}"):
        servers.check_broker(url, "BROKER_URL")


def settings_with(url: str, names: str) -> str:
    """What settings have where BROKER_URL is this."""
    return subprocess.check_output(
        [sys.executable, "-c", f"from config import settings as s; print({names})"],
        env=os.environ | {"BROKER_URL": url},
        cwd=CHECKOUT,
        text=True,
    ).strip()


def test_tasks_may_be_on_rabbitmq_while_keys_stay_on_redis() -> None:
    url = "amqp://me:pw@a/social"
    assert settings_with(url, "s.REDIS_URL, s.CELERY_BROKER_URL") == f"{settings.REDIS_URL} {url}"
    types = "s.CELERY_TASK_DEFAULT_QUEUE_TYPE, s.CELERY_TASK_CREATE_MISSING_QUEUE_TYPE"
    assert settings_with(url, types) == "quorum quorum"


def test_each_node_of_rabbitmq_is_tried_before_a_publish_fails() -> None:
    names = 's.CELERY_BROKER_TRANSPORT_OPTIONS["max_retries"], s.CELERY_BROKER_TRANSPORT_OPTIONS["connect_timeout"]'
    assert settings_with("amqp://me:pw@a,b,c/social", names) == "2 1.0"


def test_a_worker_makes_no_queues_for_delays() -> None:
    assert {"Tasks", "Evloop"} <= {step.rpartition(":")[2] for step in Consumer.Blueprint.default_steps}
    assert [step for step in Consumer.Blueprint.default_steps if "delayed" in step] == []
    assert app.conf.worker_consumer == "config.consumer:Consumer"


@pytest.mark.parametrize("error", DATABASE_AWAY)
@pytest.mark.parametrize("name", RETRIED)
def test_a_task_that_lost_its_database_is_enqueued_once_more_at_once_and_never_for_a_later_time(
    name: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    task, queue = app.tasks[name], "test-retries"

    def away(*_args: object, **_options: object) -> None:
        raise error("away")

    monkeypatch.setattr(task, "_orig_run", away)
    run = build_tracer(name, task, app=app)
    found = []
    with app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        for retries in range(2):
            delivery = {"exchange": "", "routing_key": queue}
            run("id", [], {"queue": "push"}, {"retries": retries, "delivery_info": delivery, "called_directly": False})
            message = channel.basic_get(queue, no_ack=True)
            found.append(message and (message.headers["retries"], message.headers["eta"]))
    assert found == [(1, None), None]


def test_a_task_is_retried_for_a_database_that_is_away_and_for_nothing_else() -> None:
    assert len(RETRIED) == 5
    tasks: list[Any] = [app.tasks[name] for name in RETRIED]
    assert {task.autoretry_for for task in tasks} == {DATABASE_AWAY}
