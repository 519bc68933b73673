"""Floods a product of its own and looks at what comes of it: `.venv/bin/python -m benchmarks.flood`.

By one account, by 50 new ones, and with 10,000 mentions: what the API answered, what each victim got, and how long
others waited beside it. The figures are in docs/limits.md.
"""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psycopg2

from benchmarks.percentiles import percentile
from tests.product import Product, running_product

VICTIMS, BOTS, BYSTANDERS = 10_000, 50, 40
REQUESTS = 10_000
CONNECTIONS = 8
# Of all bystanders together.
BYSTANDER_RATE = 20.0
QUIET_S = 30.0
MENTIONS_AT_ONCE = 50
PEOPLE = f"""
INSERT INTO users_person (username, name, bio, email, password, is_staff, is_superuser, suspended_reason, joined_at)
SELECT kind || n, '', '', '', '!', false, false, '', now() - CASE kind WHEN 'bot' THEN interval '1 hour'
ELSE interval '1 year' END
FROM (VALUES ('v', {VICTIMS}), ('bot', {BOTS}), ('by', {BYSTANDERS}), ('mallory', 2)) AS kinds (kind, most),
LATERAL generate_series(1, most) AS n;
INSERT INTO users_token (person_id, name, digest, last_used_on)
SELECT id, 'flood', encode(sha256(('sa_' || username)::bytea), 'hex'), (now() AT TIME ZONE 'UTC')::date
FROM users_person;
INSERT INTO posts_post (author_id, body) SELECT id, 'Good morning!' FROM users_person
WHERE username IN ('v1', 'v2') OR username ~ '^by';
ANALYZE;
"""
NOTIFIED = """
SELECT person.username, count(*) FROM notifications_groupmember AS member
JOIN notifications_group AS joined ON joined.id = member.group_id
JOIN users_person AS person ON person.id = joined.recipient_id WHERE person.username ~ '^v' GROUP BY 1
"""


@dataclass
class Load:
    """What was asked, and what came back: statuses, and seconds until each answer."""

    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)
    ended: float = 0.0

    def line(self) -> str:
        """In a line: how many of each status, how fast, how long."""
        statuses = ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))
        took = self.ended - self.began
        median, late = (1_000 * percentile(self.times, percent) for percent in (50, 99))
        return f"{statuses} in {took:.1f} s ({len(self.times) / took:.0f}/s), p50 {median:.1f} ms, p99 {late:.1f} ms"


class Caller:
    """One connection."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def ask(self, load: Load, method: str, path: str, who: str, body: object = None) -> None:
        """Send a request as somebody, and note its answer."""
        headers = {"Authorization": f"Bearer sa_{who}", "Content-Type": "application/json"}
        start = time.perf_counter()
        data = None if body is None else json.dumps(body)
        self._connection.request(method, f"/api/social/v1/{path}", data, headers)
        answer = self._connection.getresponse()
        answer.read()
        load.times.append(time.perf_counter() - start)
        load.statuses[answer.status] += 1


Request = tuple[str, str, str, object]


def flood(url: str, requests: Sequence[Request]) -> Load:
    """Send all of them, as fast as answers come, over CONNECTIONS connections."""
    load = Load()

    def send(part: Sequence[Request]) -> None:
        caller = Caller(url)
        for method, path, who, body in part:
            caller.ask(load, method, path, who, body)

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(send, [requests[start::CONNECTIONS] for start in range(CONNECTIONS)]))
    load.ended = time.perf_counter()
    return load


@contextmanager
def bystanders(url: str, posts: Sequence[int]) -> Iterator[Load]:
    """Meanwhile, others like, post, and look at their feed and inbox, at a fixed rate."""
    load, done, chance = Load(), threading.Event(), random.Random(1)  # noqa: S311  not for secrets

    def go_on() -> None:
        caller, due = Caller(url), time.perf_counter()
        while not done.is_set():
            due += 4 / BYSTANDER_RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            caller.ask(load, *_something(chance, posts))

    with ThreadPoolExecutor(4) as threads:
        for _ in range(4):
            threads.submit(go_on)
        try:
            yield load
        finally:
            done.set()
    load.ended = time.perf_counter()


def _something(chance: random.Random, posts: Sequence[int]) -> Request:
    who = f"by{chance.randint(1, BYSTANDERS)}"
    return chance.choice(
        [
            ("PUT", f"posts/{chance.choice(posts)}/like/", who, None),
            ("POST", "posts/", who, {"body": f"Good {chance.random()}"}),
            ("GET", "feed/", who, None),
            ("GET", "notifications/", who, None),
        ]
    )


def by_one_account(posts: dict[str, int]) -> list[Request]:
    """All of it at one victim."""
    path = f"posts/{posts['v1']}/comments/"
    return [("POST", path, "mallory1", {"body": f"Buy number {number}"}) for number in range(REQUESTS)]


def by_new_accounts(posts: dict[str, int]) -> list[Request]:
    """All of it at one victim."""
    path = f"posts/{posts['v2']}/comments/"
    return [("POST", path, f"bot{1 + number % BOTS}", {"body": f"Buy number {number}"}) for number in range(REQUESTS)]


def of_mentions(_posts: dict[str, int]) -> list[Request]:
    """At each victim once, many in one post."""
    texts = (
        " ".join(f"@v{number}" for number in range(start, start + MENTIONS_AT_ONCE))
        for start in range(1, VICTIMS + 1, MENTIONS_AT_ONCE)
    )
    return [("POST", "posts/", "mallory2", {"body": f"Buy {text}"}) for text in texts]


FLOODS: dict[str, Callable[[dict[str, int]], list[Request]]] = {
    "one account, 10,000 replies to one person": by_one_account,
    "50 new accounts, 10,000 replies to one person": by_new_accounts,
    "one account, 10,000 mentions, 50 in each post": of_mentions,
}


def run(product: Product) -> None:
    """Each flood, with others beside it; first the others alone."""
    database = psycopg2.connect(product.remembered["DATABASE_URL"])
    database.autocommit = True
    cursor = database.cursor()
    cursor.execute(PEOPLE)
    cursor.execute("SELECT username, post.id FROM posts_post post JOIN users_person author ON author.id = author_id")
    posts = dict(cursor.fetchall())
    shown = [post for name, post in posts.items() if name.startswith("by")]
    for round_ in ("to warm up", "alone"):
        with bystanders(product.url, shown) as others:
            time.sleep(QUIET_S)
        print(f"others, {round_}: {others.line()}", flush=True)
    before: Counter[str] = Counter()
    for name, requests in FLOODS.items():
        with bystanders(product.url, shown) as others:
            answered = flood(product.url, requests(posts))
            time.sleep(max(0.0, 10.0 - (answered.ended - answered.began)))
        _settle(cursor)
        cursor.execute(NOTIFIED)
        after = Counter(dict(cursor.fetchall()))
        got = after - before
        before = after
        print(f"{name}: {answered.line()}")
        print(f"  others meanwhile: {others.line()}")
        most = max(got.values(), default=0)
        print(f"  {len(got)} victims were notified, of {sum(got.values())} things; each of {most} at most", flush=True)


def _settle(cursor: "psycopg2.extensions.cursor") -> None:
    while True:
        cursor.execute("SELECT count(*) FROM messaging_outbox")
        if cursor.fetchone() == (0,):
            return
        time.sleep(0.2)


def main() -> None:
    """With the limits that a site has by default, and without."""
    for limits in ("on", "off"):
        print(f"--- SOCIALAPP_LIMITS={limits}", flush=True)
        with running_product("--no-demo", SOCIALAPP_LIMITS=limits) as product:
            run(product)


if __name__ == "__main__":
    main()
