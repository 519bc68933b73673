"""The notification service: writes the inbox row, and answers after a time that can be set.

    python -m benchmarks.baselines.synchronous.service --port 8030

`POST /notifications` writes; `PUT /answers-after` sets the seconds, as the body.
"""

import argparse
import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from threading import local

import psycopg2
from aiohttp import web

CONNECTIONS = 4  # to PostgreSQL, each kept by its thread
INSERT = """
INSERT INTO textbook_notification (recipient_id, actor_id, verb, post_id, is_read, created_at)
VALUES (%(recipient)s, %(actor)s, %(verb)s, %(post)s, false, now()) ON CONFLICT DO NOTHING
"""

_mine = local()


class Service:
    """It waits first, as one that sends to somebody slow, and what it was asked for is done when it answers."""

    def __init__(self) -> None:
        self.answers_after_s = 0.0
        self.writers = ThreadPoolExecutor(CONNECTIONS, initializer=_connect)

    async def notify(self, request: web.Request) -> web.Response:
        """201 once the row is stored."""
        told = await request.json()
        if self.answers_after_s:
            await asyncio.sleep(self.answers_after_s)
        await asyncio.get_running_loop().run_in_executor(self.writers, _write, told)
        return web.Response(status=201)

    async def set_pace(self, request: web.Request) -> web.Response:
        """From now on."""
        self.answers_after_s = float(await request.text())
        return web.Response(status=204)


def _connect() -> None:
    _mine.connection = psycopg2.connect(os.environ["DATABASE_URL"])
    _mine.connection.autocommit = True


def _write(told: dict[str, object]) -> None:
    with _mine.connection.cursor() as cursor:
        cursor.execute(INSERT, told)


def main() -> None:
    """Until a signal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    service = Service()
    app = web.Application()
    app.add_routes([web.post("/notifications", service.notify), web.put("/answers-after", service.set_pace)])
    web.run_app(app, host="127.0.0.1", port=parser.parse_args().port, access_log=None, print=None)


if __name__ == "__main__":
    main()
