"""`kill -9` of a channel's worker at each step: what the table in docs/delivery.md promises."""

import os
import signal
import subprocess
import sys

import pytest
from django.db import connection

from config.env import CHECKOUT
from notifications.deliveries.lease import LEASE
from notifications.deliveries.send import deliver
from notifications.models import Attempt, Delivery
from socialapp.posts.models import Post
from socialapp.users.models import Person
from tests.notifications.activities import comment
from tests.notifications.fakes import Other, pass_time

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# A worker that dies on reaching a point: the process is really killed, what it committed stays.
DYING = """
import os, signal, sys
import django
django.setup()
from notifications.deliveries import outcome, send
def die(*_args, **_options):
    os.kill(os.getpid(), signal.SIGKILL)
point, name = sys.argv[1:]
if point == "claimed":
    send.send = die
elif point == "asked":
    send.render = die
elif point == "sent":
    outcome.sent = die
elif point == "recorded":
    record = outcome.sent
    outcome.sent = lambda *args: (record(*args), die())
send.deliver(name)
"""


def die_at(point: str, name: str, other: Other) -> None:
    """Start a worker on the tests' database, and see it killed."""
    db = connection.settings_dict
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{db['NAME']}",
        "SOCIALAPP_MAIL_URL": f"smtp://127.0.0.1:{other.fakes.smtp_port}",
        "SOCIALAPP_ALLOWED_PRIVATE_HOSTS": other.fakes.url.removeprefix("http://"),
        "PYTHONPATH": str(CHECKOUT),
    }
    done = subprocess.run([sys.executable, "-c", DYING, point, name], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("name", ["email", "push", "webhook"])
@pytest.mark.parametrize(
    ("point", "told_before", "told_after"), [("claimed", 0, 1), ("asked", 0, 1), ("sent", 1, 2), ("recorded", 1, 1)]
)
def test_killed_at_each_step(
    name: str, point: str, told_before: int, told_after: int, other: Other, ada: Person, bob: Person, post: Post
) -> None:
    other.endpoint_of(ada, name)
    comment(bob, post)
    Delivery.objects.update(next_attempt_at=post.created_at)
    die_at(point, name, other)

    assert other.told(ada, name) == told_before
    deliver(name)
    assert other.told(ada, name) == told_before  # the lease holds
    pass_time(LEASE)
    deliver(name)
    assert other.told(ada, name) == told_after
    assert Delivery.objects.get().state == "sent"
    assert Attempt.objects.count() == 1

    # Twice, under one id: one push is visible, a webhook's receiver has it once, the mails are one Message-ID.
    if name == "push":
        (browser,) = other.fakes.push.browsers.values()
        assert len(browser.waiting) == 1
    elif name == "webhook":
        assert len(other.fakes.webhook.receiver("ada").messages) == 1
    else:
        assert name == "email"
        assert len({mail.message["Message-ID"] for mail in other.fakes.mail.mails}) == 1
