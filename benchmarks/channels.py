"""What a hanging channel costs the others, and what a fan-out to many bells costs an unrelated author.

    .venv/bin/python -m benchmarks.channels [hang|bells]

Runs the product as `bin/up` starts it, on a folder and ports of its own, and prints figures. Ratios are what counts.
"""

import argparse
import asyncio
import json
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp

from tests.processes import processes
from tests.product import Product, running_product

AUTHORS, FANS, LIKES, RATE = 50, 40, 2_000, 100

PEOPLE = f"""
import json
from django.conf import settings
from notifications.models import *
from notifications.endpoints.operations import *
from notifications.preferences.operations import set_preferences
from socialapp.users.operations import new_person, make_token
from socialapp.posts.operations import publish_post
import urllib.request
fakes = settings.MAIL_SHOWN_AT
posts, tokens = [], []
for n in range({AUTHORS}):
    author = new_person(username=f"author{{n}}")
    endpoint, secret = add_webhook(person=author, name="bot", address=f"{{fakes}}/hooks/author{{n}}")
    urllib.request.urlopen(urllib.request.Request(f"{{fakes}}/hooks/author{{n}}", data=secret.encode(), method="PUT"))
    said = json.load(urllib.request.urlopen(urllib.request.Request(f"{{fakes}}/push", method="POST")))
    add_push_endpoint(person=author, name="browser", address=said["endpoint"], keys=said["keys"])
    set_preferences(person_id=author.pk, changes={{("like", "push"): "everyone"}})
    posts.append(publish_post(author=author, body="Good morning!")[0].pk)
for n in range({FANS}):
    tokens.append(make_token(person=new_person(username=f"fan{{n}}"), name="bench"))
print("PEOPLE", json.dumps([posts, tokens, fakes]))
"""
# How long from the acceptance of an activity to its delivery, in ms.
LATENCIES = """
from notifications.models import Delivery
rows = Delivery.objects.filter(channel="{channel}", state="sent").values_list("accepted_at", "finished_at")
print("ROWS", [round((b - a).total_seconds() * 1000, 1) for a, b in rows])
print("LEFT", Delivery.objects.filter(channel="{channel}", state="waiting").count())
"""
BELLS = """
from django.db import connection
from notifications.models import *
from notifications.endpoints.operations import add_push_endpoint
from notifications.channels.push import application_server_key
from socialapp.users.operations import new_person, make_token
from socialapp.follows.operations import follow
from notifications.preferences.bells import switch_bell
from django.conf import settings
import json, urllib.request
application_server_key()
fakes = settings.MAIL_SHOWN_AT
said = json.load(urllib.request.urlopen(urllib.request.Request(f"{{fakes}}/push", method="POST")))
star, small, reader = (new_person(username=name) for name in ("star", "small", "reader"))
with connection.cursor() as cursor:
    cursor.execute("INSERT INTO users_person (username, name, bio, email, password, is_staff, is_superuser, "
        "suspended_reason) SELECT 'holder' || n, '', '', '', '!', false, false, '' FROM generate_series(1, {count}) n")
    cursor.execute("INSERT INTO notifications_circuit (name) SELECT 'push h' || n FROM generate_series(1, {count}) n")
    cursor.execute("INSERT INTO notifications_endpoint (person_id, channel, name, address, keys, host, circuit_id) "
        "SELECT person.id, 'push', '', %s || '?' || person.id, %s, %s, circuit.id FROM users_person person "
        "JOIN notifications_circuit circuit ON circuit.name = 'push h' || substr(person.username, 7) "
        "WHERE username LIKE 'holder%%'",
        [said["endpoint"], json.dumps(said["keys"]), urllib.parse.urlsplit(fakes).netloc])
    cursor.execute("INSERT INTO notifications_bell (person_id, author_id) SELECT id, %s FROM users_person "
        "WHERE username LIKE 'holder%%'", [star.pk])
    cursor.execute("ANALYZE")
more = json.load(urllib.request.urlopen(urllib.request.Request(f"{{fakes}}/push", method="POST")))
add_push_endpoint(person=reader, name="b", address=more["endpoint"], keys=more["keys"])
follow(follower_id=reader.pk, followee_id=small.pk)
switch_bell(person=reader, author=small, on=True)
print("TOKENS", json.dumps([make_token(person=star, name="b"), make_token(person=small, name="b")]))
"""
PROGRESS = """
from notifications.models import *
job = FanOut.objects.order_by("-total")[0]
small = Delivery.objects.filter(recipient__username="reader", state="sent")
print("JOB", json.dumps({"state": job.state, "done": job.done,
    "took": (job.finished_at - job.created_at).total_seconds() if job.finished_at else None,
    "sent": Delivery.objects.filter(bulk=True, state="sent").count(),
    "small": [(d.finished_at - d.accepted_at).total_seconds() for d in small]}))
"""


@dataclass(frozen=True)
class Run:
    """Milliseconds: of the API's answers, and of the webhooks from acceptance to delivery."""

    api: list[float]
    webhook: list[float]
    left: int


def shell(product: Product, code: str, word: str) -> Any:
    """Run code in the product, and read the JSON behind a word that it prints."""
    done = product.manage("shell", "-v", "0", "-c", f"import json\n{code}")
    for line in done.stdout.splitlines():
        if line.startswith(f"{word} "):
            return json.loads(line.removeprefix(f"{word} "))
    raise RuntimeError(done.stdout + done.stderr)


def tell(fakes: str, name: str, always: str) -> None:
    """What a fake answers from now on."""
    body = json.dumps({"always": always}).encode()
    request = urllib.request.Request(f"{fakes}/script/{name}", data=body, method="POST")
    request.add_header("Content-Type", "application/json")
    urllib.request.urlopen(request).close()


def hang(answer: str) -> Run:
    """A run in which push answers so."""
    with running_product("--no-demo") as product:
        posts, tokens, fakes = shell(product, PEOPLE, "PEOPLE")
        tell(fakes, "push", answer)
        api = asyncio.run(like_all(product.url, posts, tokens))
        time.sleep(5)
        code = LATENCIES.format(channel="webhook")
        return Run(api, shell(product, code, "ROWS"), shell(product, code, "LEFT"))


async def like_all(url: str, posts: list[int], tokens: list[str]) -> list[float]:
    """Each fan likes each post, RATE a second; how long each answer took, from when its request was due."""
    took: list[float] = []
    start = time.monotonic() + 0.5

    async def like(http: aiohttp.ClientSession, number: int) -> None:
        due = start + number / RATE
        await asyncio.sleep(due - time.monotonic())
        post, token = posts[number % len(posts)], tokens[number // len(posts)]
        async with http.put(
            f"{url}/api/social/v1/posts/{post}/like/", headers={"Authorization": f"Bearer {token}"}
        ) as answer:
            answer.raise_for_status()
            await answer.read()
        took.append(1_000 * (time.monotonic() - due))

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=50)) as http:
        await asyncio.gather(*(like(http, number) for number in range(LIKES)))
    return took


def p(values: list[float], percent: int) -> float:
    """A percentile."""
    return quantiles(values, n=100)[percent - 1]


def compare() -> None:
    """Push well, push hanging 30 s at each send; twice each, in turn."""
    for _ in range(2):
        well, ill = hang("ok"), hang("hang 30")
        for name, before, after in (("API", well.api, ill.api), ("webhook", well.webhook, ill.webhook)):
            print(
                f"{name:>8}: p50 {p(before, 50):.1f} → {p(after, 50):.1f} ms, p99 {p(before, 99):.1f} → "
                f"{p(after, 99):.1f} ms, ratio {p(after, 99) / p(before, 99):.2f}; {len(after)} of {len(before)}",
                flush=True,
            )
        print(f"webhooks left: {well.left}, {ill.left}", flush=True)


def bells(count: int) -> None:
    """One post by someone with so many bells; meanwhile, someone with one bell posts each second."""
    with running_product("--no-demo") as product:
        star, small = shell(product, BELLS.format(count=count), "TOKENS")
        say(product.url, star, "To all of you")
        for n in range(20):
            time.sleep(1)
            say(product.url, small, f"To you {n}")
        found = shell(product, PROGRESS, "JOB")
        while found["state"] == "running":
            time.sleep(2)
            found = shell(product, PROGRESS, "JOB")
        took = found["took"]
        waits = sorted(found["small"])
        print(f"{count:,} bells: {found['done']:,} planned in {took:.1f} s, {found['done'] / took:,.0f} a second")
        print(f"unrelated push, {len(waits)} of 20: p50 {waits[len(waits) // 2]:.3f} s, longest {waits[-1]:.3f} s")
        print(f"peak memory of the workers: {json.dumps(peaks_of(product))} MB")


def peaks_of(product: Product) -> dict[str, int]:
    """The largest resident size that each worker had, in MB."""
    peaks = {}
    for process in processes():
        if process.parent_id == product.process_id and "--queues" in process.command:
            status = Path(f"/proc/{process.id}/status").read_text().splitlines()
            peak = next(int(row.split()[1]) for row in status if row.startswith("VmHWM"))
            peaks[process.command.split("--queues ")[1].split()[0]] = peak // 1_024
    return peaks


def say(url: str, token: str, body: str) -> None:
    """Post, by the API."""
    request = urllib.request.Request(
        f"{url}/api/social/v1/posts/",
        data=json.dumps({"body": body}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        method="POST",
    )
    urllib.request.urlopen(request).close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=["hang", "bells"], default="hang")
    parser.add_argument("--count", type=int, default=100_000)
    chosen = parser.parse_args()
    compare() if chosen.what == "hang" else bells(chosen.count)
