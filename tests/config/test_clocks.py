"""Beat's clock and a worker's may differ by an hour; what beat asks for is done all the same."""

import time
from datetime import UTC, datetime

import pytest
import time_machine
from celery.worker.request import Request

from config.celery import app

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
