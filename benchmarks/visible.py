"""How long from a like to its being seen in somebody else's browser.

    .venv/bin/python -m benchmarks.visible [--likes 500] [--rate 10] [--beside 40]

A browser (Debian's Chromium) shows a post; fans like it through the API at a set rate, while others like other posts.
Each like has been seen when the count on the screen includes it. Times are from the moment the like was due.
"""

import argparse
import asyncio
import threading
import time

import aiohttp

from benchmarks.channels import shell
from benchmarks.live import told
from tests.browser.chromium import chromium, log_in
from tests.product import Product, running_product

PEOPLE = """
from django.db import connection
from socialapp.users.models import Person
from socialapp.posts.operations import publish_post
ada = Person.objects.get(username="ada")
with connection.cursor() as cursor:
    cursor.execute("INSERT INTO users_person (username, name, bio, email, password, is_staff, is_superuser, "
        "suspended_reason) SELECT 'fan' || n, '', '', '', '!', false, false, '' FROM generate_series(1, {count}) n")
    cursor.execute("INSERT INTO users_token (person_id, name, digest) SELECT id, 'bench', "
        "encode(sha256(('sa_' || username)::bytea), 'hex') FROM users_person WHERE username LIKE 'fan%%'")
bob = Person.objects.get(username="bob")
others = [publish_post(author=bob, body=f"No. {{n}}")[0].pk for n in range(20)]
print("POSTS", json.dumps([publish_post(author=ada, body="Look at me")[0].pk, others]))
"""
WATCH = """(post) => {
  const place = document.querySelector(`[data-post="${post}"] [data-count="likes"]`);
  window.seen = [];
  const note = () => window.seen.push([Number(place.textContent), performance.timeOrigin + performance.now()]);
  new MutationObserver(note).observe(place, { childList: true, characterData: true, subtree: true });
}"""


class Load(threading.Thread):
    """The likes, in a thread of their own: the browser's driver has the main one."""

    def __init__(self, product: Product, post: int, others: list[int], chosen: argparse.Namespace) -> None:
        super().__init__()
        self.product, self.post, self.others, self.chosen = product, post, others, chosen
        self.due: list[float] = []

    def run(self) -> None:
        asyncio.run(self._both())

    async def _both(self) -> None:
        async with aiohttp.ClientSession() as session:
            background = asyncio.create_task(self._beside(session))
            begun = time.time()
            tasks = []
            for number in range(self.chosen.likes):
                due = begun + number / self.chosen.rate
                await asyncio.sleep(max(0.0, due - time.time()))
                self.due.append(due * 1_000)
                tasks.append(asyncio.create_task(self._like(session, self.post, f"fan{number + 1}")))
            await asyncio.gather(*tasks)
            background.cancel()

    async def _beside(self, session: aiohttp.ClientSession) -> None:
        """Open loop too; each fan likes each other post once, so that all of them are new."""
        pending = set()
        for number in range(10**9):
            fan, post = f"fan{number % self.chosen.likes + 1}", self.others[number // self.chosen.likes % 20]
            task = asyncio.create_task(self._like(session, post, fan))
            pending.add(task)
            task.add_done_callback(pending.discard)
            await asyncio.sleep(1 / self.chosen.beside)

    async def _like(self, session: aiohttp.ClientSession, post: int, fan: str) -> None:
        route = f"{self.product.url}/api/social/v1/posts/{post}/like/"
        async with session.put(route, headers={"Authorization": f"Bearer sa_{fan}"}) as answer:
            assert answer.status == 201, await answer.text()


def main() -> None:
    """Prints figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--likes", type=int, default=500)
    parser.add_argument("--rate", type=int, default=10)
    parser.add_argument("--beside", type=int, default=40)
    chosen = parser.parse_args()
    with running_product() as product, chromium() as browser:
        post, others = shell(product, PEOPLE.format(count=chosen.likes), "POSTS")
        page = browser.new_page()
        log_in(page, product.url, "ada", product.demo_password)
        page.goto(f"{product.url}/posts/{post}/")
        page.wait_for_timeout(2_000)
        page.evaluate(WATCH, post)
        load = Load(product, post, others, chosen)
        load.start()
        while load.is_alive():
            page.wait_for_timeout(200)
        page.wait_for_timeout(3_000)
        seen: list[tuple[int, float]] = page.evaluate("window.seen")
        assert seen[-1][0] == chosen.likes, f"The page says {seen[-1][0]}."
    lags = [next(at for count, at in seen if count > number) - due for number, due in enumerate(sorted(load.due))]
    told(f"Like to visible in another browser, {chosen.rate}/s beside {chosen.beside}/s", lags)


if __name__ == "__main__":
    main()
