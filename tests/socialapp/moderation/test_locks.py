"""Decisions about a person, and what they write meanwhile, wait for one another and do not deadlock."""

import time
from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from reactions.operations import comment
from socialapp.moderation.models import Case, Hold, SpamRules, Verb
from socialapp.moderation.operations import acts
from socialapp.moderation.operations.cases import open_case
from socialapp.moderation.signals import know
from socialapp.posts.models import Post
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def rules(db: None) -> Iterator[None]:
    """Each post of a new account waits."""
    know(SpamRules(is_on=True, needed=1), for_s=3600)
    yield
    know(SpamRules(), for_s=3600)


def begun(write: Callable[[], object]) -> Thread:
    """Write in another session, until that waits for a lock."""

    def run() -> None:
        try:
            write()
        finally:
            connections.close_all()

    writer = Thread(target=run)
    writer.start()
    until = time.monotonic() + 20
    while not sessions_that_wait():
        assert time.monotonic() < until, "Nothing waits."
        time.sleep(0.02)
    return writer


def sessions_that_wait() -> int:
    """How many sessions wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("what", ["a post", "a reply"])
def test_what_is_held_waits_for_a_decision_about_its_author_before_it_locks_them(
    what: str, ada: Person, bob: Person
) -> None:
    know(SpamRules(), for_s=3600)
    post, _ = publish_post(author=bob, body="My garden")
    know(SpamRules(is_on=True, needed=1), for_s=3600)
    writes = {
        "a post": lambda: publish_post(author=ada, body="Good morning!"),
        "a reply": lambda: comment(post_id=post.pk, author=ada, body="Good morning!"),
    }
    Case.objects.create(person=ada)
    with transaction.atomic():
        open_case(ada.pk)
        writer = begun(writes[what])
        # As a suspension does.
        assert Person.objects.select_for_update(nowait=True).get(pk=ada.pk) == ada
    writer.join()
    assert (Hold.objects.count(), Case.objects.count()) == (1, 1)


def test_a_post_that_is_sent_again_once_its_case_is_closed_opens_no_other(ada: Person, mona: Person) -> None:
    post, _ = publish_post(author=ada, body="Good morning!", key="once")
    acts.dismiss(case_id=Case.objects.get().pk, moderator=mona)
    assert publish_post(author=ada, body="Good morning!", key="once") == (post, False)
    reply, _ = comment(post_id=post.pk, author=ada, body="Good evening!", key="twice")
    acts.dismiss(case_id=Case.objects.get(closed_at=None).pk, moderator=mona)
    assert comment(post_id=post.pk, author=ada, body="Good evening!", key="twice") == (reply, False)
    assert not Case.objects.filter(closed_at=None).exists()


def locked_by(act: Callable[[], object]) -> list[str]:
    """The tables that it locks rows of or changes, of those that decisions share, in order."""
    with CaptureQueriesContext(connection) as statements:
        act()
    tables = ["moderation_case", "moderation_hold", "posts_post", "users_person"]
    writes = [
        each["sql"] for each in statements if each["sql"].startswith("UPDATE") or "FOR NO KEY UPDATE" in each["sql"]
    ]
    firsts = [next((t for t in tables if f'UPDATE "{t}"' in sql or f'FROM "{t}"' in sql), "") for sql in writes]
    return [table for table in dict.fromkeys(firsts) if table]


@pytest.mark.parametrize("verb", [Verb.HIDE, Verb.REMOVE, Verb.RELEASE])
def test_each_decision_takes_the_locks_in_one_order(verb: Verb, ada: Person, mona: Person) -> None:
    post: Post = publish_post(author=ada, body="Good morning!")[0]
    order = ["moderation_case", "moderation_hold", "posts_post", "users_person"]
    taken = locked_by(lambda: acts.act(verb=verb, moderator=mona, person=ada, post_id=post.pk, words="Spam"))
    assert taken[:4] == order
