"""Beat keeps nothing; its clock and a worker's may differ by an hour, and what it asks for is done all the same."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
import time_machine
from celery.beat import ScheduleEntry
from celery.schedules import schedule
from celery.worker.request import Request
from django.conf import settings

from config.beat import Scheduler
from config.celery import app
from config.env import CHECKOUT

app.loader.import_default_modules()


class Message:
    """As a worker has it from Redis."""

    def __init__(self, task: str, expires: str) -> None:
        self.headers = {"id": "1", "task": task, "expires": expires, "lang": "py", "argsrepr": "", "kwargsrepr": ""}
        self.body = b'[[], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]'
        self.content_type, self.content_encoding = "application/json", "utf-8"
        self.properties: dict[str, str] = {}
        self.delivery_info: dict[str, str] = {}
        self.payload: list[object] = [[], {}, {}]

    @property
    def decoded(self) -> object:
        return self.payload


@pytest.mark.parametrize("name", list(app.conf.beat_schedule))
@pytest.mark.parametrize("off_s", [-3_600, 3_600])
def test_a_worker_whose_clock_is_off_drops_nothing_of_beat(name: str, off_s: int) -> None:
    entry = app.conf.beat_schedule[name]
    expires = datetime.fromtimestamp(time.time() + entry["options"]["expires"], UTC).isoformat()
    request = Request(Message(entry["task"], expires), app=app)
    with time_machine.travel(time.time() + off_s, tick=True):
        assert not request.maybe_expire()


def test_what_nobody_heard_for_long_is_dropped() -> None:
    entry = app.conf.beat_schedule["sweep"]
    expires = datetime.fromtimestamp(time.time() - 1, UTC).isoformat()
    assert Request(Message(entry["task"], expires), app=app).maybe_expire()


def test_beat_sleeps_until_a_task_is_due_rather_than_to_keep_a_core_busy() -> None:
    with time_machine.travel(datetime(2026, 11, 29, tzinfo=UTC), tick=False) as clock:
        scheduler = Scheduler(
            app, {"sweep": ScheduleEntry("sweep", "sweep", schedule=schedule(1.0), app=app)}, lazy=True
        )
        clock.shift(0.995)
        assert scheduler.tick() == pytest.approx(0.005)


def test_beat_rings_although_it_may_write_to_no_folder_and_leaves_nothing(tmp_path: Path) -> None:
    folders = [tmp_path / "data", tmp_path / "working"]
    for folder in folders:
        folder.mkdir(mode=0o500)
    broker = urlsplit(settings.CELERY_BROKER_URL)._replace(path="/9").geturl()  # nobody else's
    with redis.Redis.from_url(broker) as queues:
        queues.flushdb()
        beat = subprocess.Popen(
            [sys.executable, "-m", "config.beat"],
            cwd=folders[1],
            env={
                "PYTHONPATH": str(CHECKOUT),
                "SOCIALAPP_DATA": str(folders[0]),
                "SOCIALAPP_SECRET_KEY": "abcdefghij" * 5,
                "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
                "REDIS_URL": broker,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            while beat.poll() is None and not queues.keys():
                time.sleep(0.05)
            assert beat.poll() is None
            assert "psycopg2" not in Path(f"/proc/{beat.pid}/maps").read_text(), "beat needs no database"
        finally:
            beat.terminate()
            said, _ = beat.communicate()
            queues.flushdb()
    assert b"Traceback" not in said
    assert [file for folder in folders for file in folder.iterdir()] == []
