"""`bin/run`: each process by itself, as systemd and containers start them."""

import argparse
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psycopg2
import pytest
from django.conf import settings
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from bin.runtime import options
from bin.runtime.processes import QUEUES, command_of
from bin.runtime.up import is_healthy, programs
from config.env import CHECKOUT, env
from tests.product import free_port, manage

PATIENCE_S = 60
RUN = str(CHECKOUT / "bin" / "run")


def test_bin_run_has_a_word_for_each_process() -> None:
    assert set(options.PROCESSES) == {"web", "live", "beat", "prepare", *QUEUES}


def test_each_queue_has_a_process_that_serves_it_alone_or_with_others() -> None:
    alone = {name: queues for name, queues in QUEUES.items() if name not in {"worker", "outside"}}
    assert sorted(QUEUES["outside"]) == sorted(queue for queues in alone.values() for queue in queues)
    assert {*QUEUES["worker"], *QUEUES["outside"]} >= set(settings.QUEUE_TASKS)


def test_bin_up_starts_what_bin_run_starts() -> None:
    by_up = programs(argparse.Namespace(host="127.0.0.1", port=8000, live_port=8001, workers=2))
    by_run = [command_of(options.run([name])) for name in ("web", "live", "worker", "worker", "outside", "beat")]
    assert [program.command for program in by_up] == by_run


def test_a_worker_of_one_channel_has_a_thread_for_each_of_its_tasks() -> None:
    command = command_of(options.run(["push"]))
    assert command[command.index("--queues") + 1] == "push"
    assert command[command.index("--concurrency") + 1] == str(settings.QUEUE_THREADS["push"])


def test_an_option_reaches_the_process() -> None:
    web = command_of(options.run(["web", "--host", "::1", "--port", "9000", "--processes", "3"]))
    assert [web[web.index(name) + 1] for name in ("--host", "--port", "--workers")] == ["::1", "9000", "3"]
    worker = command_of(options.run(["worker", "--threads", "5"]))
    assert worker[worker.index("--concurrency") + 1] == "5"


def refused(*typed: str, **variables: str) -> list[str]:
    """The lines with which bin/run ends at once."""
    done = subprocess.run([RUN, *typed], env=os.environ | variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr.splitlines()


def test_without_servers_it_says_how_to_name_them(tmp_path: Path) -> None:
    said = refused("worker", DATABASE_URL="", REDIS_URL="", SOCIALAPP_DATA=str(tmp_path))
    assert [line.removeprefix("run: ") for line in said] == [
        f"No {name}, and no embedded server was ever started in {tmp_path}. "
        f"Start bin/up, or set {name}, or name the data folder in SOCIALAPP_DATA."
        for name in ("DATABASE_URL", "REDIS_URL")
    ]


@pytest.mark.parametrize("process", ["web", "live"])
def test_a_port_that_is_taken_is_named(process: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (said,) = refused(process, "--port", str(port))
    assert f"Cannot listen on 127.0.0.1 port {port}" in said
    assert f"bin/run {process} --port {port + 1}" in said


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An empty database in the tests' PostgreSQL, and a Redis database that no other test uses."""
    server = env.database_url.rpartition("/")[0]
    admin = psycopg2.connect(f"{server}/postgres")
    admin.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    name = f"run_{os.getpid()}"
    with admin.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        yield os.environ | {
            "DATABASE_URL": f"{server}/{name}",
            "REDIS_URL": env.redis_url.rpartition("/")[0] + "/7",
            "SOCIALAPP_DATA": str(tmp_path),
        }
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    admin.close()


@contextmanager
def running(environment: dict[str, str], *typed: str) -> Iterator[subprocess.Popen[bytes]]:
    """The process, until the end of the body; then it is asked to stop."""
    with (Path(environment["SOCIALAPP_DATA"]) / "run.log").open("ab") as log:
        process = subprocess.Popen([RUN, *typed], env=environment, cwd="/", stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def until(happens: Any) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happens():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def call(method: str, url: str, token: str, body: object = None) -> Any:
    """What the API answers."""
    request = Request(url, method=method, data=json.dumps(body).encode())  # noqa: S310  our own
    request.add_header("Authorization", f"Bearer {token}")
    request.add_header("Content-Type", "application/json")
    with urlopen(request, timeout=30) as answer:  # noqa: S310  our own
        return json.load(answer)


@pytest.mark.slow
def test_processes_that_were_started_one_by_one_are_the_product_and_end_when_asked(environment: dict[str, str]) -> None:
    prepared = subprocess.run([RUN, "prepare"], env=environment, cwd="/", capture_output=True, text=True, check=False)
    assert (prepared.returncode, prepared.stderr) == (0, "")
    assert manage(environment, "demo").returncode == 0
    web, live = free_port(), free_port()
    with ExitStack() as stack:
        processes = {
            typed[0]: stack.enter_context(running(environment, *typed))
            for typed in (
                ("web", "--port", str(web), "--processes", "1"),
                ("live", "--port", str(live)),
                ("worker",),
                ("outside",),
                ("beat",),
            )
        }
        until(lambda: is_healthy(f"http://127.0.0.1:{web}/readyz"))
        until(lambda: is_healthy(f"http://127.0.0.1:{live}/live/healthz"))
        # Each is the program itself, not a shell around it that would keep signals to itself.
        for name, process in processes.items():
            assert Path(f"/proc/{process.pid}/cmdline").read_text().split("\0")[:-1] == command_of(
                options.run([name, *map(str, process.args[2:])])  # type: ignore[index]
            )
        bob, fumi = (manage(environment, "token", name).stdout.strip() for name in ("bob", "fumi"))
        api = f"http://127.0.0.1:{web}/api/social/v1"
        post = call("POST", f"{api}/posts/", bob, {"body": "Without a supervisor"})
        before = call("GET", f"{api}/notifications/unread/", bob)
        call("PUT", f"{api}/posts/{post['id']}/like/", fumi)
        until(lambda: call("GET", f"{api}/notifications/unread/", bob) != before)
        assert manage(environment, "audit").returncode == 0
    # uvicorn passes the signal on once it has ended all streams.
    ended = dict.fromkeys(processes, 0) | {"live": -signal.SIGTERM}
    assert {name: process.returncode for name, process in processes.items()} == ended
