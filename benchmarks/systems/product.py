"""The product as `bin/up` starts it: web, live, workers of each kind, beat, fakes, embedded servers."""

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.channels import shell
from benchmarks.systems.running import PEOPLE, Running
from benchmarks.systems.system import Request
from benchmarks.systems.warm import wait_until, warm_up
from bin.runtime import servers
from bin.runtime.embedded import remembered
from tests.processes import Process, processes
from tests.product import Product, running_product

# As if their tokens were used today already: that is noted once a day, by a write that no steady load has.
SEED = f"""
INSERT INTO users_person (username, name, bio, email, password, is_staff, is_superuser, suspended_reason)
SELECT 'p' || n, '', '', '', '!', false, false, '' FROM generate_series(1, {PEOPLE}) AS n;
INSERT INTO users_token (person_id, name, digest, last_used_on)
SELECT id, 'bench', encode(sha256(('sa_' || id)::bytea), 'hex'), (now() AT TIME ZONE 'UTC')::date FROM users_person
WHERE username ~ '^p[0-9]+$';
INSERT INTO posts_post (author_id, body) SELECT id, 'Good morning!' FROM users_person
WHERE username ~ '^p[0-9]+$' ORDER BY id;
"""
# These people have a webhook and a browser, and want to hear of each like by both.
LOUD = """
import urllib.request
from django.conf import settings
from notifications.channels.push import application_server_key
from notifications.endpoints.operations import add_push_endpoint, add_webhook
from notifications.preferences.operations import set_preferences
from socialapp.users.models import Person

fakes = settings.MAIL_SHOWN_AT
application_server_key()
for person in Person.objects.filter(pk__in={people}).order_by("pk"):
    address = f"{{fakes}}/hooks/{{person.username}}"
    _, secret = add_webhook(person=person, name="bench", address=address)
    urllib.request.urlopen(urllib.request.Request(address, data=secret.encode(), method="PUT")).close()
    said = json.load(urllib.request.urlopen(urllib.request.Request(f"{{fakes}}/push", method="POST")))
    add_push_endpoint(person=person, name="bench", address=said["endpoint"], keys=said["keys"])
    set_preferences(person_id=person.pk, changes={{("like", "push"): "everyone"}})
"""
GROUPS = {
    "config.web": "web",
    "config.live": "live",
    " worker ": "worker",
    "config.beat": "beat",
    "/postgres": "postgres",
    "valkey-server": "redis",
    "bin.fakes": "fakes",
}


class Socialapp(Running):
    """The product. `product` is its process and its folder."""

    name = "socialapp"
    PEOPLE_AND_POSTS = """
        SELECT author_id, post.id FROM posts_post AS post JOIN users_person AS person ON person.id = post.author_id
        WHERE username ~ '^p[0-9]+$' ORDER BY post.id
    """
    INBOX_ROWS = "SELECT count(*) FROM notifications_groupmember WHERE active"
    # A like's row and its message are one commit: from then on it is accepted.
    LATENCIES = """
        SELECT extract(epoch FROM pg_xact_commit_timestamp(member.xmin) - pg_xact_commit_timestamp(liked.xmin))::float
        FROM reactions_like AS liked
        JOIN notifications_group AS found ON found.post_id = liked.post_id AND found.kind = 'like'
        JOIN notifications_groupmember AS member ON member.group_id = found.id AND member.actor_id = liked.person_id
        WHERE liked.created_at >= to_timestamp(%s)
    """

    def __init__(self, product: Product) -> None:
        super().__init__()
        self.product, self.url = product, product.url
        known = remembered(product.data)
        self.database_url, self.redis_url, self.fakes_url = (
            known["DATABASE_URL"], known["REDIS_URL"], known["FAKES_URL"],
        )  # fmt: skip

    def like(self, person: int, post: int) -> Request:
        return Request("PUT", f"/api/social/v1/posts/{post}/like/", {"Authorization": f"Bearer sa_{person}"})

    def roots(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for process in self._programs():
            group = next((group for mark, group in GROUPS.items() if mark in process.command), "other")
            found.setdefault(group, []).append(process.id)
        return found

    def processes(self) -> dict[str, list[int]]:
        """See Stack."""
        return {**super().processes(), "supervisor": [self.product.process_id]}

    def messengers(self) -> list[int]:
        """The workers of messages."""
        return [process.id for process in self._programs() if "--queues messages" in process.command]

    @property
    def broker_process_id(self) -> int:  # type: ignore[override]
        """See Stack. Another one after it was stopped."""
        return next(process.id for process in self._programs() if "valkey-server" in process.command)

    @contextmanager
    def broker_stopped(self) -> Iterator[None]:
        """See Stack. The supervisor sleeps meanwhile, because it would start the broker again at once."""
        os.kill(self.product.process_id, signal.SIGSTOP)
        try:
            os.kill(self.broker_process_id, signal.SIGTERM)
            yield
        finally:
            os.kill(self.product.process_id, signal.SIGCONT)
            wait_until(lambda: servers.redis_is_up(self.redis_url))

    def channels_answer(self, how: str) -> None:
        """From now on, all of email, push and webhook: "ok", "hang 2" (then ok), "500", "reset" …"""
        for name in ("email", "push", "webhook"):
            body = json.dumps({"always": how}).encode()
            request = urllib.request.Request(f"{self.fakes_url}/script/{name}", data=body, method="POST")
            request.add_header("Content-Type", "application/json")
            urllib.request.urlopen(request).close()

    def _programs(self) -> list[Process]:
        return [process for process in processes() if process.parent_id == self.product.process_id]


@contextmanager
def socialapp(*, workers: int | None = None, loud: int = 0) -> Iterator[Socialapp]:
    """Warm when the body begins, and gone after it.

    So many authors, evenly among those whose posts are liked in turn, hear of each like by webhook and push, too.
    """
    options = ["--no-demo", *(["--workers", str(workers)] if workers else [])]
    with running_product(*options) as product:
        stack = Socialapp(product)
        stack.ask(SEED)
        stack.ask("VACUUM ANALYZE")
        stack.read_people()
        if loud:
            people = list(stack.people[:: len(stack.people) // loud])
            shell(product, LOUD.format(people=people) + "\nprint('DONE', 0)", "DONE")
        warm_up(stack)
        yield stack
